"""Pairs of frames by which gains of amplifiers can be measured, and how these are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from plateworks.inventory.sets import FrameSet
from plateworks.inventory.tokens import identity
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS

#: Frames of a set that are read.
_FRAMES = 8
#: A dark may last so many times as long as a flat, or so many seconds.
_LONGER, _SHORT = 1.1, 3.0
#: What must agree where both sides know it.
_COMPARED = ("serial", "xbin", "ybin", "gain", "readout_mode", "driver_mode", "raw_bits", "egain")
#: How frames without light are preferred: bias frames show reading alone.
_IN_DARK = ("bias", "darkflat", "dark")


class Mode(NamedTuple):
    """How amplifiers were set: all on which their gains depend."""

    camera: str | None
    outputs: tuple[object, ...]  # HDU, and whether it is turned, of each amplifier
    places: tuple[object, ...]  # where each lies
    compared: tuple[object, ...]

    def agrees(self, other: Mode, *, cropped: bool = False) -> bool:
        """Whether nothing says that two frames were read with different gains.

        They are of one part of the sensor, unless one may be a crop of the other.
        """
        if self[:2] != other[:2] or (self.places != other.places and not cropped):
            return False
        pairs = zip(self.compared, other.compared, strict=True)
        return all(None in pair or pair[0] == pair[1] for pair in pairs)


class Pairs(NamedTuple):
    """A set of flats, and frames without light, of which two or more are read."""

    flats: tuple[Frame, ...]
    darks: tuple[Frame, ...]


def mode_of(frame: Frame) -> Mode:
    """Return how the amplifiers of a frame were set."""
    readout = frame.readout
    amplifiers = () if readout is None else readout.amplifiers
    known = {name: getattr(frame, name) for name in _COMPARED}
    for name in ("serial", "readout_mode"):
        known[name] = identity(known[name])
    if known["gain"] is not None or not known["egain"]:
        known["egain"] = None
    else:
        known["egain"] = float(f"{known['egain']:.2g}")
    return Mode(
        camera=identity(frame.camera),
        outputs=tuple((one.hdu, one.flip_x, one.flip_y) for one in amplifiers),
        places=(frame.width, frame.height, *((one.data, one.corner) for one in amplifiers)),
        compared=tuple(known.values()),
    )


def sources_of(sets: Sequence[FrameSet]) -> Iterator[Pairs]:
    """Yield each set of flats with the frames without light that are nearest to it in time."""
    dark = [one for one in sets if one.key.kind in _IN_DARK and _is_as_read(one)]
    for one in sets:
        if one.key.kind != "flat" or not _is_as_read(one):
            continue
        mode, first, start = mode_of(one.frames[0]), one.frames[0], began(one.frames)
        fitting = [
            other
            for other in dark
            if mode.agrees(mode_of(other.frames[0])) and _lasts_hardly_longer(other, first)
        ]
        if fitting:
            best = min(
                fitting,
                key=lambda other: (
                    _IN_DARK.index(other.key.kind), abs(began(other.frames) - start), other.id,
                ),
            )  # fmt: skip
            yield Pairs(one.frames[:_FRAMES], best.frames[:_FRAMES])


def _is_as_read(one: FrameSet) -> bool:
    """Whether a set has two frames, of several amplifiers, of which no more was taken off."""
    readout = one.frames[0].readout
    return (
        len(one.frames) > 1
        and one.constant is None
        and readout is not None
        and len(readout.amplifiers) > 1
        and set(one.key.done or "") <= {"O"}
    )


def _lasts_hardly_longer(dark: FrameSet, flat: Frame) -> bool:
    seconds = dark.frames[0].exposure
    if not KINDS[dark.key.kind].thermal:
        return True
    return seconds is not None and seconds <= max(_LONGER * (flat.exposure or 0.0), _SHORT)


def began(frames: Sequence[Frame]) -> float:
    return min((frame.mjd for frame in frames if frame.mjd is not None), default=0.0)


def lacking(sets: Sequence[FrameSet], mode: Mode, masters: Iterable[Frame] = ()) -> str:
    """Say which frames are missing that would measure the gains of some amplifiers.

    Of `masters`, those of the camera are named that are made of several frames.
    """
    there = {
        one.key.kind for one in sets if _is_as_read(one) and mode.agrees(mode_of(one.frames[0]))
    }
    words = [] if "flat" in there else ["two flats"]
    if there.isdisjoint(_IN_DARK):
        words.append("two bias frames or flat-darks")
    wanted = " and ".join(words) or "two bias frames, or flat-darks that last as long as the flats,"
    made = [one.path for one in masters if one.combined and identity(one.camera) == mode.camera]
    more = f" and {len(made) - 1} more" if len(made) > 1 else ""
    several = (
        f" ({made[0]}{more}: of several frames each, by which none is measured)" if made else ""
    )
    return wanted + several
