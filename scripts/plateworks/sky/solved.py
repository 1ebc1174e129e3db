"""Solved frames: calibrated frames with world coordinates, or with the reason why without."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks import __version__
from plateworks.digests import digest_of
from plateworks.errors import FrameError, PlateworksError, TroubleError
from plateworks.metadata.beginnings import beginning_of
from plateworks.metadata.cards import read_cards
from plateworks.metadata.caveats import FAILED, texts_of
from plateworks.metadata.datadigest import digest_of_data
from plateworks.metadata.normalise import read_frame
from plateworks.orders.solving import SolveOrder
from plateworks.products.headers import DIGEST, original_header, product_digest, stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import (
    read_image,
    read_image_header,
    write_cards,
    write_image,
)
from plateworks.products.tables import Table
from plateworks.settings.solve import SolveOptions
from plateworks.shelf import Batch, Shelf
from plateworks.sky import engines
from plateworks.sky.foreign import foreign_hint
from plateworks.sky.hints import scale_of
from plateworks.sky.measurecards import add_measures
from plateworks.sky.measures import LightMeasure, measure_light
from plateworks.sky.quality import offset, why_poor
from plateworks.sky.solving import SolveResult, solve_image
from plateworks.sky.sourcetable import cell_table, source_table
from plateworks.sky.wcscards import add_failure, add_solution, add_verdict
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

#: Options that do not change a frame: where the indexes lie, and what a failure leads to.
_IDLE = ("index_dirs", "strict")


def solve_files(
    order: SolveOrder,
    pairs: Iterable[tuple[str, str]],
    shelf: Shelf | None = None,
    searched: str = "",
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

    Raises
    ------
    FrameError
        If a calibrated frame cannot be read.
    PlateworksError
        If ``solve.strict`` is true and any frame is unsolved, after all have been written.
    """
    unsolved, pairs = [], list(pairs)
    batch = Batch(shelf, makings(order, pairs, searched) if shelf is not None else {})
    there = batch.take()
    try:
        for source, target in pairs:
            if target in there:
                _log.info("%s is there already, of the same frame and settings", target)
                reason = texts_of(target, "SOLVEWHY")[0]
            else:
                reason = _solve_file(source, target, order)
                batch.keep(target)
            if reason:
                unsolved.append(f"{source}: {reason}")
    finally:
        engines.finish()  # so that the log counts its processor time too
    batch.bring_back()
    if unsolved and order.options.strict:
        raise PlateworksError(
            "solve.strict is true, and these frames did not solve: " + "; ".join(unsolved)
        )


def makings(order: SolveOrder, pairs: Iterable[tuple[str, str]], searched: str) -> dict[str, str]:
    """Return a digest of what each solved frame is made of, by its path.

    A calibrated frame is told by how it begins; markers of frames that were set aside are left out.
    """
    found = {}
    for source, target in pairs:
        with suppress(FrameError, TroubleError):
            if (begins := beginning_of(source, read_cards(source))) is not None:
                found[target] = digest_of(
                    calibrated=begins.content,
                    settings=_settings(order.options),
                    searched=searched,
                    algorithm=ALGORITHMS["solve"],
                    version=__version__,
                )
    return found


def is_of(order: SolveOrder, source: str, target: str) -> bool:
    """Whether a solved frame is there and was made of a calibrated one as that is now."""
    with suppress(FrameError, TroubleError):
        header = read_image_header(source)
        made = [_digest(source, header, order.options), header.get("RAWDIG", "")]
        if texts_of(target, DIGEST, "RAWDIG") == made:
            return _sample(source) == _sample(target)
    return False


def _sample(path: str) -> str:
    """Return a digest of the first pixels, which solving leaves as they are."""
    return digest_of_data(path, whole=False).sample


def _solve_file(source: str, target: str, order: SolveOrder) -> str:
    """Solve one frame; return the reason if it did not, else ""."""
    options = order.options
    header = read_image_header(source)
    if texts_of(target, "PLTSOLVD")[0] and is_of(order, source, target):  # left for its job
        _log.info("%s: solved already", source)
        return ""
    if FAILED in header:
        reason = str(header[FAILED])
        write_cards(target, _stamped(add_failure(header, reason), source, header, options))
        _log.warning("%s: not solved: %s", source, reason)
        return reason
    image = read_image(source)
    header = original_header(str(source))  # whose cards need not be checked once more
    pixels = image.data.astype(np.float32, copy=False)
    frame = read_frame(source)
    hint = foreign_hint(header, image.data.shape)
    result = solve_image(pixels, image.mask, frame, options, hint)
    poor = ""
    if result.solution is None:
        out = add_failure(header, result.reason, keep=hint is not None)
    else:
        poor = why_poor(result.solution, result.sources.median_fwhm, options)
        out = add_solution(header, result.solution, image.data.shape)
        out = add_verdict(out, poor, offset(result.solution, frame.ra, frame.dec))
    measure, tables = _measured(image, result, scale_of(frame))
    out = _stamped(add_measures(out, measure), source, header, options)
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
    image: Image, result: SolveResult, stated: float | None
) -> tuple[LightMeasure, tuple[Table, ...]]:
    """Return the measures of a frame, and its tables; `stated` is the scale where none is found."""
    lens = None if result.solution is None else result.solution.lens
    scale = lens.scale if lens else stated
    measure = measure_light(result.sources, image.mask, image.data.shape, scale)
    room = image.data.nbytes + sum(pixels.nbytes for _, pixels in image.planes())
    unit = str(image.header.get("BUNIT", "adu"))
    stars = source_table(result.sources, lens, unit, room)
    return measure, (stars, cell_table(measure.cells, unit))


def _digest(source: str | os.PathLike, header: fits.Header, options: SolveOptions) -> str:
    """Return a digest of what a solved frame is made of: a frame that has `header`, and options."""
    return digest_of(
        calibrated=product_digest(str(source), header),
        settings=_settings(options),
        algorithm=ALGORITHMS["solve"],
    )


def _settings(options: SolveOptions) -> dict[str, Any]:
    """Return those options that change a frame."""
    return {name: value for name, value in asdict(options).items() if name not in _IDLE}


def _stamped(
    out: fits.Header, source: str | os.PathLike, header: fits.Header, options: SolveOptions
) -> fits.Header:
    """Say in the header of a solved frame from what it was made: the frame that has `header`."""
    stamp(out, _digest(source, header, options), ALGORITHMS["solve"])
    return out
