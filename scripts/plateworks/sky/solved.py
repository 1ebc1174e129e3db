"""Solved frames: calibrated frames with world coordinates, or with the reason why without."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

from astropy.io import fits

from plateworks.errors import PlateworksError
from plateworks.metadata.caveats import FAILED, texts_of
from plateworks.orders.solving import SolveOrder
from plateworks.pixels.processes import in_processes
from plateworks.products.headers import stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import (
    read_image_header,
    write_cards,
    write_image,
)
from plateworks.products.luminance import luminance
from plateworks.products.preview import preview_table, read_preview
from plateworks.products.tables import Table
from plateworks.shelf import Batch, Shelf
from plateworks.sky import engines
from plateworks.sky.airmass import placed
from plateworks.sky.depthcards import add_depth
from plateworks.sky.fieldwork import Fieldwork
from plateworks.sky.hints import scale_of
from plateworks.sky.magnitudes import find_depth
from plateworks.sky.measurecards import add_measures
from plateworks.sky.measures import LightMeasure, measure_light
from plateworks.sky.quality import offset, why_poor
from plateworks.sky.solving import SolveResult
from plateworks.sky.sourcetable import cell_table, residual_table, source_table
from plateworks.sky.wcscards import add_failure, add_solution, add_verdict
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)


def solve_files(
    order: SolveOrder,
    pairs: Iterable[tuple[str, str]],
    shelf: Shelf | None = None,
    searched: str = "",
    anew: bool = False,
    threads: int = 1,
) -> None:
    """Write a solved frame for each calibrated one, but for those that are there already.

    A frame that does not solve is written as well, with ``PLTSOLVD = F`` and the reason in
    ``SOLVEWHY``; so is the marker of a frame that was set aside before.

    Parameters
    ----------
    order : SolveOrder
    pairs : iterable of (path, path)
        A calibrated frame, and the solved frame to write.
    shelf : Shelf or None
        Keeps what is made until all is.
    searched : str
        A digest of what is searched.
    anew : bool
        Whether that is another than before.
    threads : int
        How many processes share those frames that wait for no other.  Frames are the same with any.

    Raises
    ------
    FrameError
        If a calibrated frame cannot be read.
    PlateworksError
        If ``solve.strict`` is true and any frame is unsolved, after all have been written.
    """
    pairs, work = list(pairs), Fieldwork(order, searched, anew)
    batch = Batch(shelf, work.makings(pairs) if shelf is not None else {})
    some = partial(_solve_some, order=order, work=work, batch=batch, there=batch.take())
    unsolved, shared = list[str](), list[tuple[str, str]]()
    try:
        for pair in work.in_turn(pairs):
            if threads > 1 and not work.is_awaited(pair[0]):
                shared.append(pair)
            else:
                unsolved += some([pair])
    finally:
        engines.finish()  # so that the log counts its processor time too, and no two share one
    parts = [shared[first::threads] for first in range(min(threads, len(shared)))]
    for reasons in in_processes(partial(_solve_and_finish, some=some), parts, threads):
        unsolved += reasons
    batch.bring_back()
    if unsolved and order.options.strict:
        raise PlateworksError(
            "solve.strict is true, and these frames did not solve: " + "; ".join(unsolved)
        )


def _solve_some(
    pairs: Iterable[tuple[str, str]],
    order: SolveOrder,
    work: Fieldwork,
    batch: Batch,
    there: Collection[str],
) -> list[str]:
    """Solve frames but for those that are there; return of each that did not solve the reason."""
    unsolved = []
    for source, target in pairs:
        if target in there:
            _log.info("%s is there already, of the same frame and settings", target)
            reason = texts_of(target, "SOLVEWHY")[0]
        else:
            reason = _solve_file(source, target, order, work)
            batch.keep(target)
        if reason:
            unsolved.append(f"{source}: {reason}")
    return unsolved


def _solve_and_finish(
    pairs: Sequence[tuple[str, str]], some: Callable[[Sequence[tuple[str, str]]], list[str]]
) -> list[str]:
    """Solve frames, and end the engines of this process."""
    try:
        return some(pairs)
    finally:
        engines.finish()


def _solve_file(source: str, target: str, order: SolveOrder, work: Fieldwork) -> str:
    """Solve one frame; return the reason if it did not, else ""."""
    if texts_of(target, "PLTSOLVD")[0] and work.is_of(source, target):  # left for its job
        _log.info("%s: solved already", source)
        return ""
    if FAILED in work.head(source):
        header = read_image_header(source)
        reason = str(header[FAILED])
        write_cards(target, _stamped(add_failure(header, reason), work, source, header))
        _log.warning("%s: not solved: %s", source, reason)
        return reason
    worked = work.solve(source)
    image, header, result = worked.image, worked.header, worked.result
    frame = placed(worked.frame, order.place)
    poor = ""
    if result.solution is None:
        out = add_failure(header, result.reason, keep=worked.foreign)
    else:
        poor = why_poor(result.solution, result.sources.median_fwhm, order.options)
        out = add_solution(header, result.solution, image.shape, image.colours)
        out = add_verdict(out, poor, offset(result.solution, frame.ra, frame.dec))
    measure, tables = _measured(source, image, result, scale_of(frame))
    told = None
    if result.solution is not None:
        told = find_depth(luminance(image), frame, result.solution, result.sources, order.options)
    out = add_depth(add_measures(out, measure), told, frame, result.solution, measure.sky)
    out = _stamped(out, work, source, header)
    write_image(target, replace(image, header=out, tables=tables), order.xisf_compression)
    if result.solution is None:
        _log.warning("%s: not solved: %s", source, result.reason)
    else:
        _log.info(
            '%s: solved by %s with %s, %d stars, rms %.3f"',
            source, result.solution.engine, result.solution.index,
            result.solution.n_matched, result.solution.rms_arcsec,
        )  # fmt: skip
    if poor:
        _log.warning("%s: %s", source, poor)
    return result.reason


def _measured(
    source: str, image: Image, result: SolveResult, stated: float | None
) -> tuple[LightMeasure, tuple[Table, ...]]:
    """Return the measures of a frame, and its tables; `stated` is the scale where none is found."""
    lens = None if result.solution is None else result.solution.lens
    scale = lens.scale if lens else stated
    measure = measure_light(result.sources, luminance(image).mask, image.shape, scale)
    room = image.data.nbytes + sum(pixels.nbytes for _, pixels in image.planes())
    unit = str(image.header.get("BUNIT", "adu"))
    tables = [source_table(result.sources, lens, unit, room), cell_table(measure.cells, unit)]
    if result.solution is not None:
        tables.append(residual_table(result.solution.pairs))
    preview = read_preview(source)
    if preview is not None:
        tables.append(preview_table(preview, unit))
    return measure, tuple(tables)


def _stamped(out: fits.Header, work: Fieldwork, source: str, header: fits.Header) -> fits.Header:
    """Say in the header of a solved frame from what it was made: the frame that has `header`."""
    stamp(out, work.digest(source, header), ALGORITHMS["solve"], work.told)
    return out
