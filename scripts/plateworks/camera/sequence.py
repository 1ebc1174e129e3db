"""A capture target: its series from the configuration, taken one after the other, and a manifest.

The order of safety: nothing is connected while nothing is to be exposed; nothing is exposed unless
the configuration says ``armed`` and a person has covered the telescope; every device is left safe
on every way out; and the manifest comes last.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from plateworks.camera.consent import Consent, exclusive
from plateworks.camera.manifest import Row, read_manifest, write_manifest
from plateworks.camera.observatory import Observatory
from plateworks.camera.programme import (
    PlannedSeries,
    bias_series,
    dark_series,
    flat_series,
    flatdark_series,
    light_series,
    missing_series,
)
from plateworks.camera.progress import say
from plateworks.camera.rawpaths import RawPaths
from plateworks.camera.series import Roll
from plateworks.camera.waiting import Clock, Deadlines
from plateworks.errors import ConfigError, PlateworksError
from plateworks.orders.capture import CaptureOrder, Target
from plateworks.settings.capture import Capture
from plateworks.stopping import guarded

_log = logging.getLogger(__name__)

#: Target -> its series, from the section ``capture`` and what the target reads.
PROGRAMMES: dict[Target, Callable[[Capture, str], list[PlannedSeries]]] = {
    "bias": lambda capture, _: bias_series(capture),
    "flats": lambda capture, _: flat_series(capture),
    "flatdarks": lambda capture, flats: flatdark_series(capture, read_manifest(flats)),
    "darks": lambda capture, _: dark_series(capture),
    "lights": lambda capture, _: light_series(capture),
    "missing": missing_series,
}


def carry_out(
    order: CaptureOrder,
    manifest: str | os.PathLike,
    table: str | None = None,
    *,
    limits: Deadlines | None = None,
    clock: Clock | None = None,
) -> None:
    """Take what is lacking of a target's series, then write its manifest.

    Parameters
    ----------
    order : CaptureOrder
    manifest : path
    table : str, optional
        What the target reads: the manifest of the flats for their flat-darks, or what is missing.
    limits : Deadlines, optional
        Of the devices.
    clock : Clock, optional
        What the devices are waited for by.

    Raises
    ------
    ConfigError
        If the configuration does not allow it.
    PlateworksError
        If a device fails, the light is unsuitable, or nobody covers the telescope.  The frames so
        far are kept, and the next run of the target goes on from there.
    """
    capture = order.capture
    if capture.raw_dir is None:
        raise ConfigError("capture.raw_dir is not set: name the folder that frames go to.")
    paths = RawPaths(capture.raw_dir, order.night, capture.names)
    series = PROGRAMMES[order.target](capture, table or "")

    def take(wanted: list[PlannedSeries]) -> list[Roll]:
        rolls = [Roll(one, paths) for one in wanted]
        lacking = [roll for roll in rolls if roll.lacking]
        for roll in rolls:
            said = f"{len(roll.rows)} there, {roll.lacking} to take"
            say(f"{roll.series.title}: {roll.series.count} wanted, {said}")
        if lacking:
            check_armed(capture)
            with (
                guarded("the devices were left as configured"),
                Observatory(capture, order.site, limits, clock) as observatory,
            ):
                for roll in lacking:
                    size = roll.series.size
                    if size is not None and size != observatory.size(roll.series.setup):
                        said = f"left out, for it is of {size[0]} x {size[1]} pixels"
                        say(f"{roll.series.title}: {said}")
                        continue
                    observatory.prepare(roll.series, consent)
                    observatory.take(roll)
        return rolls

    with _sole_use(capture) as consent:
        rolls = take(series)
        if order.target == "missing":  # its flats need flat-darks that no plan could name before
            rolls += take(_flat_darks(capture, rolls))
    rows = [row for roll in rolls for row in roll.manifest()]
    write_manifest(rows, manifest)
    _say_flags(rows)


def _flat_darks(capture: Capture, rolls: list[Roll]) -> list[PlannedSeries]:
    """Return the flat-darks for the flats among `rolls`, each series once."""
    flats = [roll for roll in rolls if roll.series.kind == "flat"]
    wanted = (flatdark_series(capture, roll.rows, roll.series.setup) for roll in flats)
    return list({one.id: one for some in wanted for one in some}.values())


def check_armed(capture: Capture) -> None:
    """Refuse to expose unless the configuration says so and names a camera.

    Raises
    ------
    ConfigError
    """
    if not capture.armed:
        raise ConfigError(
            "capture.armed is false: nothing is exposed.  Set it to true when the camera may be "
            "used."
        )
    for key in ("address", "camera"):
        if getattr(capture, key) is None:
            raise ConfigError(
                f"capture.{key} is not set.  snakemake capture_devices lists what there is."
            )


def _sole_use(capture: Capture) -> AbstractContextManager[Consent]:
    """Return a context in which no other run has the camera; without a camera, an idle one."""
    if capture.address is None or capture.camera is None:
        return nullcontext(Consent(io.StringIO(), capture.no_confirm))
    return exclusive(capture.address, capture.camera, capture.no_confirm)


def _say_flags(rows: list[Row]) -> None:
    flagged = [row for row in rows if row.flags]
    for row in flagged:
        say(f"look at {row.path}: {row.flags}")
    say(f"{len(rows)} frames, {len(flagged)} of them flagged")


def collect(manifests: list[str], table: str | os.PathLike) -> None:
    """Write the manifests of a night's calibration frames into one table.

    Raises
    ------
    PlateworksError
        If a frame that a manifest names is no longer there.
    """
    rows = [row for manifest in manifests for row in read_manifest(manifest)]
    gone = [row.path for row in rows if not os.path.exists(row.path)]
    if gone:
        raise PlateworksError(
            f"{len(gone)} captured frames are no longer there, the first is {gone[0]}.  Delete the "
            f"manifests beside {table} to capture them again."
        )
    write_manifest(rows, table)
