"""A model of the dark of one setup: its pattern, its rate, its doubling, and whether it serves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.darklaw import several
from plateworks.digests import digest_of
from plateworks.metadata.darkmodels import MODEL
from plateworks.orders.darkmodels import DarkModelOrder
from plateworks.pixels.arrays import Bools, Integers
from plateworks.pixels.darkfit import Doubling, Fitted, Law, doubling_of, fit, law_of, most_misfit
from plateworks.pixels.darkglow import CELL, Glow, glow_beyond
from plateworks.pixels.darkheld import Held, held_out, verdict
from plateworks.products.darkmodelfile import (
    darks_table,
    defects_beyond,
    put_held,
    put_law,
    put_verdict,
)
from plateworks.products.darksamples import blocks_of_rows, look, noise_of, unpredicted
from plateworks.products.headers import lineage, put, stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.inputs import Inputs
from plateworks.products.masterheader import put_shared
from plateworks.products.reading import FrameReader
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

#: A misfit is told up to here; the greatest would leave no steps for the others.
_MOST_MISFIT = 100.0


def make_dark_model(order: DarkModelOrder, output: str) -> None:
    """Fit a model to master darks, test it by each of them, and write it.

    It is written also where it fails: its header says why it does not serve.

    Parameters
    ----------
    order : DarkModelOrder
    output : str
        The FITS file to write.

    Raises
    ------
    FrameError
        If a dark cannot be read.
    """
    inputs, places = Inputs(), [one.place for one in order.darks]
    with ExitStack() as stack:
        readers = [stack.enter_context(FrameReader(one.path)) for one in order.darks]
        bias = None if order.bias is None else stack.enter_context(FrameReader(order.bias))
        shape, noise = readers[0].shape, noise_of(order, readers, inputs)
        law = law_of(places, noise, Doubling())
        flagged = unpredicted(order, shape)
        looked = look(readers, bias, law, flagged)
        if several((place.temperature for place in places), order.degrees) > 1:
            law = law_of(places, noise, doubling_of(looked.samples.above, places, noise))
        planes = _fitted(readers, law, looked.ordinary)
    samples = looked.samples
    if not order.bias_inside:  # such darks are scaled as they are
        samples = samples._replace(bias=(0.0, np.zeros(samples.hot.shape[1])))
    held = held_out(law, samples, [one.inside for one in order.darks], order.degrees)
    glow = glow_beyond(looked.cells, law)
    beyond = _beyond(planes, glow, len(places))
    header = _header(order, law, inputs, looked.ordinary, held, glow)
    tables = (darks_table(law, order, held, inputs), defects_beyond(order, beyond, shape[1]))
    misfit = np.minimum(planes.misfit, np.float32(_MOST_MISFIT))
    image = Image(planes.pattern, header, rate=planes.rate, misfit=misfit, tables=tables)
    write_image(output, image)
    _log.info("%s: a model of %d darks; %s", output, len(places), verdict(held) or "it serves")


def _fitted(readers: Sequence[FrameReader], law: Law, ordinary: float) -> Fitted:
    shape = readers[0].shape
    planes = Fitted(*(np.empty(shape, np.float32) for _ in Fitted._fields))
    for rows in blocks_of_rows(shape, len(readers)):
        part = fit([one.rows(rows.start, rows.stop) for one in readers], law, ordinary)
        for whole, some in zip(planes, part, strict=True):
            whole[rows] = some
    return planes


def _beyond(planes: Fitted, glow: Glow | None, darks: int) -> Integers:
    """Return the pixels that the model does not hold for: flat indices, upwards."""
    beyond: Bools = ~(planes.misfit <= most_misfit(darks))
    if glow is not None:
        for y, x in np.argwhere(glow.cells):
            beyond[y * CELL : (y + 1) * CELL, x * CELL : (x + 1) * CELL] = True
    return np.flatnonzero(beyond)


def _header(
    order: DarkModelOrder,
    law: Law,
    inputs: Inputs,
    ordinary: float,
    held: Sequence[Held],
    glow: Glow | None,
) -> fits.Header:
    header = fits.Header()
    put(header, "IMAGETYP", MODEL, "type of image")
    put(header, "BUNIT", "adu", "unit of the pixels")
    put(header, "BIASSUB", not order.bias_inside, "bias was subtracted")
    unset = {"exposure": None, "temp": None, "set_temp": None}
    put_shared(header, [replace(inputs.facts(one.path), **unset) for one in order.darks])
    frames = [inputs.frames(one.path) or 0 for one in order.darks]
    put_law(header, law, frames, ordinary)
    put_held(header, held)
    put_verdict(header, verdict(held), glow)
    digests = {path: inputs.digest(path) for path in order.files()}
    digest = digest_of(
        darks=[(one.place, digests[one.path]) for one in order.darks],
        bias=None if order.bias is None else digests[order.bias],
        degrees=order.degrees,
        algorithm=ALGORITHMS["darkmodel"],
    )
    stamp(header, digest, ALGORITHMS["darkmodel"], order.told)
    lineage(header, (f"of {Path(path).name} {its}" for path, its in digests.items()))
    return header
