"""Sets: frames that belong together because all that matters is equal."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from plateworks.inventory.filters import filter_identity, filter_token
from plateworks.inventory.tokens import (
    UNKNOWN,
    exposure_token,
    identity,
    number_token,
    slug,
    temperature_token,
)
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.settings.grouping import Grouping


@dataclass(frozen=True, slots=True)
class Setup:
    """How the camera was set; frames of different setups never meet in one master."""

    camera: str | None  # identity of the header's text
    width: int
    height: int
    xbin: int | None
    ybin: int | None
    gain: float | None
    offset: float | None
    readout_mode: str | None

    @property
    def name(self) -> str:
        """The folder of its masters, for instance ``zwo-asi2600mm-pro_6248x4176_b1_g100_o50``."""
        binning = UNKNOWN if self.xbin is None else f"{self.xbin}"
        if self.xbin != self.ybin:
            binning += "x" + (UNKNOWN if self.ybin is None else f"{self.ybin}")
        tokens = [slug(self.camera), f"{self.width}x{self.height}", f"b{binning}"]
        if self.gain is not None:
            tokens.append("g" + number_token(self.gain))
        if self.offset is not None:
            tokens.append("o" + number_token(self.offset))
        if self.readout_mode is not None:
            tokens.append("m" + slug(self.readout_mode))
        return "_".join(tokens)


@dataclass(frozen=True, slots=True)
class SetKey:
    """Everything that frames of one set share; what does not matter for a kind is None.

    Lights always share a session.
    """

    kind: str
    setup: Setup
    temperature: float | None = None
    exposure: float | None = None
    filter: str | None = None
    telescope: str | None = None
    session: str | None = None

    @property
    def name(self) -> str:
        """Its name, for instance ``dark_120s_m10c_20250530``; unique within a setup."""
        tokens, kind = [self.kind], KINDS[self.kind]
        if kind.exposed:
            tokens.append(exposure_token(self.exposure))
        if kind.filtered:
            tokens.append(filter_token(self.filter))
        if self.kind == "flat" and self.telescope is not None:
            tokens.append(slug(self.telescope))
        if self.temperature is not None:
            tokens.append(temperature_token(self.temperature))
        if self.session is not None:
            tokens.append(self.session)
        return "_".join(tokens)

    @property
    def own_session(self) -> str:
        """The session, where frames of several never share a set, as lights never do.

        Raises
        ------
        ValueError
            If they may.
        """
        if self.session is None:
            raise ValueError(f"{self.name} may hold frames of several sessions")
        return self.session


@dataclass(frozen=True)
class FrameSet:
    """Frames that share a key; the raw material of one master, or the lights of one night."""

    key: SetKey
    frames: tuple[Frame, ...]
    mjd: float | None = field(default=None)  # mean of the frames' times
    constant: float | None = None  # ADU; the master has this level, and the frame only its setup

    @cached_property
    def id(self) -> str:
        return f"{self.key.setup.name}/{self.key.name}"


def temperature_of(frame: Frame, step: float) -> float | None:
    """Return the temperature that a frame is grouped by, in degrees C.

    That is the set point where there is one and the sensor came within `step` of it; otherwise the
    sensor's temperature to the nearest multiple of `step`.
    """
    if frame.set_temp is not None and (
        frame.temp is None or abs(frame.temp - frame.set_temp) <= step
    ):
        return round(frame.set_temp, 1)
    if frame.temp is None:
        return None
    return round(round(frame.temp / step) * step, 1) + 0.0


def kind_of(frame: Frame) -> str:
    """Return the kind of a frame that takes part.

    Raises
    ------
    ValueError
        If it is unknown; :func:`plateworks.inventory.exclusions.unusable` keeps such frames out.
    """
    if frame.kind is None:
        raise ValueError(f"{frame.path} is of no known kind, and cannot take part")
    return frame.kind


def setup_of(frame: Frame) -> Setup:
    """Return the setup of one frame."""
    return Setup(
        identity(frame.camera),
        frame.width,
        frame.height,
        frame.xbin,
        frame.ybin,
        frame.gain,
        frame.offset,
        identity(frame.readout_mode),
    )


def key_of(frame: Frame, session: str, options: Grouping) -> SetKey:
    """Return the key of the set that `frame` belongs to.

    Parameters
    ----------
    frame : Frame
        With a known kind.
    session : str
        The night of the frame.
    options : Grouping
    """
    kind, exposure = kind_of(frame), None
    if KINDS[kind].exposed and frame.exposure is not None:
        exposure = round(frame.exposure, 6)
    heat = kind != "flat" or options.flats_by_temperature
    nightly = kind == "light" or kind in options.by_session
    return SetKey(
        kind=kind,
        setup=setup_of(frame),
        temperature=temperature_of(frame, options.temperature_step_degC) if heat else None,
        exposure=exposure,
        filter=filter_identity(frame.filter) if KINDS[kind].filtered else None,
        telescope=identity(frame.telescope) if kind == "flat" else None,
        session=session if nightly else None,
    )


def group(
    frames: Iterable[Frame], session_of: Callable[[Frame], str], options: Grouping
) -> list[FrameSet]:
    """Group `frames`, all of known kind, into sets sorted by their id."""
    members: dict[SetKey, list[Frame]] = {}
    for frame in frames:
        members.setdefault(key_of(frame, session_of(frame), options), []).append(frame)
    joined = _join_series(members, options.series_gap_h / 24.0)
    sets = [FrameSet(key, tuple(found), mean_time(found)) for key, found in joined.items()]
    return sorted(sets, key=lambda one: one.id)


def constant_biases(sets: Iterable[FrameSet], level: float) -> list[FrameSet]:
    """Return, for each setup, the set of a master bias of one level; a frame shows the setup."""
    first = {one.key.setup: one.frames[0] for one in reversed(list(sets))}
    return [
        FrameSet(SetKey("bias", setup), (frame,), None, level) for setup, frame in first.items()
    ]


def _join_series(
    members: Mapping[SetKey, list[Frame]], gap_days: float
) -> dict[SetKey, list[Frame]]:
    """Join the bias frames and darks of consecutive sessions where a series went on over noon.

    Unlike lights and flats they are often taken by day.  A series belongs to the session in which
    it began.  The frames of a set come out in order of time.
    """
    joined: dict[SetKey, list[Frame]] = {}
    by_day: dict[SetKey, list[tuple[Frame, SetKey]]] = {}  # key without session -> frames
    for key, found in members.items():
        if key.kind in ("bias", "dark") and key.session is not None:
            frames = by_day.setdefault(replace(key, session=None), [])
            frames += ((frame, key) for frame in found)
        else:
            joined[key] = sorted(found, key=_time)
    for frames in by_day.values():
        began: SetKey  # of the series that goes on
        last: float | None = None
        for frame, key in sorted(frames, key=lambda one: _time(one[0])):
            if last is None or frame.mjd is None or frame.mjd - last > gap_days:
                began = key
            last = frame.mjd
            joined.setdefault(began, []).append(frame)
    return joined


def _time(frame: Frame) -> tuple[float, str]:
    return frame.mjd or 0.0, frame.path


def mean_time(frames: Iterable[Frame]) -> float | None:
    """Return the mean modified Julian date of `frames`, None if none of them is dated."""
    known = sorted(frame.mjd for frame in frames if frame.mjd is not None)
    return statistics.fmean(known) if known else None
