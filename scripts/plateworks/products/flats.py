"""Flats on their way to a master: calibrated, repaired, and brought to one level."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from astropy.io import fits

from plateworks.orders.frames import FrameOrder, Subtraction
from plateworks.orders.masters import Levelling, Screening
from plateworks.pixels.blocks import carry_out
from plateworks.pixels.cfa import MOSAIC
from plateworks.pixels.flats import level, scale_rows
from plateworks.pixels.framemeasure import SAMPLE
from plateworks.pixels.fullwell import full_well_of
from plateworks.pixels.linearity import linearity_of
from plateworks.pixels.masternoise import CombineValues
from plateworks.pixels.photontransfer import LevelFlat
from plateworks.pixels.statistics import median
from plateworks.pixels.whitebalance import Balance, balance_of, mean_balance
from plateworks.products.balancecards import put_balance
from plateworks.products.blacklevels import faults_of_flat, why_dark
from plateworks.products.buffers import Buffers, Loan
from plateworks.products.cells import cell_of
from plateworks.products.facts import CameraFacts
from plateworks.products.flatcontext import FlatContext
from plateworks.products.flatgain import camera_of_flats, doubts_of_values
from plateworks.products.flatpatterns import patterns_of
from plateworks.products.headers import MOSAIC as SHOWS_MOSAIC
from plateworks.products.headers import put
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.products.measured import LEVELS, LevelSeries, MeasuredCamera
from plateworks.products.measuredheader import put_series
from plateworks.products.noise import SetNoise, noise_of_set, stated
from plateworks.products.ofamplifiers import parts_of
from plateworks.products.rawframes import frame_of
from plateworks.products.reading import FrameReader
from plateworks.products.recipe import FLAT_FRAME
from plateworks.products.sampledflats import Flat, SampledFlat, judged_flats
from plateworks.products.saturation import Saturation, lowest, saturation_of
from plateworks.products.screened import sampled
from plateworks.products.steps import changes_of

_log = logging.getLogger(__name__)

#: Why a flat is left out that has no level.
_NO_LIGHT = "it holds no light"
#: Pixels of all flats together that tell the gain; more where there are many flats.
_PIXELS = 1 << 19
_SHARED = (
    "its frames are debayered: neighbouring pixels share light, so that their scatter tells no gain"
)
_UNNAMED = (
    "its frames name no pattern of colours (BAYERPAT) and show one, {}: it is levelled by colour; "
    "say which by path_rules: set bayer"
)


class LevelledFlats:
    """Flat frames prepared for combination.

    Each flat is dark-subtracted with its own flat-dark, dark or bias, its listed hot pixels are
    replaced, and it is scaled so that its median is the target, before anything is rejected: a
    sequence taken in twilight would otherwise lose frames for their brightness.  With a colour
    sensor each of the four positions of the Bayer pattern is levelled by itself.

    A first pass takes each frame through the recipe :data:`plateworks.products.recipe.FLAT_FRAME`
    to find its level.  The changes are kept (they hold single pixels and no image), so that the
    second pass can make them row by row.

    Parameters
    ----------
    readers : sequence of FrameReader
    orders : sequence of FrameOrder
        What is done to each.
    inputs : Inputs
    levelling : Levelling
    screening : Screening or None
        How they are judged; None leaves out only what holds no light at all.
    least : int
        How many must be fit.
    threads : int

    Attributes
    ----------
    readers, orders : list
        Those of the flats that are fit.  Where K is fitted, it stands in the order.
    trial : Trial
        What was measured of all flats, and why some are left out.
    levels : list of float
        Mean level of each, ADU.
    caveats : list of str
        What is odd about those that are fit, as clauses.
    kept, cell
        Samples of those that are fit; how the colours of all lie.
    unnamed : tuple of str
        Patterns of colours that they may show where none of them names one.

    Raises
    ------
    PlateworksError
        If too few remain.
    """

    def __init__(
        self,
        readers: Sequence[FrameReader],
        orders: Sequence[FrameOrder],
        inputs: Inputs,
        levelling: Levelling,
        screening: Screening | None,
        least: int,
        threads: int = 1,
    ):
        self._inputs, self._levelling = inputs, levelling
        self._sums: set[Subtraction] = set()
        self._word = levelling.saturation
        if self._word is None and screening is not None:
            self._word = screening.saturation
        inputs.keep_sums_alone({order.subtraction for order in orders})
        named = cell_of(frame_of(orders[0]))
        self.unnamed = () if named.colours else patterns_of(readers, orders, inputs)
        self.cell = MOSAIC if self.unnamed else named
        self._wide = max(SAMPLE, _PIXELS // len(readers))
        measure = partial(self._measure, buffers=Buffers())
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(measure, readers, orders))
        self.trial = judged_flats(readers, found, screening)
        self.trial.require(least)
        kept = [one for one in self.trial.kept(found) if isinstance(one, SampledFlat)]
        self._series = self._levels_of([one for one in found if isinstance(one, SampledFlat)])
        self.caveats = list(dict.fromkeys(caveat for one in kept for caveat in one.caveats))
        if self.unnamed:
            self.caveats.append(_UNNAMED.format(" or ".join(self.unnamed)))
        self.kept, self._flats = kept, [one.flat for one in kept]
        self.readers = [flat.reader for flat in self._flats]
        self.orders = [flat.order for flat in self._flats]

    @property
    def levels(self) -> list[float]:
        """Mean level of each frame, ADU."""
        return [float(np.mean(flat.levels)) for flat in self._flats]

    def describe(self, header: fits.Header) -> None:
        """Say in the header of their master what was found of them."""
        if self.unnamed:
            put(header, SHOWS_MOSAIC, " or ".join(self.unnamed), "colours that its frames show")
        put_balance(header, self._balance())
        put(header, LEVELS[0], min(self.levels), "[ADU] level of the darkest flat")
        put(header, LEVELS[1], max(self.levels), "[ADU] level of the brightest flat")
        put_series(header, self._series)

    def _balance(self) -> Balance | None:
        """Return what colours their light had, which levelling takes out of their master."""
        pattern = frame_of(self.orders[0]).bayer
        found = (balance_of(flat.levels, pattern) for flat in self._flats)
        return mean_balance([one for one in found if one is not None])

    def noise(self) -> SetNoise:
        """Measure how they scatter, in units of their level.

        Raises
        ------
        PlateworksError
            If they do not, though their pixels differ.
        """
        paths = [reader.path for reader in self.readers]
        even, raw = [one.even for one in self.kept], [one.raw for one in self.kept]
        return noise_of_set(paths, even, raw, self.levels)

    def camera(self, found: SetNoise) -> MeasuredCamera:
        """Measure the camera by how they scatter, from :meth:`noise`."""
        if self.cell.planes > 1:
            self.caveats.append(_SHARED)
            return MeasuredCamera()
        step = 0.0 if found.scatter is None else float(found.scatter.steps[0] * self.levels[0])
        camera, doubts = self._measured(self._all_lit(), step)
        self.caveats += [*doubts, *doubts_of_values(camera, self.kept[0], step)]
        return camera

    def cameras(self) -> list[MeasuredCamera]:
        """Measure each of several amplifiers by itself: its gain, in electrons per ADU of them."""
        found, lit = list[MeasuredCamera](), self._all_lit()
        parts = parts_of(self.orders[0], self.readers[0].shape, self._wide)
        for count, part in enumerate(parts, 1):
            own = (
                one._replace(light=part.of(one.light), full=min(one.full, self._room(flat, count)))
                for one, flat in zip(lit, self._flats, strict=True)
            )
            camera, doubts = self._measured([*own])
            self.caveats += [f"amplifier {count}: {doubt}" for doubt in doubts]
            found.append(camera._replace(read_noise=None))
        return found

    def _measured(
        self, lit: Sequence[LevelFlat], step: float = 0.0
    ) -> tuple[MeasuredCamera, list[str]]:
        step = step or self.readers[0].reading.step
        return camera_of_flats(lit, self.orders, self._inputs, step)

    def _all_lit(self) -> list[LevelFlat]:
        well, lit = self._series.full_well, list(map(self._lit, self.kept))
        if well is not None and well.reached:
            lit = [one._replace(full=min(one.full, well.level)) for one in lit]
        return lit

    def _levels_of(self, flats: Sequence[SampledFlat]) -> LevelSeries:
        """Compare flats from level to level, those included that are too bright for a master."""
        times = [frame_of(one.flat.order).exposure for one in flats]
        linearity = linearity_of(times, [float(np.max(one.flat.levels)) for one in flats])
        return LevelSeries(linearity, full_well_of(list(map(self._lit, flats))))

    def _lit(self, one: SampledFlat) -> LevelFlat:
        return LevelFlat(one.light, one.flat.levels, self._room(one.flat))

    def _room(self, flat: Flat, amplifier: int = 0) -> float:
        """Return the light at which a flat, or one of its amplifiers from 1, is saturated, ADU."""
        full = np.inf if flat.full is None else flat.full.level
        end = flat.reader.reading.ends[amplifier - 1 : amplifier] if amplifier else ()
        full = end[0] if end and end[0] is not None else full
        return float(full - self._inputs.pedestal(flat.order.subtraction))

    def noise_of_master(
        self, master: np.ndarray, found: SetNoise, combine: CombineValues | None
    ) -> tuple[float | None, list[str]]:
        """Return the noise of the combined flat, that of what was subtracted included; see stated.

        Parameters
        ----------
        master : (H, W) array
            At the target level.
        found : SetNoise
            From :meth:`noise`.
        combine : function or None
        """
        taken = (self._inputs.noise_taken(order.subtraction) for order in self.orders)
        others = float(np.mean([n / at for n, at in zip(taken, self.levels, strict=True)]))
        unit = median(sampled(master))
        return stated(found, master, combine, unit=unit, others=others * unit)

    def prepare(self, index: int, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        """Put rows of frame `index` into `out`, calibrated and scaled to the target."""
        flat = self._flats[index]
        carry_out(flat.changes, rows, out, first=where.start)
        scale_rows(
            out, self._levelling.target / flat.levels, where.start, out, self.readers[0].shape[0]
        )

    def full(self, middle: float) -> Saturation | None:
        """Return the level, in the master of this median, below which no pixel was saturated."""
        found: list[Saturation | None] = []
        for flat in self._flats:
            one = flat.full
            if one is not None:
                scale = middle / float(np.max(flat.levels))
                one = one._replace(level=self._room(flat) * scale)
            found.append(one)
        return lowest(found)

    def normalise(self, master: np.ndarray, statistic: str) -> np.ndarray:
        """Bring the median, mean or maximum of the combined flat to the target, in place."""
        levels = level(master, cell=self.cell, statistic=statistic)
        return scale_rows(master, self._levelling.target / levels, 0, master)

    def _measure(
        self, reader: FrameReader, order: FrameOrder, buffers: Buffers
    ) -> SampledFlat | str:
        """Find the level of one flat; why it is left out if it has none."""
        with Loan(buffers) as loan:
            raw = Image(reader.read(loan.take(reader.shape, reader.dtype)), fits.Header())
            frame = frame_of(order)
            saturation = saturation_of(frame, reader.reading, self._word, raw.data)
            facts = CameraFacts(1.0, 0.0, saturation, self.cell)  # gain, noise: of no matter here
            neighbours, rows = self._levelling.repair, frame.row_order
            context = FlatContext(order, self._inputs, facts, neighbours, rows, held=self._sums)
            changes = changes_of(FLAT_FRAME, raw, context)
            pixels = loan.take(reader.shape, np.float32)
            carry_out(changes, raw.data, pixels)
            try:
                levels = level(pixels, cell=self.cell)
            except ValueError as error:
                _log.warning("left out: %s: %s", reader.path, error)
                return why_dark(pixels, context.order.subtraction, self._inputs) or _NO_LIGHT
            even = sampled(pixels, cell=self.cell)
            caveats = tuple(faults_of_flat(even, context.order.subtraction, self._inputs))
            scale_rows(even, 1.0 / levels, 0, even)
            flat = Flat(reader, context.order, changes, levels, saturation)
            light, taken = (
                sampled(raw.data, self._wide, self.cell).astype(np.float32),
                context.taken().dark,
            )
            if taken is not None:
                light -= sampled(taken, self._wide, self.cell)
            scale_rows(light, 1.0 / levels, 0, light)
            return SampledFlat(flat, sampled(raw.data, cell=self.cell), even, caveats, light)
