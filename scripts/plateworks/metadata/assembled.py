"""A frame of amplifiers, as it is once it is put together."""

from __future__ import annotations

from dataclasses import replace

from plateworks.metadata.amplifiers import Amplifier, Readout
from plateworks.metadata.frame import Frame

#: The setting by which it is done.
SETTING = "calibrate.overscan"


def assembled(frame: Frame) -> Frame:
    """Return a frame as its pixels are once its amplifiers are put together; others as they are.

    An overscan that was subtracted already, as somebody says, is not subtracted again.
    """
    readout, done = frame.readout, frame.done or ""
    if readout is None:
        return frame
    if "O" in done:
        readout = readout.without_bias()
    elif readout.subtracts:
        done = f"O{done}"
    origin = (frame.x_origin, frame.y_origin) if readout.origin is None else readout.origin
    return replace(
        frame,
        width=readout.width,
        height=readout.height,
        readout=readout,
        done=done or None,
        done_by=frame.done_by or (SETTING if done else None),
        x_origin=origin[0],
        y_origin=origin[1],
        origin_binned=frame.origin_binned and readout.origin is None,
        amplifiers=readout.shares,
        egain=_egain(frame, readout),
        read_noise=readout.read_noise or frame.read_noise,
        notes=(*frame.notes, f"{', '.join(readout.in_words())} ({SETTING})"),
        bayer=None if frame.bayer is None else _shifted(frame.bayer, readout.amplifiers),
    )


def _egain(frame: Frame, readout: Readout) -> float | None:
    """Return electrons per ADU of the picture: what a header says stands beside what is measured.

    So the one is held against the other, and named where they are apart.
    """
    told, own = readout.gain, frame.egain
    return own or told if readout.measured else told or own


def as_stored(frame: Frame) -> Frame:
    """Return a frame that is used with its overscan, and named for it; several images are none."""
    if frame.readout is None or why_not_stored(frame):
        return frame
    note = "its overscan is neither subtracted nor trimmed"
    return replace(frame, readout=None, notes=(*frame.notes, note))


def why_not_stored(frame: Frame) -> str:
    """Say why a frame cannot be used as it is stored, as a clause; empty if it can."""
    parts = 1 if frame.readout is None else len(frame.readout.images)
    if parts == 1:
        return ""
    why = "a master is one picture" if frame.is_master else f"{SETTING} is off"
    if frame.is_master and frame.combined:
        why += f" (its header says that it is made of {frame.combined} frames)"
    return f"it is {parts} images, one of each amplifier, and {why}"


def _shifted(pattern: str, amplifiers: tuple[Amplifier, ...]) -> str:
    """Return the colours of the first pixels of the picture, by those of the image as stored."""
    first = min(amplifiers, key=lambda one: one.corner[::-1])
    left, right, bottom, top = first.data
    if (right - 1 if first.flip_x else left) % 2:
        pattern = pattern[1] + pattern[0] + pattern[3] + pattern[2]
    if (top - 1 if first.flip_y else bottom) % 2:
        pattern = pattern[2:] + pattern[:2]
    return pattern
