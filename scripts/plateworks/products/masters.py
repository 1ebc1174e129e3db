"""Master frames: from the frames of one set to one file."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from plateworks.allocation import keep_freed
from plateworks.metadata.kinds import KINDS
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import FlatOrder, MasterOrder
from plateworks.pixels.arrays import Bits, Floats
from plateworks.pixels.calibrate import subtract
from plateworks.pixels.defects import Defects
from plateworks.pixels.mastermask import mask_of_master
from plateworks.pixels.masternoise import CombineValues
from plateworks.pixels.processes import in_processes
from plateworks.pixels.stack import ArrayStack
from plateworks.pixels.statistics import median, quantum
from plateworks.products.blacklevels import faults_of_master
from plateworks.products.cameracards import full_of, put_full
from plateworks.products.cells import cell_of
from plateworks.products.flats import LevelledFlats
from plateworks.products.flatshape import put_shape
from plateworks.products.frametable import frame_tables
from plateworks.products.gainfile import master_with_gains
from plateworks.products.headers import put, warn
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.inputs import Inputs
from plateworks.products.knownnoise import known_noise
from plateworks.products.maskcards import put_counts
from plateworks.products.mastererrors import errors_of_master
from plateworks.products.masterheader import master_header
from plateworks.products.measured import MeasuredCamera
from plateworks.products.measuredheader import put_measured
from plateworks.products.noise import camera_in_dark, noise_of_set, stated, twins
from plateworks.products.ofamplifiers import Part, parts_of, put_amplifiers, share_errors
from plateworks.products.pixeltable import defects_of, pixel_table
from plateworks.products.rawframes import frame_of
from plateworks.products.reading import FrameReader
from plateworks.products.saturation import Saturation
from plateworks.products.screened import Trial, frame_rows, sampled, screen_raw, unjudged
from plateworks.products.stacking import FrameStack, combine_frames, opened, resolved, tell_losses

_log = logging.getLogger(__name__)

_Readers = Sequence[FrameReader]
_Orders = Sequence[FrameOrder]

#: Bytes for combining values that are drawn.
_OF_DRAWN = 1 << 26


def make_master(
    order: MasterOrder, output: str, *, threads: int = 1, memory: float = math.inf
) -> None:
    """Combine the frames of one set into a master frame.

    Parameters
    ----------
    order : MasterOrder
    output : str
        The file to write, FITS or XISF.
    threads : int
    memory : float
        Bytes that combining may take; the master is the same for any.

    Raises
    ------
    PlateworksError
        If too few of the frames can be read.
    """
    keep_freed()
    inputs, order = Inputs(), master_with_gains(order)
    if order.constant is not None:
        _make_constant(order, order.constant, output, inputs)
        return
    with opened(order.frames, order.min_frames) as (readers, unreadable):
        orders: _Orders = [order.frames[position] for position in readers]
        stack, flats = list(readers.values()), None
        combine = partial(
            combine_frames,
            rejection=order.rejection,
            tell_rejected=order.rejection_map,
            counted=order.rejection_map,
            threads=threads,
            memory=memory,
        )
        if order.flat is not None:
            levelling, least = order.flat.levelling, order.min_frames
            flats = LevelledFlats(stack, orders, inputs, levelling, order.screening, least, threads)
            trial, orders, full = flats.trial, flats.orders, flats.full
            spread, method = flats.noise(), resolved(order.method, len(orders))
            camera, each = flats.camera(spread), flats.cameras()
            like = _how_flats(flats, order.flat, method)
            combined = combine(FrameStack(flats.readers, flats.prepare), method, **like)
            value = flats.normalise(combined.value, order.flat.statistic)
            combined = replace(combined, value=value)
            noise, caveats = flats.noise_of_master(value, spread, _drawn(order, method, like))
            caveats = [*flats.caveats, *caveats]
        else:
            trial = _on_trial(stack, orders, order)
            full = partial(full_of, trial.kept(trial.full), trial.kept(orders), inputs)
            orders, stack = trial.kept(orders), trial.kept(stack)
            spread = noise_of_set(trial.kept(trial.paths), trial.kept(trial.samples))
            camera = camera_in_dark(spread)
            each = _cameras_in_dark(trial, parts_of(orders[0], stack[0].shape))
            method = resolved(order.method, len(orders))
            like = {"quantum": _quantum(stack[0])}
            if method == "variance":
                like["noise"] = known_noise(order, trial, orders, inputs, spread)
            watched = spread.of_frame if KINDS[order.kind].thermal else None
            if threads == 1:  # else no process reads all of a frame
                for reader in stack:
                    reader.follow()
            combined = combine(
                _without_bias(stack, orders, inputs), method, **like, ordinary=watched
            )
            noise, caveats = stated(spread, combined.value, _drawn(order, method, like))
        digests = in_processes(FrameReader.digests, list(readers.values()), threads)
    frames = [frame_of(one) for one in orders]
    words = dict.fromkeys(line for reader in stack for line in reader.reading.in_words())
    data = [one.data for one in digests]
    header = master_header(order, method, frames, orders, inputs, trial.kept(data), words)
    cell, middle = cell_of(frames[0]), median(combined.value)
    put(header, "PWMEDIAN", middle, "[ADU] median of all pixels")
    saturated = full(middle)
    put_full(header, saturated)
    if flats is None:
        caveats += faults_of_master(middle, noise, orders)
    put(header, "PWNOISE", noise, "[ADU] noise of an ordinary pixel")
    put_measured(header, camera)
    put_amplifiers(header, each)
    caveats += twins(trial.kept(trial.paths), trial.kept(data))
    for caveat in caveats:
        _log.warning("%s: %s", output, caveat)
        warn(header, caveat)
    if flats is not None:
        flats.describe(header)
        put_shape(header, cell.merged(sampled(combined.value, cell=cell)))
    losses = None
    if order.rejection_map:
        losses = len(frames) - combined.count
        tell_losses(header, orders, combined)
    rows = frame_rows(order, list(readers), unreadable, trial, digests, combined.rejected)
    tables, defects = frame_tables(rows), defects_of(combined, frames, spread, saturated, middle)
    if defects is not None:
        high = frames[0].height if cell.planes > 1 else None
        tables += (pixel_table(defects, combined.value.shape[1], high),)
    mask = _mask(order, combined.value, middle, saturated, defects, flats)
    put_counts(header, mask)
    sigma = errors_of_master(order, combined.value, middle, noise, spread, flats)
    if sigma is not None:
        share_errors(sigma, orders[0], camera, each)
    image = Image(combined.value, header, mask, sigma, losses, tables, colours=cell.planes)
    write_image(output, image, order.xisf_compression)
    _log.info("combined %d frames into %s", len(frames), output)


def _make_constant(order: MasterOrder, level: float, output: str, inputs: Inputs) -> None:
    """Write a master bias that has one level everywhere, for the setup of the order's frame."""
    [one] = order.frames
    frame = replace(frame_of(one), exposure=0.0, mjd=None, filter=None, temp=None, set_temp=None)
    header = master_header(order, "constant", [frame], [one], inputs, ())
    put(header, "NCOMBINE", 0, "number of frames combined")
    put(header, "PWMEDIAN", level, "[ADU] median of all pixels")
    put(header, "PWNOISE", 0.0, "[ADU] noise of an ordinary pixel")
    cell = cell_of(frame)
    pixels = np.full((frame.height * cell.planes, frame.width), level, np.float32)
    sigma, mask = np.zeros_like(pixels) if order.uncertainty else None, mask_of_master(pixels)
    put_counts(header, mask)
    image = Image(pixels, header, mask, sigma, colours=cell.planes)
    write_image(output, image, order.xisf_compression)
    _log.info("a constant bias of %g ADU in %s", level, output)


def _mask(
    order: MasterOrder,
    master: Floats,
    middle: float,
    full: Saturation | None,
    defects: Defects | None,
    flats: LevelledFlats | None,
) -> Bits:
    """Return the mask of a master of this median."""
    level = None if full is None else full.level
    if order.flat is None or flats is None:
        return mask_of_master(master, full=level, defects=defects)
    return mask_of_master(master, full=level, floor=order.flat.floor * middle, cell=flats.cell)


def _on_trial(readers: _Readers, orders: _Orders, order: MasterOrder) -> Trial:
    """Judge bias frames or darks.

    Raises
    ------
    PlateworksError
        If too few are fit, or they fall into groups of which none is most of them.
    """
    if order.screening is None:
        return unjudged(readers, orders)
    trial = screen_raw(readers, orders, order.kind, order.screening)
    trial.require(order.min_frames)
    return trial


def _without_bias(readers: _Readers, orders: _Orders, inputs: Inputs) -> FrameStack:
    """Return bias frames or darks as they are combined."""
    biases = [inputs.subtrahends(one.subtraction).bias for one in orders]

    def without_bias(index: int, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        bias = biases[index]
        subtract(rows, bias=None if bias is None else bias[where], out=out)

    return FrameStack(readers, without_bias if any(b is not None for b in biases) else None)


def _cameras_in_dark(trial: Trial, parts: Sequence[Part]) -> list[MeasuredCamera]:
    """Measure each of several amplifiers, which read these parts of the samples."""
    paths, samples = trial.kept(trial.paths), trial.kept(trial.samples)
    found = (noise_of_set(paths, [part.of(one) for one in samples]) for part in parts)
    return [camera_in_dark(one) for one in found]


def _quantum(reader: FrameReader) -> float | None:
    """Return the step of the converter; None for floats."""
    if reader.dtype.kind not in "iu":
        return None
    height = reader.shape[0]
    return quantum(reader.rows(row, min(row + 64, height)) for row in range(0, height, 64))


def _how_flats(flats: LevelledFlats, flat: FlatOrder, method: str) -> dict[str, Any]:
    """Return by what weights flats are combined."""
    weighted = flat.weights == "level" and method != "median"
    return {"weights": flats.levels} if weighted else {}


def _drawn(order: MasterOrder, method: str, like: Mapping[str, Any]) -> CombineValues | None:
    """Return what combines drawn values as the frames of an order are; None for a plain mean."""
    if method == "mean" and not like.get("weights"):
        return None

    def combine(values: Floats) -> Floats:
        stack = ArrayStack(values)
        return combine_frames(stack, method, order.rejection, memory=_OF_DRAWN, **like).value

    return combine
