"""A model of the dark of one setup: its pattern, its rate, its doubling, and whether it serves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.darklaw import several
from plateworks.digests import digest_of
from plateworks.metadata.darkmodels import MODEL
from plateworks.orders.darkmodels import DarkModelOrder
from plateworks.pixels.arrays import Bools, Integers
from plateworks.pixels.darkfit import (
    Doubling,
    Fitted,
    Law,
    Terms,
    doubling_of,
    fit,
    law_of,
    most_misfit,
)
from plateworks.pixels.darkglow import CELL, Glow, glow_beyond
from plateworks.pixels.darkheld import Held, held_out, verdict
from plateworks.products.darkmodelfile import (
    darks_table,
    defects_beyond,
    put_held,
    put_law,
    put_verdict,
)
from plateworks.products.darksamples import (
    Looked,
    blocks_of_rows,
    look,
    noise_of,
    ordinary_terms,
    unpredicted,
)
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


class Tested(NamedTuple):
    """A law, what each dark that was left out is off by, and a glow that it does not predict."""

    law: Law
    held: Sequence[Held]
    glow: Glow | None

    @property
    def why_not(self) -> str:
        """Why it does not serve; empty if it does."""
        return verdict(self.held)

    def harm(self) -> tuple[bool, float]:
        return bool(self.why_not), 0.0 if self.glow is None else self.glow.most


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
        looked = look(readers, bias, law, unpredicted(order, shape))
        if several((place.temperature for place in places), order.degrees) > 1:
            law = law_of(places, noise, doubling_of(looked.samples.above, places, noise))
        tested = _tested(law, looked, order)
        ordinary = ordinary_terms(readers, tested.law)
        planes = _fitted(readers, tested.law, ordinary)
    beyond = _beyond(planes, tested)
    tables = (
        darks_table(tested.law, order, tested.held, inputs),
        defects_beyond(order, beyond, shape[1]),
    )
    image = Image(
        planes.pattern,
        _header(order, tested, inputs, ordinary),
        rate=planes.rate,
        glow=planes.glow if tested.law.line.terms > 2 else None,
        misfit=np.minimum(planes.misfit, np.float32(_MOST_MISFIT)),
        tables=tables,
    )
    write_image(output, image)
    why = tested.why_not or "it serves"
    _log.info("%s: a model of %d darks; %s", output, len(places), why)


def _tested(law: Law, looked: Looked, order: DarkModelOrder) -> Tested:
    """Test a law by its darks, and where it fails or a glow is beyond it, the same with a glow.

    That has more noise, so it is taken only where it does better.
    """
    plain = _test(law, looked, order)
    steady = law.with_glow() if plain.why_not or plain.glow else None
    return plain if steady is None else min(plain, _test(steady, looked, order), key=Tested.harm)


def _test(law: Law, looked: Looked, order: DarkModelOrder) -> Tested:
    samples = looked.samples
    if not order.bias_inside:  # such darks are scaled as they are
        samples = samples._replace(bias=(0.0, np.zeros(samples.hot.shape[1])))
    held = held_out(law, samples, [one.inside for one in order.darks], order.degrees)
    return Tested(law, held, glow_beyond(looked.cells, law))


def _fitted(readers: Sequence[FrameReader], law: Law, ordinary: Terms[float]) -> Fitted:
    shape = readers[0].shape
    planes = Fitted(*(np.empty(shape, np.float32) for _ in Fitted._fields))
    for rows in blocks_of_rows(shape, len(readers)):
        part = fit([one.rows(rows.start, rows.stop) for one in readers], law, ordinary)
        for whole, some in zip(planes, part, strict=True):
            whole[rows] = some
    return planes


def _beyond(planes: Fitted, tested: Tested) -> Integers:
    """Return the pixels that the model does not hold for: flat indices, upwards."""
    beyond: Bools = ~(planes.misfit <= most_misfit(tested.law))
    if tested.glow is not None:
        for y, x in np.argwhere(tested.glow.cells):
            beyond[y * CELL : (y + 1) * CELL, x * CELL : (x + 1) * CELL] = True
    return np.flatnonzero(beyond)


def _header(
    order: DarkModelOrder, tested: Tested, inputs: Inputs, ordinary: Terms[float]
) -> fits.Header:
    header = fits.Header()
    put(header, "IMAGETYP", MODEL, "type of image")
    put(header, "BUNIT", "adu", "unit of the pixels")
    put(header, "BIASSUB", not order.bias_inside, "bias was subtracted")
    unset = {"exposure": None, "temp": None, "set_temp": None}
    put_shared(header, [replace(inputs.facts(one.path), **unset) for one in order.darks])
    frames = [inputs.frames(one.path) or 0 for one in order.darks]
    put_law(header, tested.law, frames, ordinary)
    put_held(header, tested.held)
    put_verdict(header, tested.why_not, tested.glow)
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
