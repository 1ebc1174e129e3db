"""The lights of a night as those who stack them get them: verdicts, qualities, weights."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from plateworks.csvtable import not_ours, read_table
from plateworks.metadata.caveats import FAILED
from plateworks.orders.handover import HandoverOrder
from plateworks.products.imagefiles import read_image_header
from plateworks.sky.lens import Lens
from plateworks.sky.wcscards import lens_of

#: Columns of the table of what was handed over; :attr:`HandedLight.left` fills ``why``.
COLUMNS = ("group", "file", "frame", "stacked", "weight", "why")
_FLAGGED = "flagged"


@dataclass(frozen=True, kw_only=True)
class HandedLight:
    """A light that others stack, or do not.

    Attributes
    ----------
    path : str
        Its solved frame.
    group : str
        Name of the lights that it is stacked with.
    left : str
        Why it is not stacked; empty if it is.
    empty : bool
        Whether its file is the marker of a frame that was set aside, without pixels.
    lens : Lens or None
        Its map to the sky, where that is known well.
    shape : (int, int)
        Height and width.
    fwhm, roundness, sky : float
        Pixels, a share of 1, units of the frame; 0 where not known.
    stars : int
    weight : float or None
        Of a star's signal in the noise of the sky, squared: 1 for the best of the group.
    """

    path: str
    group: str
    left: str
    empty: bool
    lens: Lens | None
    shape: tuple[int, int]
    fwhm: float
    roundness: float
    sky: float
    stars: int
    weight: float | None

    @property
    def name(self) -> str:
        return os.path.splitext(os.path.basename(self.path))[0]

    def row(self, file: str) -> tuple[object, ...]:
        """Return its row of the table; `file` is the name it has there, or empty."""
        weight = None if self.weight is None else round(self.weight, 4)
        return self.group, file, self.name, str(not self.left).lower(), weight, self.left


def read_lights(
    order: HandoverOrder, solved: Sequence[str], verdicts: str
) -> dict[str, list[HandedLight]]:
    """Return the lights of a night by their groups, both in the order of the table.

    Parameters
    ----------
    order : HandoverOrder
    solved : sequence of str
        The solved frames of the night.
    verdicts : str
        The table with the verdicts on them, in the same order.

    Raises
    ------
    FrameError
        If a frame cannot be read.
    PlateworksError
        If the table cannot be read, or is of other frames.
    """
    rows = list(read_table(verdicts))
    if len(rows) != len(solved):
        raise not_ours(verdicts, f"it has {len(rows)} rows for {len(solved)} frames")
    groups: dict[str, list[HandedLight]] = defaultdict(list)
    for path, group, row in zip(solved, order.groups, rows, strict=True):
        try:
            light = _light(path, group, row)
            if row["frame"] != light.name:
                raise not_ours(verdicts, f"{row['frame']} stands where {light.name} should")
        except LookupError as error:
            raise not_ours(verdicts, f"it has no column {error}") from error
        except ValueError as error:
            raise not_ours(verdicts, str(error)) from error
        groups[group].append(light)
    return {group: _weighted(lights) for group, lights in sorted(groups.items())}


def _light(path: str, group: str, row: Mapping[str, str]) -> HandedLight:
    """Return a light; its weight is relative still."""
    header = read_image_header(path)
    empty = FAILED in header
    fwhm, ellipticity = _number(row["fwhm_px"]), _number(row["ellipticity"])
    solved = header.get("PLTSOLVD") is True and not empty
    return HandedLight(
        path=path,
        group=group,
        left=str(header[FAILED]) if empty else _flag(row),
        empty=empty,
        lens=lens_of(header) if solved and header.get("ASTQUAL") != "poor" else None,
        shape=(0, 0) if empty else (int(row["height"]), int(row["width"])),
        fwhm=fwhm or 0.0,
        roundness=0.0 if ellipticity is None else 1.0 - ellipticity,
        sky=_number(row["sky"]) or 0.0,
        stars=int(_number(row["sources"]) or 0),
        weight=_signal(_number(row["star_flux"]), fwhm, _number(row["sky_noise"])),
    )


def _flag(row: Mapping[str, str]) -> str:
    if row["verdict"] != _FLAGGED:
        return ""
    return f"{row['cause']}: {row['why']}" if row["why"] else row["cause"] or _FLAGGED


def _signal(flux: float | None, fwhm: float | None, noise: float | None) -> float | None:
    """Return how well a star of a given brightness shows, squared: what a mean weighs by."""
    if not flux or not fwhm or not noise:
        return None
    return (flux / (fwhm * noise)) ** 2


def _weighted(lights: Iterable[HandedLight]) -> list[HandedLight]:
    lights = list(lights)
    best = max((one.weight for one in lights if one.weight and not one.left), default=0.0)
    if not best:
        return [replace(one, weight=None) for one in lights]
    return [one if one.weight is None else replace(one, weight=one.weight / best) for one in lights]


def _number(cell: str) -> float | None:
    value = float(cell) if cell else math.nan
    return value if math.isfinite(value) else None
