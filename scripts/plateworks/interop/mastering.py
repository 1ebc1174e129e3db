"""Master frames made by PixInsight, and made into masters like all others."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.files import atomic
from plateworks.interop.integrated import OURS, Integrated, integrated_by
from plateworks.interop.masterscript import master_script
from plateworks.interop.parameters import scales_dark
from plateworks.interop.pixinsight import run_script
from plateworks.metadata import formats
from plateworks.metadata.cards import read_cards
from plateworks.metadata.datadigest import Digests
from plateworks.metadata.frametable import FrameRow
from plateworks.metadata.kinds import KINDS
from plateworks.metadata.xisf_cards import COMMENTARY
from plateworks.metadata.xisf_pixels import WHITE, read_adu
from plateworks.orders.integration import IntegrationOrder, ProgramOrder
from plateworks.orders.masters import MasterOrder
from plateworks.pixels.mastermask import mask_of_master
from plateworks.pixels.statistics import median
from plateworks.products.cells import cell_of
from plateworks.products.frametable import frame_tables
from plateworks.products.headers import lineage, put, warn, xisf_header
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.inputs import Inputs
from plateworks.products.maskcards import put_counts
from plateworks.products.masterheader import master_header
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.products.reading import FrameReader
from plateworks.products.stacking import resolved
from plateworks.settings.masters import Method

_log = logging.getLogger(__name__)

#: How PixInsight always combines.
_METHOD: Method = "winsorized"
#: BITPIX of raw frames -> what PixInsight takes for 1; of all others it is the end of 16 bits.
_WHITES = {8: 255.0, 32: 4294967295.0}


def integrate(order: IntegrationOrder, program: ProgramOrder, logs: str | os.PathLike) -> None:
    """Let PixInsight make one master.

    Parameters
    ----------
    order : IntegrationOrder
    program : ProgramOrder
    logs : path
        The folder for the script and PixInsight's log.

    Raises
    ------
    PlateworksError
        As :func:`plateworks.interop.pixinsight.run_script`.
    """
    script = write_script([order], logs, order.name)
    run_script(script, script.with_suffix(".log"), [order.integrated], program)


def write_script(
    orders: Sequence[IntegrationOrder], logs: str | os.PathLike, name: str = "calibrate_masters"
) -> Path:
    """Write a script for some masters, named by the second; its log has the same name.

    Raises
    ------
    PlateworksError
        If PixInsight cannot do what an order asks for, or would read a frame wrongly; nothing is
        written then.
    """
    folder = Path(logs)
    frames = [frame for order in orders for frame in order.frames]
    for path in sorted({path for frame in frames for path in frame.files()}):
        _check_range(path)
    while True:
        script = folder / f"{time.strftime('%Y%m%d_%H%M%S')}_{name}.js"
        text = master_script(orders, os.fspath(script.with_suffix(".log")))
        try:
            with atomic(script, "w", encoding="ascii", new=True) as stream:
                stream.write(text)
        except FileExistsError:
            time.sleep(0.2)
        else:
            _log.info("wrote %s", script)
            return script


def adopt(order: MasterOrder, integrated: str, output: str) -> None:
    """Make a product of what PixInsight integrated: in ADU, with the cards of a master.

    PixInsight says ``DARK`` where it means ``Master Dark``, and drops gain, offset and temperature;
    so the cards are those that any master gets from its frames, with PixInsight's history.  Which
    frames those are, and how their darks were scaled, the image tells; where it does not, the
    master says that it is not known.  Where darks shall hold no bias, it is taken out here.

    Parameters
    ----------
    order : MasterOrder
        The master; its method is PixInsight's.
    integrated : str
        PixInsight's image.
    output : str
        The file to write, FITS or XISF.

    Raises
    ------
    FrameError
        If the image is not of the size of its frames.
    """
    order = replace(order, method=_METHOD)
    frames = [frame_of(one) for one in order.frames]
    white = _WHITES.get(frames[0].bitpix, WHITE)
    pixels = (read_adu(integrated) * (white / WHITE)).astype(np.float32, copy=False)
    wanted, found = (frames[0].height, frames[0].width), pixels.shape
    if found != wanted:
        raise FrameError(integrated, f"is of size {found}, and its frames are of {wanted}")
    inputs = Inputs()
    taken = order.frames[0].subtraction
    if KINDS[order.kind].thermal and taken.bias is not None:
        pixels = pixels - inputs.master(taken.bias, taken.bias_placement).pixels
    told = integrated_by(integrated)
    kept = [place for place in range(len(frames)) if place not in told.left_out]
    frames, orders = [frames[place] for place in kept], [order.frames[place] for place in kept]
    method = resolved(order.method, len(frames))
    digests = [*_digests(order)]
    data = [digests[place].data for place in kept]
    header = master_header(order, method, frames, orders, inputs, data)
    lineage(header, _dark_scales(order, kept, told))
    header.remove("FLATNORM", ignore_missing=True)  # PixInsight leaves flats at their level
    put(header, "PWENGINE", "PixInsight", "integrated by")
    middle = median(pixels)
    put(header, "PWMEDIAN", middle, "[ADU] median of all pixels")
    floor, cell = None if order.flat is None else order.flat.floor * middle, cell_of(frames[0])
    mask = mask_of_master(pixels, floor=floor, cell=cell)
    put_counts(header, mask)
    for card in xisf_header(integrated).cards:
        if card.keyword in COMMENTARY and not str(card.value).startswith(OURS):
            header.append(card, end=True)
    rows: tuple[FrameRow, ...] = ()
    if told.count == len(kept):
        rows = tuple(_rows(order, told, digests))
    else:
        _warn_of_count(header, told.count, len(kept))
    write_image(
        output, Image(pixels, header, mask, tables=frame_tables(rows)), order.xisf_compression
    )
    _log.info("made %s of %s", output, integrated)


def _dark_scales(order: MasterOrder, kept: Sequence[int], told: Integrated) -> Iterator[str]:
    """Yield by how much PixInsight scaled the dark of each frame."""
    for place in kept:
        frame = order.frames[place]
        if scales_dark(frame.subtraction.bias, frame.subtraction.dark):
            k = told.dark_scales.get(place)
            by = "PixInsight, K is not known," if k is None else f"{k:.6g}"
            yield f"dark scaled by {by} for {frame.named}"


def _digests(order: MasterOrder) -> Iterator[Digests]:
    """Yield digests of the frames, which PixInsight alone has read; of damaged ones none."""
    for frame in order.frames:
        try:
            with open_raw(frame) as reader:
                yield reader.digests()
        except FrameError:
            yield Digests("", "")


def _rows(order: MasterOrder, told: Integrated, digests: Sequence[Digests]) -> Iterator[FrameRow]:
    """Yield which frames are in the master; PixInsight does not tell what it measured of them."""
    for place, frame in enumerate(order.frames):
        reason = "PixInsight could not calibrate it" if place in told.left_out else ""
        if reason:
            _log.warning("left out: %s: %s", frame.raw, reason)
        one = digests[place]
        yield FrameRow(
            name=frame.named, used=not reason, reason=reason, digest=one.data, rest=one.rest
        )


def _warn_of_count(header: fits.Header, count: int | None, planned: int) -> None:
    """Say that it is not known which frames, or not even how many, are in a master."""
    if count is None:
        header.remove("NCOMBINE")
        warn(header, f"how many of {planned} frames PixInsight integrated is not known")
    else:
        put(header, "NCOMBINE", count, "number of frames combined")
        warn(header, f"PixInsight integrated {count} of {planned} frames, which is not known")


def _check_range(path: str) -> None:
    """Refuse floating-point FITS beyond 0 to 1, which PixInsight would rescale or cut off."""
    if not os.path.exists(path):  # an image of PixInsight that is still to be made
        return
    layout = read_cards(path)
    if layout.bitpix > 0 or formats.of(layout).tells_range:
        return
    with FrameReader(path) as reader:
        if np.nanmax(reader.read()) > reader.reading.scale:
            raise FrameError(
                path,
                "is floating-point FITS in ADU, which PixInsight takes for 0 to 1; make "
                "it XISF (.xisf in the templates of names), or set masters.engine: native",
            )
