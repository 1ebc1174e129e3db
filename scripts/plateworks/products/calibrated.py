"""Calibrated frames: a batch of lights, each by itself, with masters read once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import NamedTuple

from astropy.io import fits

from plateworks.errors import FrameError, TroubleError
from plateworks.files import read_ahead
from plateworks.metadata.caveats import FAILED, PASSING
from plateworks.metadata.frame import Frame
from plateworks.metadata.values import number
from plateworks.orders.lights import CalibrationOrder, LightOrder, LightSettings
from plateworks.pixels.processes import in_processes
from plateworks.products.buffers import Buffers, Loan
from plateworks.products.cells import cell_of
from plateworks.products.darkchoice import choose_dark, why_no_dark
from plateworks.products.facts import CameraFacts, camera_facts
from plateworks.products.flattrial import choose_flat
from plateworks.products.gainfile import with_gains
from plateworks.products.headers import lineage, original_header, put, put_text, warn
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_cards, write_image
from plateworks.products.inputs import Inputs
from plateworks.products.lightcamera import camera_masters, regions_of_light
from plateworks.products.lightsteps import LightContext, PixelErrors
from plateworks.products.lineage import add_lineage
from plateworks.products.preview import Preview, looks_of, preview_table
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.products.readoutheader import clear_readout, put_readout
from plateworks.products.recipe import LIGHT
from plateworks.products.reckoning import Reading
from plateworks.products.shelved import Makings
from plateworks.products.steps import follow
from plateworks.products.uncertainty import (
    Digitised,
    Errors,
    digitised,
    why_no_errors,
    why_not_raw,
)
from plateworks.shelf import Batch, Shelf
from plateworks.troubles import not_read

_log = logging.getLogger(__name__)


def calibrate_frames(order: CalibrationOrder, threads: int = 1, shelf: Shelf | None = None) -> None:
    """Calibrate a batch of lights, but for those that an interrupted job has made already.

    A light that is damaged is set aside: a file without pixels takes its place, whose header gives
    the reason, and the others go on.  So is one that cannot be read for a reason that may pass, as
    it costs the others nothing; its file says that too, and the next run makes it anew.

    Parameters
    ----------
    order : CalibrationOrder
    threads : int
        How many processes share the lights.
    shelf : Shelf or None
        Keeps what is made until all is.

    Raises
    ------
    TroubleError
        If a master cannot be read for a reason that may pass.
    """
    inputs, lights = Inputs(), [choose_dark(choose_flat(light)) for light in order.lights]
    batch = Batch(shelf, Makings().of(lights) if shelf is not None else {})
    taken = batch.take()
    for path in taken:
        _log.info("%s is there already, of the same frames and settings", path)
    lights = [
        replace(light, frame=with_gains(light.frame))
        for light in lights
        if light.output not in taken
    ]
    if threads > 1 and lights:
        _read_masters(lights[0], inputs, order.settings)  # before the processes part, for all
    parts = [lights[first::threads] for first in range(threads)]
    work = partial(_calibrate, settings=order.settings, inputs=inputs, batch=batch)
    in_processes(work, parts, threads)
    batch.bring_back()


def _read_masters(light: LightOrder, inputs: Inputs, settings: LightSettings) -> None:
    inputs.subtrahends(light.frame.subtraction)
    if light.flat is not None:
        with suppress(FrameError, TroubleError):  # of the light, which is set aside later
            own = cell_of(frame_of(light.frame))
            inputs.flat(light.flat.path, settings.flat_floor, light.flat.placement, own)


def _calibrate(
    lights: Sequence[LightOrder], settings: LightSettings, inputs: Inputs, batch: Batch
) -> None:
    """Calibrate lights one after the other, the system reading the next one in the meantime.

    Threads for reading and writing would take half as much processor time again, in handing
    Python's lock to each other, and end no sooner: the system writes behind by itself.
    """
    buffers, errors = Buffers(), Errors(inputs)
    for light, following in zip_longest(lights, lights[1:]):
        if following is not None:
            read_ahead(following.frame.raw)
        read = _read(light, settings, inputs, buffers)
        _write(_work(read, settings, inputs, errors), batch)


class _Raw(NamedTuple):
    """A light as it was read, and what it has borrowed."""

    order: LightOrder
    frame: Frame
    image: Image
    reading: Reading
    facts: CameraFacts
    loan: Loan
    digits: Digitised | None


class _Product(NamedTuple):
    """What is written, and what it has borrowed."""

    order: LightOrder
    image: Image
    loan: Loan


class _Failure(NamedTuple):
    """A light that could not be read, and why."""

    order: LightOrder
    reason: str
    may_pass: bool


def _read(
    order: LightOrder, settings: LightSettings, inputs: Inputs, buffers: Buffers
) -> _Raw | _Failure:
    if why := why_no_dark(order):
        _log.warning("set aside: %s: %s", order.frame.raw, why)
        return _Failure(order, why, may_pass=False)
    masters, loan = camera_masters(order, inputs), Loan(buffers)
    try:
        with open_raw(order.frame) as reader:
            pixels = reader.read(loan.nested(reader.shape, reader.dtype))
            digests, colours = reader.digests(), reader.cell.planes
        image = Image(pixels, original_header(order.frame.raw), colours=colours)
        frame = frame_of(order.frame)
        put(image.header, "RAWDIG", digests.data, "XXH3 of the raw data")
        put(image.header, "RAWREST", digests.rest, "XXH3 of the rest of the raw file")
        if frame.pedestal is not None:  # it is taken off
            image.header.remove("PEDESTAL", ignore_missing=True)
        clear_readout(image.header, order.frame.assembly)
        put_readout(image.header, order.frame.assembly)
        lineage(image.header, reader.reading.in_words())
        said = number((order.frame.path_facts or {}).get("egain"))
        measured = masters.of(frame, order.frame.assembly)
        facts = camera_facts(frame, reader.reading, settings, pixels, measured, said)
        facts = facts._replace(regions=regions_of_light(order, inputs, settings, facts.egain))
        if facts.saturation is not None and facts.saturation.doubt:
            lineage(image.header, [f"Plateworks: {facts.saturation.doubt}"])
        digits = digitised(pixels, reader.reading.step) if settings.uncertainty else None
        return _Raw(order, frame, image, reader.reading, facts, loan, digits)
    except (FrameError, TroubleError, OSError) as error:
        told = not_read(order.frame.raw, error, "cannot be read")
        _log.warning("set aside: %s", told)
        loan.end()
        return _Failure(order, told.reason, isinstance(told, TroubleError))


def _work(
    read: _Raw | _Failure, settings: LightSettings, inputs: Inputs, errors: Errors
) -> _Product | _Failure:
    if isinstance(read, _Failure):
        return read
    order, frame, raw, reading, facts, loan, digits = read
    context = LightContext(
        order=order.frame,
        inputs=inputs,
        facts=facts,
        own=cell_of(frame),
        neighbours=settings.repair,
        row_order=frame.row_order,
        divisor=order.flat,
        light=order,
        settings=settings,
        dtype=reading.native,
    )
    flat = context.flat()
    if flat is not None and flat.cell.colours:
        context.facts = context.facts._replace(cell=flat.cell)
    if digits is not None:
        if why := why_no_errors(context.facts):
            _log.warning("set aside: %s: %s", order.frame.raw, why)
            loan.end()
            return _Failure(order, why, may_pass=False)
        if caveat := why_not_raw(frame):
            warn(raw.header, caveat)
        else:
            context.errors = PixelErrors(errors, digits, loan)
    before = looks_of(raw.data, frame.bayer, raw.colours)  # whose pixels are given away on the way
    image = follow(LIGHT, raw, context, loan)
    add_lineage(image, frame, order, inputs, settings)
    preview = Preview(before, looks_of(image.data, frame.bayer, image.colours))
    image = replace(image, tables=(preview_table(preview, settings.units),))
    return _Product(order, image, loan)


def _write(made: _Product | _Failure, batch: Batch) -> None:
    if isinstance(made, _Failure):
        write_set_aside(made.order.output, made.reason, may_pass=made.may_pass)
        return
    write_image(made.order.output, made.image, made.order.xisf_compression)
    batch.keep(made.order.output)
    made.loan.end()
    _log.info("calibrated %s", made.order.frame.raw)


def write_set_aside(path: str, reason: str, *, may_pass: bool) -> None:
    """Write the file that stands for a frame which could not be processed."""
    header = fits.Header()
    put_text(header, FAILED, reason)
    put(header, PASSING, may_pass or None, "that may pass: the next run tries again")
    write_cards(path, header)
