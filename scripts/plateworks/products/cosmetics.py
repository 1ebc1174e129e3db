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
from plateworks.pixels.arrays import Floats, Integers
from plateworks.pixels.badpixels import bad_from_flat, bad_from_ratio
from plateworks.pixels.cosmetic import find_brightest, find_cold, find_hot
from plateworks.pixels.masks import BAD
from plateworks.products.flats import LevelledFlats
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
from plateworks.products.stacking import FrameStack, combine_frames, opened
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

#: Flats whose levels differ by this factor are two levels, whose ratio shows nonlinear pixels.
_TWO_LEVELS = 0.9


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
    cold, notes = np.empty((0, 2), np.int64), list[str]()
    if order.count is None and order.hot_sigma is None:
        found = find_harmful(dark, frame, order.harm)
        listed, size, rows = found.pixels, found.size, found.rows
        hot, how = listed[: int(most * size)], f"harm above {order.harm:g}"
        notes += found.notes
        cut = len(hot) < len(listed)
    else:
        pixels = _pixels(dark)
        size, rows = pixels.size, len(pixels)
        hot, how = _by_rank(pixels, order, frame.bayer is not None)
        cut = int(most * size) <= len(hot) != order.count
    if cut:
        _log.warning("%s: %s", output, _cut_short(most))
        notes.append(_cut_short(most))
    if order.cold_sigma is not None:
        cfa = frame.bayer is not None
        cold = find_cold(_pixels(dark), sigma=order.cold_sigma, max_fraction=most, cfa=cfa)
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


def _by_rank(pixels: Floats, order: ListOrder, cfa: bool) -> tuple[Integers, str]:
    """Return the hottest pixels by number or by sigma, and the rule in words."""
    most = order.max_fraction
    if order.count is not None and order.rank == "value":
        hot = find_brightest(pixels, order.count, max_fraction=most)
    else:
        sigma = order.hot_sigma or HOT_SIGMA
        hot = find_hot(pixels, sigma=sigma, count=order.count, max_fraction=most, cfa=cfa)
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
    do not respond in proportion; otherwise the master flat itself is searched.

    Parameters
    ----------
    order : MaskOrder
    flat : str
        The master flat.
    output : str
        The FITS file to write: uint8, 1 where a pixel is bad.
    threads : int
    memory : float
        Bytes that combining the flats of a level may take; the mask is the same for any.
    """
    image = read_image(flat)
    master, header = image.data.astype(np.float32, copy=False), image.header
    cfa = header.get("BAYERPAT") is not None or MOSAIC in header
    ratio = None if _of_one_level(header) else _level_ratio(order, threads, memory)
    if ratio is None:
        method, bad = "flat", bad_from_flat(master, cfa, threads)
    else:
        method, bad = "ratio", bad_from_ratio(ratio, cfa, threads)
    of_pixels = ("PWMEDIAN", "FLATNORM", *LEVELS, SHAPE, "PWNOISE", *CARDS)
    for key in (*of_pixels, "PWVERS", "PWALGO", CAVEAT):
        header.remove(key, ignore_missing=True)
    remove_counts(header)
    put(header, "IMAGETYP", "Bad Pixel Mask", "1: bad")
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
        bad = np.zeros_like(bad)
    put(header, "NBAD", int(np.count_nonzero(bad)), "number of bad pixels")
    inputs = Inputs()
    put_text(header, "FLATFILE", Path(flat).name, "master flat")
    put(header, "FLATDIG", inputs.digest(flat), "XXH3 of data: flat")
    stamp(header, inputs.identity(flat), ALGORITHMS["badpixels"], order.told)
    write_image(output, Image(bad.astype(np.uint8) * np.uint8(BAD), header))
    _log.info("%d bad pixels by %s in %s", np.count_nonzero(bad), method, output)


def _of_one_level(master: fits.Header) -> bool:
    """Return whether the master flat itself says that its frames are all about as bright."""
    lowest, highest = (master.get(card) for card in LEVELS)
    return lowest is not None and lowest >= _TWO_LEVELS * highest


def _level_ratio(order: MaskOrder, threads: int, memory: float) -> np.ndarray | None:
    """Return the darker flats divided by the brighter ones, None if there are no two levels."""
    least = order.min_frames
    with opened(order.frames, least) as (readers, _):
        orders, stack = [order.frames[place] for place in readers], list(readers.values())
        levelling, screening = order.levelling, order.screening
        flats = LevelledFlats(stack, orders, Inputs(), levelling, screening, least, threads)
        middle = (min(flats.levels) * max(flats.levels)) ** 0.5
        dark = [i for i, one in enumerate(flats.levels) if one < middle]
        bright = [i for i, one in enumerate(flats.levels) if one >= middle]
        if not dark or _mean(flats.levels, dark) >= _TWO_LEVELS * _mean(flats.levels, bright):
            return None
        halves = []
        for members in (dark, bright):

            def prepare(
                index: int,
                rows: np.ndarray,
                where: slice,
                out: np.ndarray,
                members: list[int] = members,
            ) -> None:
                flats.prepare(members[index], rows, where, out)

            part = FrameStack([flats.readers[i] for i in members], prepare)
            half = combine_frames(part, "median", threads=threads, memory=memory)
            halves.append(half.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        return halves[0] / halves[1]


def _mean(levels: list[float], members: list[int]) -> float:
    return sum(levels[i] for i in members) / len(members)
