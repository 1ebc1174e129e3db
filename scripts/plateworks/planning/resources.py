"""What each job will need: memory, scratch, time and processor cores, from the frames it takes.

The figures were fitted to measured jobs (``tests/integration/test_measured_resources.py`` holds
memory and disk to them, ``benchmarks/bench_resources.py`` shows the seconds too): a base for Python
and its libraries, and bytes and seconds a megapixel for the images that are held together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from plateworks.metadata.frame import Frame
from plateworks.planning.demand import Demand
from plateworks.planning.jobs import Batch, Jobs
from plateworks.planning.lights import PlannedLight

_MB = 1_000_000

#: Bytes of a pixel of an image on its way through the arithmetic, and of its mask.
_IMAGE, _MASK = 4, 1
#: MB of the header of a product.
_HEADER_MB = 0.015
#: Bytes of a line of a list of pixels.
_LINE = 12
#: MB of the solver while it searches, and of what finds stars and fits a solution.
_SEARCH_MB, _SOLVE_MB = 285, 45
#: MB of PixInsight with nothing loaded.
_PIXINSIGHT_MB = 500
#: Bytes of one frame that are combined at a time; a thread with less is of no use.
_BLOCK_BYTES = 1 << 16
#: A block is held so many times over while it is combined; MB of columns that wait.
_COPIES, _PENDING_MB = 7, 6
#: MB of a process that combines beside the first, and bytes a pixel: of darks, and of flats.
_PROCESS_MB, _OF_DARKS, _OF_FLATS = 50, 2.5, 32
#: Masters that a job holds at the same time.
_MASTERS = 4
#: A preview has so many pixels less than a frame.
_REDUCED = 64
#: Files that are unpacked into the folder for temporary files before they are read; those of them
#: that go through memory as a whole, in so many copies.
_PACKED, _WHOLE, _UNPACKINGS = (".gz", ".fz", ".xisf"), (".fz", ".xisf"), 3

#: Bytes a pixel, and seconds a megapixel by the slowest codec, while a product is packed.
_PACKING, _PACKING_S = 8, 0.7

#: Seconds of any job, and those for a megapixel of what is said.
_ANY_S = 0.5
_WRITE_S = 0.012
_COMBINE_S = {"median": 0.0025, "mean": 0.0025}
_REJECT_S = 0.0065  # combined by any other method
_FLAT_S = 0.02  # read, levelled and combined
_BAD_S = 0.11  # of a mask, beside its flats
_HOT_S = 0.05
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
        job, frames = self._jobs.master(path), self._jobs.frames_of_master(path)
        pixels, flats, losses = self._sizes[path], job["kind"] == "flat", job["rejection_map"]
        packed = "xisf_compression" in job
        images = _held(job["frames"]) + (22 if flats else 9) + 4 * losses + packed * _PACKING
        each = _FLAT_S * flats + _COMBINE_S.get(job["method"], _REJECT_S)
        return Demand(
            held_mb=max(pixels * images, _unpacking(frames)),
            thread_mb=self._blocks(frames),
            disk_mb=pixels * (4 + 2 * losses) + _HEADER_MB + _unpacked(frames),
            seconds=_ANY_S + pixels * (_WRITE_S + packed * _PACKING_S + len(frames) * each),
            threads=self._threads(_blocks_of(frames)),
            process_mb=_PROCESS_MB + pixels * (_OF_FLATS if flats else _OF_DARKS),
            read_mb=_read(frames) * (2 if flats else 1),
        )

    def integration(self, path: str) -> Demand:
        """Letting PixInsight combine the frames of a master; it holds all there is room for.

        By what its processes are told; it was not measured.
        """
        frames, flats = self._jobs.frames_of_master(path), self._jobs.master(path)["kind"] == "flat"
        pixels = self._sizes[path]
        return Demand(
            held_mb=_PIXINSIGHT_MB + _IMAGE * pixels * (len(frames) + _MASTERS),
            thread_mb=0,
            disk_mb=_IMAGE * pixels * (1 + len(frames) * flats) + _HEADER_MB,
            seconds=_ANY_S,
            read_mb=_read(frames),
            limit_s=60 * self._settings["pixinsight"]["time_limit_min"],
        )

    def adoption(self, path: str) -> Demand:
        """Making a master of an image that PixInsight integrated."""
        pixels = self._sizes[path]
        return Demand(
            held_mb=20 * pixels,
            thread_mb=0,
            disk_mb=_IMAGE * pixels + _HEADER_MB,
            seconds=_ANY_S + 0.1 * pixels,
            read_mb=_IMAGE * pixels,
        )

    def mask(self, flat: str) -> Demand:
        """Finding bad pixels in the flats of a master."""
        job, frames = self._jobs.master(flat), self._jobs.frames_of_master(flat)
        pixels = self._sizes[flat]
        return Demand(
            held_mb=max(pixels * (_held(job["frames"]) + 32), _unpacking(frames)),
            thread_mb=10 + self._blocks(frames),
            disk_mb=pixels * _MASK + _HEADER_MB + _unpacked(frames),
            seconds=_ANY_S + pixels * (_BAD_S + _FLAT_S * len(frames)),
            threads=self._threads(_blocks_of(frames)),
            process_mb=_PROCESS_MB + pixels * (_OF_FLATS + 13),
            read_mb=2 * _read(frames),
        )

    def hot_list(self, dark: str) -> Demand:
        """Listing the hot pixels of a master dark, at the most as many as the settings allow."""
        pixels, options = self._sizes[dark], self._settings["cosmetic"]
        most = (options["count"] or math.inf) / _MB, pixels * options["max_fraction"]
        return Demand(
            held_mb=20 * pixels,
            thread_mb=0,
            disk_mb=_LINE * min(most),
            seconds=_ANY_S + _HOT_S * pixels,
            read_mb=_IMAGE * pixels,
        )

    def calibration(self, batch: Batch) -> Demand:
        """Calibrating the lights of a batch; with one frame a job, the largest of the plan.

        L.A.Cosmic takes the most where nearly all of a frame has to be looked at closely, four
        times the seconds and up to half as much memory again; a second attempt asks for that.
        """
        lights = self._lights(batch)
        frames = [light.frame for light in lights]
        pixels, cosmics = _pixels(frames), 0
        in_flight = abs(frames[0].bitpix) // 8 + _IMAGE + _MASK
        options = self._settings["calibrate"]
        if options["units"] == "electron" or options["output_type"] == "raw":
            in_flight += _IMAGE
        if options["cosmic_rays"]:
            cosmics = 45
        threads = self._threads(len(lights))
        entries = self._jobs.calibration(lights[:1])
        packed = "xisf_compression" in entries[0]
        held = _held(entries) + in_flight + 2
        each = _CALIBRATE_S + _COSMICS_S * bool(cosmics) + packed * _PACKING_S
        return Demand(
            held_mb=pixels * held,
            thread_mb=max(pixels * (in_flight + cosmics + packed * _PACKING), _unpacking(frames)),
            disk_mb=_products(frames) + _unpacked(frames[: threads + 1]),
            seconds=_ANY_S + pixels * len(lights) * each,
            threads=threads,
            read_mb=_read(frames) + pixels * held,
        )

    def solving(self, batch: Batch) -> Demand:
        """Solving the calibrated frames of a batch: they may all be searched for to the limit."""
        frames = [light.frame for light in self._lights(batch)]
        pixels, limit = _pixels(frames), self._settings["solve"]["time_limit_s"]
        return Demand(
            held_mb=max(_SEARCH_MB + 14 * pixels, _SOLVE_MB + 27 * pixels),
            thread_mb=0,
            disk_mb=_products(frames),
            seconds=_ANY_S + len(frames) * (_SOURCES_S * pixels + _MATCH_S),
            read_mb=_products(frames),
            limit_s=len(frames) * limit,
        )

    # -- trials of flats -------------------------------------------------------------------------

    def light_preview(self, setup: str, trial: str) -> Demand:
        """Reducing and combining the lights of a session."""
        frames = [light.frame for light in self._jobs.trials.lights(setup, trial)]
        pixels = _pixels(frames)
        held = _held(self._jobs.trial_lights(setup, trial)) + abs(frames[0].bitpix) // 8
        return Demand(
            held_mb=pixels * (held + 3 * _IMAGE + len(frames) * _IMAGE / _REDUCED),
            thread_mb=0,
            disk_mb=_preview(pixels) + _unpacked(frames[:1]),
            seconds=_ANY_S + _CALIBRATE_S * pixels * len(frames),
            read_mb=_read(frames),
        )

    def flat_preview(self, flat: str) -> Demand:
        """Reducing a master flat."""
        pixels = self._sizes[flat]
        return Demand(
            held_mb=pixels * (_IMAGE + 2 * _MASK),
            thread_mb=0,
            disk_mb=_preview(pixels),
            seconds=_ANY_S + 0.01 * pixels,
            read_mb=_IMAGE * pixels,
        )

    def ranking(self, setup: str, trial: str) -> Demand:
        """Trying flats, all of them reduced."""
        flats = self._jobs.trials.flats(setup, trial)
        pixels = max(self._sizes[flat] for flat in flats)
        return Demand(
            held_mb=pixels * (2.5 + len(flats) * 2 * _IMAGE / _REDUCED),
            thread_mb=0,
            disk_mb=len(flats) * _preview(pixels),
            seconds=_ANY_S + 0.01 * pixels * len(flats),
        )

    # -- what they are reckoned from -------------------------------------------------------------

    def _lights(self, batch: Batch) -> Sequence[PlannedLight]:
        return batch.lights or self._largest

    @cached_property
    def _largest(self) -> Sequence[PlannedLight]:
        """The largest light: jobs of one rule that ask for the same can share an array."""
        lights = self._jobs.plan.to_calibrate
        return [max(lights, key=lambda light: light.frame.width * light.frame.height)]

    @cached_property
    def _sizes(self) -> dict[str, float]:
        """Megapixels of every master, by its path."""
        plan = self._jobs.plan
        setups = {master.path: master.source.key.setup for master in plan.usable}
        setups |= {master.path: master.setup for master in plan.found}
        return {path: setup.width * setup.height / _MB for path, setup in setups.items()}

    def _threads(self, pieces: int) -> int:
        """Return how many threads so many pieces of work are worth."""
        return max(1, min(self._settings["threads_per_job"], pieces))

    def _blocks(self, frames: Sequence[Frame]) -> float:
        """Return the MB that one thread takes to combine blocks of a stack.

        They are as large as is good, but no larger than mem_gb allows, and of one row at least.
        """
        row = max((frame.width for frame in frames), default=0) * _IMAGE
        least, best = (len(frames) * _COPIES * size / _MB for size in (row, _BLOCK_BYTES))
        allowed = self._settings["mem_gb"] * 1000 / self._settings["threads_per_job"]
        return max(min(best, allowed), least) + _PENDING_MB


def _pixels(frames: Iterable[Frame]) -> float:
    """Return the megapixels of the largest frame."""
    return max((frame.width * frame.height for frame in frames), default=0) / _MB


def _blocks_of(frames: Iterable[Frame]) -> int:
    """Return the number of blocks that frames are combined in."""
    return math.ceil(_pixels(frames) * _MB * _IMAGE / _BLOCK_BYTES)


def _read(frames: Iterable[Frame]) -> float:
    """Return the MB of the pixels of raw frames."""
    return sum(f.width * f.height * abs(f.bitpix) // 8 for f in frames) / _MB


def _products(frames: Iterable[Frame]) -> float:
    """Return the MB of calibrated, or of solved, frames."""
    return sum(f.width * f.height * (_IMAGE + _MASK) / _MB + _HEADER_MB for f in frames)


def _preview(pixels: float) -> float:
    """Return the MB of a preview, and of the picture of it."""
    return pixels * (_IMAGE + 1.2) / _REDUCED + _HEADER_MB


def _named(frames: Iterable[Frame], endings: tuple[str, ...]) -> list[Frame]:
    return [frame for frame in frames if frame.path.lower().endswith(endings)]


def _unpacking(frames: Iterable[Frame]) -> float:
    """Return the MB that unpacking one frame takes, if any goes through memory as a whole."""
    return _UNPACKINGS * max(map(_read, ([frame] for frame in _named(frames, _WHOLE))), default=0)


def _unpacked(frames: Iterable[Frame]) -> float:
    """Return the MB of temporary files that packed frames are unpacked into."""
    return _read(_named(frames, _PACKED))


def _held(entries: Iterable[Mapping[str, Any]]) -> int:
    """Return the bytes a pixel of the masters, lists and masks that the entries of a job name.

    Of flats that were tried a job holds the best alone.
    """
    masters, thermal, masks = set(), set(), set()
    for entry in entries:
        entry = {**entry, **entry.get("flats", [{}])[0]}
        masters |= {entry[slot] for slot in ("dark", "bias", "flat") if slot in entry}
        if "dark" in entry and "bias" in entry and entry["bias_inside"]:
            thermal.add(entry["dark"])
        lists = tuple(entry[slot] for slot in ("cosmetic", "badpix") if slot in entry)
        masks |= {*lists, lists} if len(lists) == 2 else {*lists}
    images = min(len(masters), _MASTERS) + min(len(thermal), _MASTERS)
    return _IMAGE * images + _MASK * min(len(masks), _MASTERS)
