"""Sets: frames that belong together because all that matters is equal."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from plateworks.digests import digest_of
from plateworks.inventory.filters import filter_token
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

_BITS_OF_A_BYTE = 8


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
    serial: str | None = None
    driver_mode: str | None = None
    raw_bits: int | None = None
    x_origin: int | None = None
    y_origin: int | None = None
    origin_binned: bool = False
    row_order: str | None = None
    flip: str | None = None
    bayer: str | None = None
    overscan_off: bool | None = None  # True: the level of the overscan is subtracted already
    egain: float | None = None  # where the gain setting is not known
    amplifiers: str | None = None
    planes: int | None = None  # three of colours; None: one

    @property
    def pixels(self) -> int:
        """How many numbers an image holds."""
        return self.width * self.height * (self.planes or 1)

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
        if self.driver_mode is not None:
            tokens.append("d" + slug(self.driver_mode))
        if self.x_origin or self.y_origin:
            tokens.append(f"at{self.x_origin}x{self.y_origin}")
        if self.raw_bits == _BITS_OF_A_BYTE:
            tokens.append("8bit")
        if self.planes is not None:
            tokens.append("rgb")
        if self.serial is not None:
            tokens.append("s" + slug(self.serial))
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
    rotator: float | None = None
    focal_length: float | None = None
    done: str | None = None

    @property
    def name(self) -> str:
        """Its name, for instance ``dark_120s_m10c_20250530``."""
        tokens, kind = [self.kind], KINDS[self.kind]
        if kind.exposed:
            tokens.append(exposure_token(self.exposure))
        if kind.filtered:
            tokens.append(filter_token(self.filter))
        if self.telescope is not None and self.kind == "flat":
            tokens.append(slug(self.telescope))
        if self.rotator is not None:
            tokens.append(f"rot{number_token(round(self.rotator))}")
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
    mark: str = ""  # tells it from another set whose key has the same name
    temperature: float | None = None  # degrees C: mean of its frames, where there is no set point

    @cached_property
    def name(self) -> str:
        """Its name, unique within the folder of its setup."""
        return self.key.name + self.mark

    @cached_property
    def id(self) -> str:
        return f"{self.key.setup.name}/{self.name}"

    @cached_property
    def digest(self) -> str:
        """Six letters that stand for all that its key knows."""
        return digest_of(key=self.key)[:6]


def set_point(frame: Frame, step: float) -> float | None:
    """Return the set point of a frame whose sensor came within `step` of it, degrees C."""
    if frame.set_temp is None or (
        frame.temp is not None and abs(frame.temp - frame.set_temp) > step
    ):
        return None
    return round(frame.set_temp, 1)


def stepped_temperature(frame: Frame, step: float) -> float | None:
    """Return the set point of one frame, else its sensor's temperature in steps, degrees C."""
    reached = set_point(frame, step)
    if reached is not None or frame.temp is None:
        return reached
    return round(round(frame.temp / step) * step, 1) + 0.0


def temperature_of(frame: Frame, step: float) -> float | None:
    """Return the temperature of one frame, in degrees C: the set point, else the sensor's own."""
    reached = set_point(frame, step)
    return reached if reached is not None or frame.temp is None else round(frame.temp, 1) + 0.0


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
    """Return the setup of one frame; frames of one setup share it."""
    return _setup(
        frame.camera,
        frame.width,
        frame.height,
        frame.xbin,
        frame.ybin,
        frame.gain,
        frame.offset,
        frame.readout_mode,
        frame.serial,
        frame.driver_mode,
        frame.raw_bits,
        frame.x_origin,
        frame.y_origin,
        frame.origin_binned,
        frame.row_order,
        frame.flip,
        frame.bayer,
        "O" in (frame.done or "") or None,
        float(f"{frame.egain:.3g}") if frame.egain and frame.gain is None else None,
        frame.amplifiers,
        frame.planes if frame.planes > 1 else None,
    )


@lru_cache(maxsize=4096, typed=True)  # a gain of 100 and one of 100.0 are told as they are
def _setup(
    camera: str | None,
    width: int,
    height: int,
    xbin: int | None,
    ybin: int | None,
    gain: float | None,
    offset: float | None,
    readout_mode: str | None,
    serial: str | None,
    *others: Any,
) -> Setup:
    mode, number = identity(readout_mode), identity(serial)
    return Setup(identity(camera), width, height, xbin, ybin, gain, offset, mode, number, *others)


def constant_biases(sets: Iterable[FrameSet], level: float) -> list[FrameSet]:
    """Return, for each setup, the set of a master bias of one level; a frame shows the setup."""
    first = {one.key.setup: one.frames[0] for one in reversed(list(sets))}
    return [
        FrameSet(SetKey("bias", setup), (frame,), None, level) for setup, frame in first.items()
    ]


def mean_time(frames: Iterable[Frame]) -> float | None:
    """Return the mean modified Julian date of `frames`, None if none of them is dated."""
    known = sorted(frame.mjd for frame in frames if frame.mjd is not None)
    return statistics.fmean(known) if known else None
