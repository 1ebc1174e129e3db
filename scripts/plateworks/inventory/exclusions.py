"""Which frames and sets take part, and why the others do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable

from plateworks.inventory.library import names_of_master
from plateworks.inventory.pathrules import PathPattern, below
from plateworks.inventory.sets import FrameSet
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.metadata.processing import IN_DEVICE, in_words

_LEFT_OUT = "left out by the config key exclude"


def is_by_exclude(reason: str) -> bool:
    """Whether a reason that keeps a frame out is an entry of ``exclude``."""
    return _LEFT_OUT in reason


def replaced(frame: Frame, bias_level: float | None) -> str:
    """Say that a constant bias takes the place of a frame; an empty text if none does."""
    if frame.kind != "bias" or bias_level is None:
        return ""
    return "the config key masters.bias_level takes the place of bias frames"


def excluded(
    path: str, folders: list[str], exclude: Iterable[str], *, is_master: bool = False
) -> str:
    """Say which entry of ``exclude`` leaves a file out; an empty text if none does.

    An entry is a pattern for the path below the raw folder, or a path as it is; of a master also
    its file name.
    """
    for entry in exclude:
        named = os.path.abspath(entry) == os.path.abspath(path)
        named = named or (is_master and entry in names_of_master(path))
        if named or PathPattern(entry).matches(below(path, folders)):
            return f"it is {_LEFT_OUT} ({entry})"
    return ""


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
        names = {one.id, one.name}
        if named and one.key.kind != "light":
            names |= {*names_of_master(product_of(one))}
        if named & names:
            why = f"its set is {_LEFT_OUT} ({one.name})"
            left |= {frame.path: why for frame in one.frames}
        else:
            kept.append(one)
    return kept, left


#: What the kinds of frames may have behind them and still be used: letters of the steps.
_MAY_BE_DONE = {"bias": "O", "dark": "OB", "darkflat": "OB", "flat": "OBD", "light": "O"}
_AS_RAW = "if it is raw after all, say so: path_rules, set done: '', with force: true"


def unusable(frame: Frame, *, complete_partly: bool = False) -> str:
    """Say why a readable frame takes no part; an empty text if it does.

    Parameters
    ----------
    frame : Frame
    complete_partly : bool
        Whether a light that lacks only some steps may be finished.
    """
    if frame.kind is None:
        why = frame.doubt or "the header does not say what kind of frame it is (no IMAGETYP)"
        more = "" if frame.doubt else ", or name its folder after it"
        return f"{why}; say it by the path: path_rules, set kind{more}"
    if why := _no_colours(frame):
        return why
    if frame.exposure is None and KINDS[frame.kind].thermal and not frame.is_master:
        return (
            "a dark that does not say its exposure (no EXPTIME) is combined with no other; say it "
            "by the path: path_rules, set exposure, or name its folder after it, as dark_60s"
        )
    if frame.kind == "light" and frame.is_master:
        return "it is a stack of lights, not a raw frame"
    done = frame.done or ""
    if frame.is_master or set(done) <= set(_MAY_BE_DONE[frame.kind]):
        return ""
    goes_on = complete_partly or frame.done_by == IN_DEVICE
    if frame.kind == "light" and goes_on and _can_be_finished(done):
        return ""
    finish = ""
    if frame.kind == "light" and _can_be_finished(done):
        finish = "calibrate.complete_partly: true does the steps that lack; "
    return f"{in_words(done)} ({frame.done_by}); {finish}{_AS_RAW}"


def _no_colours(frame: Frame) -> str:
    """Say why the planes of a frame are no colours; an empty text if it has one, or they are."""
    if frame.planes == 1 or frame.in_colours:
        return ""
    if frame.third_axis is not None:
        what = f"which its header calls {frame.third_axis} (CTYPE3, in XISF colorSpace)"
    else:
        what = "and one in colours has three, red, green and blue"
    return (
        f"it has {frame.planes} planes, {what}, so that it is no frame of a camera: let the "
        "program save each exposure by itself"
    )


def _can_be_finished(done: str) -> bool:
    """Whether steps are left that may still follow those behind a light."""
    return bool(done) and not set(done) & {"F", "?"}


def worked_on(frames: Iterable[Frame], raw_by_word: Container[str] = ()) -> dict[str, str]:
    """Find frames in floating point that nothing says are raw.

    A camera gives integers.  Where its own program wrote floats it says so, and where another
    program turned all frames of a camera into floats, those of the other kinds are floats as well.

    Parameters
    ----------
    frames : iterable of Frame
    raw_by_word : container of str
        Paths of those whose state a path rule tells.

    Returns
    -------
    dict
        Path of a frame to the reason why it is set aside.
    """
    told = [frame for frame in frames if not frame.is_master]
    floats: dict[tuple[object, ...], set[str | None]] = {}
    integers: dict[tuple[object, ...], set[tuple[str | None, str | None]]] = {}
    for frame in told:
        if frame.bitpix < 0:
            floats.setdefault(_sensor(frame), set()).add(frame.kind)
        else:
            written = integers.setdefault(_sensor(frame), set())
            written.add((frame.kind, frame.captured_by))
    return {
        frame.path: _IN_FLOATS_LIGHT if frame.kind == "light" else _IN_FLOATS
        for frame in told
        if frame.bitpix < 0
        and frame.done is None
        and frame.path not in raw_by_word
        and _stands_out(frame, floats[_sensor(frame)], integers.get(_sensor(frame), set()))
    }


_IN_FLOATS_LIGHT = (
    "it is in floating point, no camera's program says that it wrote it, and the frames for "
    f"calibration are not, so it was worked on; {_AS_RAW}"
)
_IN_FLOATS = (
    "it is in floating point, no camera's program says that it wrote it, and other frames of this "
    "camera are not, so it was worked on, or combined from several; a master has 'master' in its "
    f"name; {_AS_RAW}"
)


def _sensor(frame: Frame) -> tuple[object, ...]:
    return frame.camera, frame.width, frame.height


def _stands_out(
    frame: Frame, floats: set[str | None], integers: set[tuple[str | None, str | None]]
) -> bool:
    """Whether a frame in floating point is not what its camera gave, by the others of the camera.

    Parameters
    ----------
    frame : Frame
    floats : set
        Kinds of frames that are floats.
    integers : set
        Kinds of frames that are integers, each with the camera's program that wrote them.
    """
    if frame.captured_by is not None and frame.captured_by not in {by for _, by in integers}:
        return False  # a camera's program says that it wrote it, and wrote no integers
    of_its_kind = any(kind == frame.kind for kind, _ in integers)
    others = floats - {frame.kind}
    return of_its_kind or (not others and (frame.kind == "light" or bool(integers)))
