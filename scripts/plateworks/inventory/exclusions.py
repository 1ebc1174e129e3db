"""Which frames and sets take part, and why the others do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from plateworks.inventory.library import names_of_master
from plateworks.inventory.pathrules import PathPattern, below
from plateworks.inventory.sets import FrameSet
from plateworks.metadata.frame import Frame


def replaced(frame: Frame, bias_level: float | None) -> str:
    """Say that a constant bias takes the place of a frame; an empty text if none does."""
    if frame.kind != "bias" or bias_level is None:
        return ""
    return "the config key masters.bias_level takes the place of bias frames"


def excluded(frame: Frame, folders: list[str], exclude: Iterable[str]) -> str:
    """Say which entry of ``exclude`` leaves a frame out; an empty text if none does.

    An entry is a pattern for the path below the raw folder, or a path as it is; of a master also
    its file name.
    """
    for entry in exclude:
        if PathPattern(entry).matches(below(frame.path, folders)) or _is_named(frame, entry):
            return f"it is left out by the config key exclude ({entry})"
    return ""


def _is_named(frame: Frame, entry: str) -> bool:
    if frame.is_master and entry in names_of_master(frame.path):
        return True
    return os.path.abspath(entry) == os.path.abspath(frame.path)


def without_excluded(
    sets: list[FrameSet], exclude: Iterable[str], product_of: Callable[[FrameSet], str]
) -> tuple[list[FrameSet], dict[str, str]]:
    """Leave out sets that ``exclude`` names, or whose masters it names.

    Parameters
    ----------
    sets : list of FrameSet
    exclude : iterable of str
    product_of : function
        Returns the path of the master that a set of calibration frames becomes.

    Returns
    -------
    kept : list of FrameSet
    left : dict
        Path of each frame that is left out to the reason.
    """
    named = {name for entry in exclude for name in (entry, os.path.abspath(entry))}
    kept: list[FrameSet] = []
    left: dict[str, str] = {}
    for one in sets:
        names = {one.id, one.key.name}
        if named and one.key.kind != "light":
            names |= {*names_of_master(product_of(one))}
        if named & names:
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
