"""What each job will need: memory, scratch, time and processor cores, from the frames it takes.

The figures were fitted to measured jobs (``tests/integration/test_measured_resources.py`` holds
memory and disk to them, ``benchmarks/bench_resources.py`` shows the seconds too): a base for Python
and its libraries, and bytes and seconds a megapixel for the images that are held together.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cached_property

from plateworks.jobs.demand import Demand
from plateworks.jobs.jobs import Jobs, LightBatch
from plateworks.jobs.sizes import (
    BLOCK_BYTES,
    ERROR,
    HEADER_MB,
    IMAGE,
    MASK,
    MASTERS,
    MB,
    REDUCED,
    blocks_of,
    held_bytes,
    held_bytes_of_lights,
    pixels_of,
    preview_mb,
    products_mb,
    raw_mb,
    unpacked_mb,
    unpacking_mb,
)
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.planning.lights import PlannedLight
from plateworks.planning.modelled import modelled_darks

#: Bytes of a line of a list of pixels.
_LINE = 12
#: MB of the solver while it searches, and of what finds stars and fits a solution.
_SEARCH_MB, _SOLVE_MB = 310, 60
#: More batches are solved side by side; one that took several cores would wait for others.
_FEW_BATCHES = 8
#: MB of what judges the hits of L.A.Cosmic, in each process.
_JUDGING_MB = 65
#: MB of what lists the pixels of a dark, beside its pixels.
_LISTING_MB = 5
#: MB of PixInsight with nothing loaded.
_PIXINSIGHT_MB = 500
#: A block is held so many times over while it is combined; MB of columns that wait.
_COPIES, _PENDING_MB = 7, 6
#: MB of a process beside the first; bytes a pixel if it combines darks, or flats.
_PROCESS_MB, _OF_DARKS, _OF_FLATS = 50, 2.5, 32
#: MB of small images that a process keeps when it lets them go; MB of an image; bytes a pixel.
_KEPT_MB, _KEPT_OF_MB, _KEPT = 32, 16, 24
#: Bytes a pixel of a dark whose defects are looked for, and seconds a megapixel.
_DEFECTS, _DEFECTS_S = 34, 0.04
#: Bytes a pixel, and seconds a megapixel by the slowest codec, while a product is packed.
_PACKING, _PACKING_S = 8, 0.7
#: Bytes a pixel, where flats of several levels are compared.
_SERIES = 16

#: Seconds of any job, and those for a megapixel of what is said.
_ANY_S = 0.5
_WRITE_S = 0.012
_COMBINE_S = {"median": 0.0025, "mean": 0.0025}
_REJECT_S = 0.0065  # combined by any other method
_FLAT_S = 0.02  # read, levelled and combined
_BAD_S = 0.11  # of a mask, beside its flats
_HOT_S = 0.05  # by sigma or number
_CALIBRATE_S = 0.018
_COSMICS_S = 0.28
_SOURCES_S, _MATCH_S = 0.05, 0.3  # the last for each frame


class Demands:
    """The demands of the jobs of a plan, looked up by what stands in the products' paths."""

    def __init__(self, jobs: Jobs):
        self._jobs = jobs
        self._settings = jobs.plan.settings

    def master(self, path: str) -> Demand:
        """Combining the frames of a set; flats are calibrated first."""
        order, frames = self._jobs.master(path), self._jobs.frames_of_master(path)
        pixels, flats, losses = self._sizes[path], order.flat is not None, order.rejection_map
        packed = order.xisf_compression is not None
        errors = order.uncertainty
        darks = KINDS[order.kind].thermal
        own = 28 if flats else _DEFECTS if darks else 9
        images = held_bytes(order.frames) + own + 2 * MASK + 4 * losses + packed * _PACKING
        images += 2 * IMAGE * errors
        each = _FLAT_S * flats + _COMBINE_S.get(order.method, _REJECT_S)
        kept = flats and min(_KEPT_MB, _KEPT * pixels) * (IMAGE * pixels <= _KEPT_OF_MB)
        return Demand(
            held_mb=max(pixels * images, unpacking_mb(frames)),
            thread_mb=self._blocks(frames) + kept,
            disk_mb=pixels * (IMAGE + 2 * MASK + 2 * losses + ERROR * errors)
            + HEADER_MB
            + unpacked_mb(frames),
            seconds=_ANY_S
            + pixels * (_WRITE_S + packed * _PACKING_S + darks * _DEFECTS_S + len(frames) * each),
            threads=self._threads(blocks_of(frames)),
            process_mb=_PROCESS_MB + pixels * (_OF_FLATS if flats else _OF_DARKS),
            read_mb=raw_mb(frames) * (2 if flats else 1),
        )

    def integration(self, path: str) -> Demand:
        """Letting PixInsight combine the frames of a master; it holds all there is room for.

        By what its processes are told; it was not measured.
        """
        frames, order = self._jobs.frames_of_master(path), self._jobs.master(path)
        pixels = self._sizes[path]
        return Demand(
            held_mb=_PIXINSIGHT_MB + IMAGE * pixels * (len(frames) + MASTERS),
            thread_mb=0,
            disk_mb=IMAGE * pixels * (1 + len(frames) * (order.flat is not None)) + HEADER_MB,
            seconds=_ANY_S,
            read_mb=raw_mb(frames),
            limit_s=60 * self._settings.pixinsight.time_limit_min,
        )

    def adoption(self, path: str) -> Demand:
        """Making a master of an image that PixInsight integrated."""
        pixels = self._sizes[path]
        return Demand(
            held_mb=20 * pixels,
            thread_mb=0,
            disk_mb=(IMAGE + 2 * MASK) * pixels + HEADER_MB,
            seconds=_ANY_S + 0.1 * pixels,
            read_mb=IMAGE * pixels,
        )

    def mask(self, flat: str) -> Demand:
        """Finding bad pixels in the flats of a master."""
        order, frames = self._jobs.mask(flat), self._jobs.frames_of_master(flat)
        pixels = self._sizes[flat]
        more = 32 + _SERIES * (len({frame.exposure for frame in frames}) > 2)
        return Demand(
            held_mb=max(pixels * (held_bytes(order.frames) + more), unpacking_mb(frames)),
            thread_mb=10 + self._blocks(frames),
            disk_mb=pixels * MASK + HEADER_MB + unpacked_mb(frames),
            seconds=_ANY_S + pixels * (_BAD_S + _FLAT_S * len(frames)),
            threads=self._threads(blocks_of(frames)),
            process_mb=_PROCESS_MB + pixels * (_OF_FLATS + 13),
            read_mb=2 * raw_mb(frames),
        )

    def hot_list(self, dark: str) -> Demand:
        """Listing the bad pixels of a master dark, at the most as many as the settings allow."""
        pixels, order = self._sizes[dark], self._jobs.orders.cosmetic_list()
        most = (order.count or math.inf) / MB, pixels * order.max_fraction
        looked = pixels * (not order.by_table or dark not in self._own)  # its pixels, that is
        packed = pixels * dark.endswith(".xisf")  # its table lies behind them
        return Demand(
            held_mb=_LISTING_MB + max(20 * looked, IMAGE * packed),
            thread_mb=0,
            disk_mb=_LINE * min(most),
            seconds=_ANY_S + _HOT_S * looked,
            read_mb=IMAGE * looked,
        )

    def calibration(self, batch: LightBatch) -> Demand:
        """Calibrating the lights of a batch; with one frame a job, the largest of the plan.

        L.A.Cosmic takes the most where nearly all of a frame has to be looked at closely, four
        times the seconds and up to half as much memory again; a second attempt asks for that.
        Without it, a dark to be fitted or products to be packed, reading and writing take the
        time, and more processes would only wait for each other.
        """
        lights = self._lights(batch)
        frames = [light.frame for light in lights]
        pixels = pixels_of(frames)
        order = self._jobs.calibration(lights[:1])
        errors = order.settings.uncertainty
        in_flight = abs(frames[0].bitpix) // 8 + IMAGE + 2 * MASK + ERROR * errors
        if order.settings.units == "electron" or order.settings.output_type == "raw":
            in_flight += IMAGE
        cosmics = 45 * (order.settings.cosmics is not None)
        [light] = order.lights
        packed, dark = light.xisf_compression is not None, light.frame.subtraction.dark
        fitted = dark is not None and dark.fit_bounds is not None
        threads = self._threads(len(lights)) if cosmics or packed or fitted else 1
        held = held_bytes_of_lights(order.lights, errors) + 2 + packed * _PACKING
        judging_mb = _JUDGING_MB * bool(cosmics)
        each = _CALIBRATE_S + _COSMICS_S * bool(cosmics) + packed * _PACKING_S
        return Demand(
            held_mb=judging_mb + pixels * held,
            thread_mb=max(pixels * (in_flight + cosmics), unpacking_mb(frames)),
            disk_mb=products_mb(frames, errors) + unpacked_mb(frames[:threads]),
            seconds=_ANY_S + pixels * len(lights) * each,
            threads=threads,
            process_mb=_PROCESS_MB + judging_mb + pixels * held,
            read_mb=raw_mb(frames) + pixels * held,
        )

    def solving(self, batch: LightBatch) -> Demand:
        """Solving the calibrated frames of a batch: they may all be searched for to the limit."""
        frames, jobs = [light.frame for light in self._lights(batch)], self._jobs
        few = len(jobs.batches) <= _FEW_BATCHES
        pixels, limit = pixels_of(frames), self._settings.solve.time_limit_s
        errors = self._settings.calibrate.uncertainty
        held = max(_SEARCH_MB + 14 * pixels, _SOLVE_MB + 27 * pixels)
        held += IMAGE * errors * pixels + self._catalogue_mb()
        return Demand(
            held_mb=held,
            thread_mb=0,
            disk_mb=products_mb(frames, errors),
            seconds=_ANY_S + len(frames) * (_SOURCES_S * pixels + _MATCH_S),
            threads=self._threads(jobs.fields.free(batch.lights) if few else 1),
            process_mb=_PROCESS_MB + held,
            read_mb=products_mb(frames, errors),
            limit_s=len(frames) * limit,
        )

    def _catalogue_mb(self) -> float:
        """What the user's catalogue takes in memory: text at most so many times its bytes."""
        path = os.path.expanduser(self._settings.solve.catalogue or "")
        return 2.2 * os.path.getsize(path) / 1e6 if os.path.isfile(path) else 0.0

    # -- trials of flats -------------------------------------------------------------------------

    def light_preview(self, trial: str) -> Demand:
        """Reducing and combining the lights of a session."""
        frames = [light.frame for light in self._jobs.trials.lights(trial)]
        pixels = pixels_of(frames)
        held = held_bytes(self._jobs.trial(trial).frames) + abs(frames[0].bitpix) // 8
        return Demand(
            held_mb=pixels * (held + 3 * IMAGE + len(frames) * IMAGE / REDUCED),
            thread_mb=0,
            disk_mb=preview_mb(pixels) + unpacked_mb(frames[:1]),
            seconds=_ANY_S + _CALIBRATE_S * pixels * len(frames),
            read_mb=raw_mb(frames),
        )

    def flat_preview(self, flat: str) -> Demand:
        """Reducing a master flat."""
        pixels = self._sizes[flat]
        return Demand(
            held_mb=pixels * (IMAGE + 2 * MASK),
            thread_mb=0,
            disk_mb=preview_mb(pixels),
            seconds=_ANY_S + 0.01 * pixels,
            read_mb=IMAGE * pixels,
        )

    def ranking(self, trial: str) -> Demand:
        """Trying flats, all of them reduced."""
        flats = self._jobs.trials.flats(trial)
        pixels = max(self._sizes[flat] for flat in flats)
        return Demand(
            held_mb=pixels * (2.5 + len(flats) * 2 * IMAGE / REDUCED),
            thread_mb=0,
            disk_mb=len(flats) * preview_mb(pixels),
            seconds=_ANY_S + 0.01 * pixels * len(flats),
        )

    # -- what they are reckoned from -------------------------------------------------------------

    def _lights(self, batch: LightBatch) -> Sequence[PlannedLight]:
        return batch.lights or self._largest

    @cached_property
    def _largest(self) -> Sequence[PlannedLight]:
        """The largest light: jobs of one rule that ask for the same can share an array."""
        lights = self._jobs.plan.to_calibrate
        return [max(lights, key=lambda light: light.frame.pixels)]

    @cached_property
    def _own(self) -> set[str]:
        """The masters that this run makes by itself, whose tables tell of defects."""
        settings, plan = self._settings.masters, self._jobs.plan
        return {m.path for m in plan.to_make} if settings.engine == "native" else set()

    @cached_property
    def _sizes(self) -> dict[str, float]:
        """Megapixels of every master, by its path."""
        plan = self._jobs.plan
        setups = {master.path: master.source.key.setup for master in plan.usable}
        others = (*plan.found, *modelled_darks(plan).values())
        setups |= {master.path: master.setup for master in others}
        return {path: setup.pixels / MB for path, setup in setups.items()}

    def _threads(self, pieces: int) -> int:
        """Return how many threads so many pieces of work are worth."""
        return max(1, min(self._settings.threads_per_job, pieces))

    def _blocks(self, frames: Sequence[Frame]) -> float:
        """Return the MB that one thread takes to combine blocks of a stack.

        They are as large as is good, but no larger than mem_gb allows, and of one row at least.
        """
        row = max((frame.width for frame in frames), default=0) * IMAGE
        least, best = (len(frames) * _COPIES * size / MB for size in (row, BLOCK_BYTES))
        allowed = self._settings.mem_gb * 1000 / self._settings.threads_per_job
        return max(min(best, allowed), least) + _PENDING_MB
