"""Which frames and sets take part, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterable

from plateworks.inventory.pathrules import PathPattern, below
from plateworks.inventory.sets import FrameSet
from plateworks.metadata.frame import Frame


def replaced(frame: Frame, bias_level: float | None) -> str:
    """Say that a constant bias takes the place of a frame; an empty text if none does."""
    if frame.kind != "bias" or bias_level is None:
        return ""
    return "the config key masters.bias_level takes the place of bias frames"


def excluded(frame: Frame, folders: list[str], exclude: Iterable[str]) -> str:
    """Say which entry of ``exclude`` leaves a frame out; an empty text if none does."""
    relative = below(frame.path, folders)
    for pattern in exclude:
        if PathPattern(pattern).matches(relative):
            return f"it is left out by the config key exclude ({pattern})"
    return ""


def without_excluded(
    sets: list[FrameSet], exclude: Iterable[str]
) -> tuple[list[FrameSet], dict[str, str]]:
    """Leave out sets that ``exclude`` names.

    Returns the other sets, and the frames left out with the reason.
    """
    named = set(exclude)
    kept: list[FrameSet] = []
    left: dict[str, str] = {}
    for one in sets:
        if named & {one.id, one.key.name}:
            why = f"its set is left out by the config key exclude ({one.key.name})"
            left |= {frame.path: why for frame in one.frames}
        else:
            kept.append(one)
    return kept, left


def unusable(frame: Frame) -> str:
    """Say why a readable frame takes no part; an empty text if it does."""
    if frame.kind is None:
        return (
            "the header does not say what kind of frame it is (no IMAGETYP); "
            "say it by the path: path_rules, set kind"
        )
    if frame.planes != 1:
        return f"it has {frame.planes} planes; only raw frames of one plane can be calibrated"
    if frame.kind == "light" and frame.is_master:
        return "it is a stack of lights, not a raw frame"
    if frame.kind == "light" and frame.bias_inside is False:
        return "its header says that it is calibrated already (CALSTAT)"
    return ""
