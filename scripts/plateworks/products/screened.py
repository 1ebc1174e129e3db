"""The frames of a set on trial: which of them may enter a master, and what is told of each.

What was measured stands in the table FRAMES of the master, those left out included.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from plateworks.errors import PlateworksError
from plateworks.metadata.datadigest import Digests
from plateworks.metadata.frametable import FrameRow
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import MasterOrder, Screening
from plateworks.pixels.arrays import Reals
from plateworks.pixels.cfa import MONO, Cell
from plateworks.pixels.framemeasure import SAMPLE, FrameMeasure, sample_of
from plateworks.pixels.scaled import Scaled
from plateworks.pixels.screening import Screened, screen
from plateworks.products.rawframes import frame_of
from plateworks.products.reading import FrameReader
from plateworks.products.saturation import Saturation, saturation_of

_log = logging.getLogger(__name__)


T = TypeVar("T")


@dataclass(frozen=True)
class Trial:
    """The frames of a set, with what was measured of each; None where nothing was.

    Attributes
    ----------
    paths : tuple of str
    measures : tuple of (FrameMeasure or None)
    faults : tuple of (tuple of str)
        Why each is left out, as clauses; empty for those that are combined.
    full : tuple of (Saturation or None)
        From which level on each is saturated, ADU of the raw frame.
    samples : tuple of (R, W) arrays
        Of bias frames and darks: the sample of each as it was read.
    """

    paths: tuple[str, ...]
    measures: tuple[FrameMeasure | None, ...]
    faults: tuple[tuple[str, ...], ...]
    full: tuple[Saturation | None, ...]
    samples: tuple[Reals, ...] = ()

    def kept(self, things: Sequence[T]) -> list[T]:
        """Return what belongs to the frames that are combined."""
        return [one for one, faults in zip(things, self.faults, strict=True) if not faults]

    def require(self, least: int) -> None:
        """Refuse a set of which too few frames are left.

        Raises
        ------
        PlateworksError
            With the first that was left out, and why.
        """
        left = self.kept(self.paths)
        if len(left) >= least:
            return
        path, faults = next((p, f) for p, f in zip(self.paths, self.faults, strict=True) if f)
        raise PlateworksError(
            f"Only {len(left)} of the {len(self.paths)} frames of this set are fit for a master, "
            f"{least} are needed (masters.min_frames).  {Path(path).name}, for one, is left out: "
            f"{'; '.join(faults)}.  masters.screen: false combines them as they are."
        )


def unjudged(readers: Sequence[FrameReader], orders: Sequence[FrameOrder]) -> Trial:
    """Take frames as they are."""
    pairs = zip(readers, orders, strict=True)
    full = tuple(saturation_of(frame_of(order), reader.reading, None) for reader, order in pairs)
    paths, nothing = tuple(reader.path for reader in readers), (None,) * len(readers)
    samples = tuple(map(read_sample, readers))
    return Trial(paths, nothing, ((),) * len(readers), full, samples)


def sampled(pixels: Reals | Scaled, size: int = SAMPLE, cell: Cell = MONO) -> Reals:
    """Return the sample of a whole image, of about `size` pixels, which has as many planes."""
    height, width = pixels.shape
    rows, columns = sample_of(height, width, size, cell)
    sample: Reals = pixels[rows][:, columns]
    return sample


def read_sample(reader: FrameReader) -> Reals:
    """Read the sample of a frame, row by row."""
    rows, columns = sample_of(*reader.shape, cell=reader.cell)
    return np.concatenate([reader.rows(row, row + 1)[:, columns] for row in rows])


def screen_raw(
    readers: Sequence[FrameReader], orders: Sequence[FrameOrder], kind: str, screening: Screening
) -> Trial:
    """Judge bias frames or darks by their raw pixels.

    Raises
    ------
    PlateworksError
        If they fall into groups of which none is most of them.
    """
    samples = [read_sample(reader) for reader in readers]
    full = [
        saturation_of(frame_of(order), reader.reading, screening.saturation, sample)
        for reader, order, sample in zip(readers, orders, samples, strict=True)
    ]
    found = screen(samples, kind, full_scale=levels_of(full))
    trial = verdict([reader.path for reader in readers], found, full)
    return replace(trial, samples=tuple(samples))


def levels_of(full: Iterable[Saturation | None]) -> list[float | None]:
    """Return the levels alone, ADU."""
    return [None if one is None else one.level for one in full]


def verdict(paths: Sequence[str], found: Screened, full: Sequence[Saturation | None]) -> Trial:
    """Name the frames that are left out, and refuse a set that makes no master.

    Raises
    ------
    PlateworksError
        If the frames fall into groups of which none is most of them.
    """
    for path, one in zip(paths, found.frames, strict=True):
        if one.faults:
            _log.warning("left out: %s: %s", path, "; ".join(one.faults))
    if found.refusal:
        raise PlateworksError(
            f"These {len(paths)} frames make no master: {found.refusal}.  The first is "
            f"{paths[0]}.  Leave the wrong ones out (config key exclude), or combine them all as "
            "they are with masters.screen: false."
        )
    faults = tuple(one.faults for one in found.frames)
    return Trial(tuple(paths), found.frames, faults, tuple(full))


def frame_rows(
    order: MasterOrder,
    opened: Sequence[int],
    unreadable: Mapping[int, str],
    trial: Trial,
    digests: Sequence[Digests],
    rejected: Reals | None,
) -> tuple[FrameRow, ...]:
    """Return the table of the frames of a set, in the order in which they were planned.

    Parameters
    ----------
    order : MasterOrder
    opened : sequence of int
        The places in the order of the frames that could be read; `trial` and `digests` are of
        these.
    unreadable : mapping
        Place to reason, of the others.
    trial : Trial
    digests : sequence of Digests
    rejected : array of int or None
        How many values of each combined frame were rejected, where that was counted.
    """
    lost = iter(() if rejected is None else rejected)
    rows = {
        place: FrameRow(name=order.frames[place].named, used=False, reason=why)
        for place, why in unreadable.items()
    }
    told = zip(opened, trial.measures, trial.faults, digests, strict=True)
    for place, measure, faults, digest in told:
        row = FrameRow(
            name=order.frames[place].named,
            used=not faults,
            reason="; ".join(faults),
            lost=-1 if faults else int(next(lost, -1)),
            digest=digest.data,
            rest=digest.rest,
        )
        if measure is not None:
            row = replace(
                row,
                level=_rounded(measure.level, 6),
                noise=_rounded(measure.noise, 4),
                structure=_rounded(measure.structure, 4),
                banding=_rounded(measure.banding, 4),
                hot=measure.hot,
                outliers=_rounded(measure.outliers, 4),
                saturated=_rounded(measure.saturated, 4),
            )
        rows[place] = row
    return tuple(rows[place] for place in sorted(rows))


def _rounded(value: float, digits: int) -> float:
    """Return a value with so many digits: the last of a sum depend on the processor."""
    return float(f"{value:.{digits}g}")
