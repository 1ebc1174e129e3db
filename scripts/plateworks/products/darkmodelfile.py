"""What a model of the dark says of itself, in its cards and tables, and how that is read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.darklaw import Place, told_of_darks
from plateworks.metadata.darkmodels import PLACES, SERVES, WHY_NOT
from plateworks.orders.darkmodels import DarkModelOrder
from plateworks.pixels import defects
from plateworks.pixels.arrays import Integers
from plateworks.pixels.darkfit import Doubling, Law, Noise, Terms, law_of
from plateworks.pixels.darkglow import Glow
from plateworks.pixels.darkheld import Held
from plateworks.products.darkcards import GLOW, HOT_OFF, MEAN_OFF
from plateworks.products.headers import put, put_text
from plateworks.products.inputs import Inputs
from plateworks.products.pixeltable import NAME as PIXELS
from plateworks.products.pixeltable import read_pixels
from plateworks.products.tables import Column, Table

#: Cards of an ordinary pixel: of its rate, and of its glow, which only a law with that term has.
_RATE, _GLOW = "DMRATE", "DMSTEADY"
#: The table of the darks.
DARKS = "DARKS"


def put_law(header: fits.Header, law: Law, frames: Sequence[int], ordinary: Terms[float]) -> None:
    """Tell the law in the header of a model, whose darks are of so many frames (0: not told)."""
    doubling, exposures = law.doubling, [place.exposure for place in law.places]
    temperatures = [place.temperature for place in law.places]
    put(header, "DMDARKS", len(law.places), "master darks that it is fitted to")
    put(header, "DMEXPMIN", min(exposures), "[s] shortest exposure")
    put(header, "DMEXPMAX", max(exposures), "[s] longest exposure")
    put(header, "DMTMPMIN", min(temperatures), "[degC] coldest")
    put(header, "DMTMPMAX", max(temperatures), "[degC] warmest")
    put_text(header, PLACES, told_of_darks(law.places, frames))
    put(header, "DMREF", law.reference, "[degC] temperature of the rates")
    put(header, _RATE, float(f"{ordinary.rate:.5g}"), "[adu/s] of an ordinary pixel")
    if law.line.terms > 2:
        glow = float(f"{ordinary.glow:.3g}")
        put(header, _GLOW, glow, "[adu/s] glow of one, at any temperature")
    if len(set(temperatures)) > 1:
        # Further digits depend on the processor.
        put(header, "DMDOUBLE", float(f"{doubling.value:.6g}"), "[degC] dark current doubles in")
        put(header, "DMDBLERR", float(f"{doubling.error:.2g}"), "[degC] its standard error")
        told = "hot pixels that told it" if doubling.pixels else "none told it: the usual one"
        put(header, "DMDBLPIX", doubling.pixels, told)


def put_held(header: fits.Header, held: Sequence[Held]) -> None:
    """Tell in a header what the darks that were left out were off by, at the worst."""
    tested = [one for one in held if one.inside]
    put(header, "DMTESTED", len(tested), "darks that the others were held against")
    if not tested:
        return
    mean = max((one.law.mean for one in tested), key=abs)
    put(header, MEAN_OFF, float(f"{mean:.3g}"), "[ADU] most that their mean was off by")
    worst = max(tested, key=lambda one: one.in_noises)
    if np.isfinite(worst.in_noises):
        put(header, HOT_OFF, float(f"{worst.in_noises:.3g}"), "hot pixels off by, in their noise")
        put(header, "DMHOTADU", float(f"{worst.law.hot:.3g}"), "[ADU] the same")
        put(header, "DMHOTONE", float(f"{worst.single.hot:.3g}"), "[ADU] by the best single dark")


def put_verdict(header: fits.Header, why_not: str, glow: Glow | None) -> None:
    """Tell in a header whether a model serves, and of a glow."""
    put(header, SERVES, not why_not, "whether darks are made of it")
    if why_not:
        put_text(header, WHY_NOT, why_not)
    if glow is not None:
        put_text(header, GLOW, str(glow))


def darks_table(law: Law, order: DarkModelOrder, held: Sequence[Held], inputs: Inputs) -> Table:
    """Return the darks of a model, one a row, each with what the others were off by."""
    of = {one.place: one for one in held}
    there = [of.get(place) for place in law.places]

    def told(value: Any) -> np.ndarray:
        return np.array([np.nan if one is None else value(one) for one in there], np.float32)

    frames = [inputs.frames(one.path) or 0 for one in order.darks]
    columns = (
        Column("EXPTIME", np.array([p.exposure for p in law.places]), "s", "time.duration"),
        Column("TEMP", np.array([p.temperature for p in law.places]), "deg_C", "phys.temperature"),
        Column("FRAMES", np.array(frames, np.int32), "", "meta.number", "combined; 0: not told"),
        Column("VARIANCE", law.noise.variances, "adu2", "", "of an ordinary pixel"),
        Column("GROWTH", law.noise.growths, "adu", "", "of the variance, per ADU of charge"),
        Column("ONEVAR", _of_frames(order, inputs), "adu2", "", "of one frame; NaN: not told"),
        Column("INSIDE", np.array([one.inside for one in order.darks]), "", "",
               "within the hull of the others"),
        Column("MEANOFF", told(lambda one: one.law.mean), "adu", "", "by the others"),
        Column("HOTOFF", told(lambda one: one.law.hot), "adu", "", "68 % of hot pixels, by them"),
        Column("HOTSIGMA", told(lambda one: one.in_noises), "", "", "the same, in their noise"),
        Column("MEANONE", told(lambda one: one.single.mean), "adu", "", "by the best single dark"),
        Column("HOTONE", told(lambda one: one.single.hot), "adu", "", "by the best single dark"),
    )  # fmt: skip
    return Table(DARKS, columns)


def _of_frames(order: DarkModelOrder, inputs: Inputs) -> np.ndarray:
    told = (inputs.measured(one.path).frame_noise for one in order.darks)
    return np.array([np.nan if one is None else one.value**2 for one in told])


def ordinary_of_file(header: fits.Header) -> Terms[float]:
    """Return the terms of an ordinary pixel that a model tells; its pattern is of no matter."""
    return Terms(0.0, float(header[_RATE]), float(header.get(_GLOW, 0.0)))


def law_of_file(header: fits.Header, darks: Mapping[str, np.ndarray]) -> Law:
    """Return the law of a model, by its header and its table of darks."""
    pairs = zip(darks["EXPTIME"].tolist(), darks["TEMP"].tolist(), strict=True)
    told = header.get("DMDOUBLE"), header.get("DMDBLERR"), header.get("DMDBLPIX")
    doubling = Doubling() if None in told else Doubling(*told)
    law = law_of(
        [Place(*pair) for pair in pairs], Noise(darks["VARIANCE"], darks["GROWTH"]), doubling
    )
    return (law.with_glow() or law) if _GLOW in header else law


def defects_beyond(order: DarkModelOrder, beyond: Integers, width: int) -> Table:
    """Return the pixels that a model does not hold for, and what its darks say of others.

    Parameters
    ----------
    order : DarkModelOrder
    beyond : (K,) int64 array
        Flat indices.
    width : int
        Of the darks.
    """
    pixels, kinds = [beyond], [np.full(beyond.size, defects.UNMODELLED, np.int64)]
    for dark in order.darks:
        rows = read_pixels(dark.path)
        if rows is not None:
            some = rows.kinds & defects.UNPREDICTED != 0
            pixels.append(rows.y[some] * width + rows.x[some])
            kinds.append(rows.kinds[some] & defects.UNPREDICTED)
    every = np.unique(np.concatenate(pixels))
    summed = np.zeros(every.size, np.int16)
    for some, its in zip(pixels, kinds, strict=True):
        np.bitwise_or.at(summed, np.searchsorted(every, some), its.astype(np.int16))
    y, x = np.divmod(every, width)
    return table_beyond(x, y, summed)


def table_beyond(x: Integers, y: Integers, kinds: np.ndarray) -> Table:
    """Return the table of pixels that no dark of a model predicts, counted from 0."""
    columns = (
        Column("X", (x + 1).astype(np.int32), "pixel", "pos.cartesian.x;instr.det",
               "column, the first is 1"),
        Column("Y", (y + 1).astype(np.int32), "pixel", "pos.cartesian.y;instr.det",
               "row, the first that is stored is 1"),
        Column("HARM", np.full(x.size, np.nan, np.float32), "", "", "not known"),
        Column("KINDS", kinds.astype(np.int16), "", "meta.code", "sum of the bits below"),
    )  # fmt: skip
    words = {bit: text for bit, text in defects.KINDS.items() if bit & defects.UNPREDICTED}
    words[defects.UNMODELLED] = "beyond the model of the dark"
    cards = [(f"KIND{bit.bit_length() - 1}", bit, text) for bit, text in words.items()]
    return Table(PIXELS, columns, cards)
