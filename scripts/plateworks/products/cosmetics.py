"""Files of pixels to repair: cosmetic lists from master darks, bad-pixel masks from flats."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.metadata.caveats import CAVEAT
from plateworks.metadata.normalise import read_frame
from plateworks.orders.repairs import ListOrder, MaskOrder
from plateworks.pixels import cfa
from plateworks.pixels.arrays import Floats, Integers
from plateworks.pixels.badpixels import bad_from_flat, bad_from_ratio
from plateworks.pixels.cosmetic import find_brightest, find_cold, find_hot
from plateworks.pixels.marks import set_bits
from plateworks.pixels.masks import BAD, NONLINEAR
from plateworks.products.cells import cell_of
from plateworks.products.flatflags import NONLINEAR_COUNT
from plateworks.products.flatlevels import TWO_LEVELS, Responses, responses
from plateworks.products.flatshape import SHAPE
from plateworks.products.harmful import HOT_SIGMA, find_harmful
from plateworks.products.headers import MOSAIC, put, put_text, stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.inputs import Inputs
from plateworks.products.integrity import refuse_altered
from plateworks.products.lists import write_list
from plateworks.products.maskcards import remove_counts
from plateworks.products.measured import CARDS, LEVELS
from plateworks.products.reading import FrameReader
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)


def make_cosmetic_list(order: ListOrder, dark: str, output: str, told: str | None = None) -> None:
    """Write the list of hot (and, on request, cold) pixels of a master dark.

    Parameters
    ----------
    order : ListOrder
    dark : str
        The master dark, ours or another's.
    output : str
        The list to write.
    told : str or None
        A digest of what its job is told, by which the list is known again.
    """
    refuse_altered(dark)
    frame, most = read_frame(dark), order.max_fraction
    cell = cell_of(frame)
    cold, notes = np.empty((0, 2), np.int64), list[str]()
    if order.count is None and order.hot_sigma is None:
        found = find_harmful(dark, frame, order.harm)
        listed, size, rows = found.pixels, found.size, found.rows
        listed = _places(listed, rows, cell)
        size, rows = size // cell.planes, cell.height(rows)
        hot, how = listed[: int(most * size)], f"harm above {order.harm:g}"
        notes += found.notes
        cut = len(hot) < len(listed)
    else:
        pixels = _pixels(dark)
        size, rows = pixels.size, cell.height(len(pixels))
        hot, how = _by_rank(pixels, order, cell)
        cut = int(most * size) <= len(hot) != order.count
        hot = _places(hot, len(pixels), cell)
    if cut:
        _log.warning("%s: %s", output, _cut_short(most))
        notes.append(_cut_short(most))
    if order.cold_sigma is not None:
        pixels, sigma = _pixels(dark), order.cold_sigma
        cold = find_cold(pixels, sigma=sigma, max_fraction=most, cell=cell)
        cold = _places(cold, len(pixels), cell)
    write_list(
        output,
        hot,
        cold,
        rows=rows,
        form=order.form,
        about=f"{len(hot) + len(cold)} pixels of {Path(dark).name} ({how})",
        row_order=frame.row_order,
        told=told,
        notes=[f"DARKDIG {Inputs().digest(dark)} (XXH3 of the data of that dark)", *notes],
    )
    _log.info("listed %d pixels of %s in %s", len(hot) + len(cold), dark, output)


def _pixels(dark: str) -> Floats:
    with FrameReader(dark) as reader:
        pixels: Floats = reader.read().astype(np.float32, copy=False)
    return pixels


def _places(pixels: Integers, rows: int, cell: cfa.Cell) -> Integers:
    """Return the places of pixels, (N, 2), each once: of planes it does not matter which."""
    if cell.planes == 1:
        return pixels
    places = np.stack([pixels[:, 0], pixels[:, 1] % cell.height(rows)], axis=1)
    _, first = np.unique(places, axis=0, return_index=True)
    return places[np.sort(first)]


def _by_rank(pixels: Floats, order: ListOrder, cell: cfa.Cell) -> tuple[Integers, str]:
    """Return the hottest pixels by number or by sigma, and the rule in words."""
    most = order.max_fraction
    if order.count is not None and order.rank == "value":
        hot = find_brightest(pixels, order.count, max_fraction=most)
    else:
        sigma = order.hot_sigma or HOT_SIGMA
        hot = find_hot(pixels, sigma=sigma, count=order.count, max_fraction=most, cell=cell)
    return hot, f"{order.count} hottest" if order.count else f"{order.hot_sigma:g} sigma"


def _cut_short(most: float) -> str:
    return (
        f"cut short: these are the worst {most:.2%} of the sensor (cosmetic.max_fraction), and "
        "more pixels are bad"
    )


def make_bad_pixel_mask(
    order: MaskOrder, flat: str, output: str, *, threads: int = 1, memory: float = math.inf
) -> None:
    """Write the mask of bad pixels that the flats of one set show.

    Where the flats have two levels, the ratio of the darker to the brighter ones shows pixels that
    do not respond in proportion; otherwise the master flat itself is searched.  Where they are a
    series of three or more, those are told that do not follow the light as all others do.

    Parameters
    ----------
    order : MaskOrder
    flat : str
        The master flat.
    output : str
        The FITS file to write: uint8, 1 where a pixel is bad; uint16, 257 where one is non-linear,
        if any is.
    threads : int
    memory : float
        Bytes that combining the flats of a level may take; the mask is the same for any.
    """
    image = read_image(flat)
    master, header = image.data.astype(np.float32, copy=False), image.header
    mosaic = header.get("BAYERPAT") is not None or MOSAIC in header
    cell = cfa.MOSAIC if mosaic else cfa.MONO if image.colours == 1 else cfa.PLANES
    told = Responses() if _of_one_level(header) else responses(order, threads, memory)
    if told.ratio is None:
        method, bad = "flat", bad_from_flat(master, cell, threads)
    else:
        method, bad = "ratio", bad_from_ratio(told.ratio, cell, threads)
    nonlinear = np.zeros_like(bad) if told.departing is None else told.departing
    bad, nonlinear = cell.everywhere(bad | nonlinear), cell.everywhere(nonlinear)
    of_pixels = ("PWMEDIAN", "FLATNORM", *LEVELS, SHAPE, "PWNOISE", *CARDS)
    for key in (*of_pixels, "PWVERS", "PWALGO", CAVEAT):
        header.remove(key, ignore_missing=True)
    remove_counts(header)
    put(header, "IMAGETYP", "Bad Pixel Mask", f"{BAD}: bad; {NONLINEAR}: non-linear")
    put(header, "BPMETHOD", method, "searched: the flat, or the ratio of two levels")
    found = int(np.count_nonzero(bad))
    if found > order.max_fraction * bad.size:
        caveat = (
            f"{found / bad.size:.2%} of the sensor look bad, more than cosmetic.max_fraction "
            f"({order.max_fraction:.2%}): the flats are at fault and not the pixels, so none is "
            "marked"
        )
        put(header, "NFOUND", found, "pixels that look bad, and are not marked")
        put_text(header, CAVEAT, caveat)
        _log.warning("%s: %s", output, caveat)
        bad, nonlinear = np.zeros_like(bad), np.zeros_like(bad)
    if told.levels:
        put(header, "BPLEVELS", told.levels, "levels of flats that tell what is non-linear")
        put(header, NONLINEAR_COUNT, int(np.count_nonzero(nonlinear)), "number of these pixels")
    put(header, "NBAD", int(np.count_nonzero(bad)) // cell.planes, "number of bad pixels")
    inputs = Inputs()
    put_text(header, "FLATFILE", Path(flat).name, "master flat")
    put(header, "FLATDIG", inputs.digest(flat), "XXH3 of data: flat")
    stamp(header, inputs.identity(flat), ALGORITHMS["badpixels"], order.told)
    mask, apart = bad.astype(np.uint8) * np.uint8(BAD), np.flatnonzero(nonlinear)
    mask = set_bits(mask, apart, np.full(apart.size, NONLINEAR, np.uint16))
    write_image(output, Image(mask, header, colours=cell.planes))
    _log.info("%d bad pixels by %s in %s", np.count_nonzero(bad), method, output)


def _of_one_level(master: fits.Header) -> bool:
    """Return whether the master flat itself says that its frames are all about as bright."""
    lowest, highest = (master.get(card) for card in LEVELS)
    return lowest is not None and lowest >= TWO_LEVELS * highest
