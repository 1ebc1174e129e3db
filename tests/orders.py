"""Orders as a run with the default settings would write them, and with what a test changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from plateworks.orders.frames import FrameOrder
from plateworks.orders.integration import ProgramOrder
from plateworks.orders.lights import CalibrationOrder, LightOrder, LightSettings
from plateworks.orders.masters import FlatOrder, Levelling, MasterOrder, Screening
from plateworks.orders.repairs import ListOrder, MaskOrder
from plateworks.settings.cosmics import Cosmics
from plateworks.settings.masters import Rejection

REJECTION = Rejection()
LEVELLING = Levelling(target=5000.0, repair="median")
FLAT = FlatOrder(levelling=LEVELLING, statistic="median", weights="equal", floor=0.05)
COSMICS = Cosmics()
SCREENING = Screening()
HOT = ListOrder(harm=0.25, rank="excess", max_fraction=0.01, form="iris")
PROGRAM = ProgramOrder(instance=123, force_exit=True, time_limit_min=120.0)
LIGHTS = LightSettings(
    units="adu", output_type="float32", pedestal=0.0, flat_floor=0.05, repair="median",
    gain_is_egain=False, uncertainty=False,
)  # fmt: skip


def frame_order(raw: str | Path, **more: object) -> FrameOrder:
    """Return the order of a raw frame, from which nothing is subtracted."""
    return replace(FrameOrder(raw=str(raw)), **more)


def frame_orders(frames: Iterable[str | Path | FrameOrder]) -> tuple[FrameOrder, ...]:
    return tuple(one if isinstance(one, FrameOrder) else frame_order(one) for one in frames)


def master_order(
    kind: str, frames: Iterable[str | Path | FrameOrder], **changes: object
) -> MasterOrder:
    """Return the order of a master; `frames` are files, or orders of frames."""
    order = MasterOrder(
        kind=kind, frames=frame_orders(frames), method="auto", rejection=REJECTION,
        rejection_map=False, min_frames=3, screening=SCREENING,
        flat=FLAT if kind == "flat" else None, uncertainty=False,
    )  # fmt: skip
    return replace(order, **changes)


def mask_order(frames: Iterable[str | Path | FrameOrder]) -> MaskOrder:
    return MaskOrder(
        frames=frame_orders(frames), levelling=LEVELLING, min_frames=3, max_fraction=0.01,
        screening=SCREENING,
    )  # fmt: skip


def light_order(raw: str | Path, output: str | Path, **more: object) -> LightOrder:
    """Return the order of a light without masters; `more` is of its frame."""
    return LightOrder(frame=frame_order(raw, **more), output=str(output))


def calibration_order(lights: Iterable[LightOrder], **settings: object) -> CalibrationOrder:
    return CalibrationOrder(lights=tuple(lights), settings=replace(LIGHTS, **settings))
