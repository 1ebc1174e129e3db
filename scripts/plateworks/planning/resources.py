"""What each job will need: memory, scratch, time and processor cores, from the frames it takes.

The figures were fitted to measured jobs (``tests/integration/test_measured_resources.py`` holds
them to it): a base for Python and its libraries, and bytes a pixel for the images that are held
together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plateworks.metadata.frame import Frame
from plateworks.planning.jobs import Batch, Jobs
from plateworks.planning.lights import PlannedLight

_MB = 1_000_000

#: MB of Python with numpy and what else a job imports.
BASE_MB = 65
#: MB of Snakemake itself, twice, round a job on a cluster: what submits a step, and the step.
AROUND_MB = 230
#: What is asked for is so much more than what is reckoned with; memory is not as regular.
MARGIN = 1.15
#: Bytes of a pixel of an image on its way through the arithmetic, and of its mask.
_IMAGE, _MASK = 4, 1
#: MB of the indexes that the solver holds, and of its process.
_SOLVER_MB = 270
#: Bytes of one frame that are combined at a time; a thread with less is of no use.
_BLOCK_BYTES = 1 << 16
#: A block is held so many times over while it is combined; MB of columns that wait.
_COPIES, _PENDING_MB = 7, 6
#: Masters that a job holds at the same time.
_MASTERS = 4
#: Files that are unpacked into the folder for temporary files before they are read.
_PACKED = (".gz", ".fz", ".xisf")
#: Bytes a pixel, and seconds a megapixel by the slowest codec, while a product is packed.
_PACKING, _PACKING_S = 8, 0.7
#: Seconds that starting a job takes on a busy node with a slow disk.
_START_S = 60.0
#: A node may be so much slower than the one where the seconds were measured.
_SLOWER = 5.0


@dataclass(frozen=True)
class Demand:
    """What one job needs.

    Attributes
    ----------
    held_mb : float
        Memory whatever the number of threads.
    thread_mb : float
        Memory that each thread adds.
    disk_mb : float
        What the job writes: products, and frames unpacked into the folder for temporary files.
    seconds : float
        Of one core of an ordinary computer.
    threads : int
        More than these are of no use.
    """

    held_mb: float
    thread_mb: float
    disk_mb: float
    seconds: float
    threads: int = 1

    def memory(self, threads: int, attempt: int = 1, around_mb: int = 0) -> int:
        """Return the MB to ask for; each attempt asks for more than the one before."""
        reckoned = BASE_MB + self.held_mb + threads * self.thread_mb
        return attempt * math.ceil(MARGIN * reckoned + around_mb)

    def disk(self) -> int:
        """Return the MB to ask for on disk."""
        return math.ceil(MARGIN * self.disk_mb) + 1

    def minutes(self, threads: int, attempt: int = 1) -> int:
        """Return the minutes to ask for."""
        return attempt * math.ceil((_START_S + _SLOWER * self.seconds / threads) / 60)


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
        return Demand(
            held_mb=pixels * images + _unpacking(frames),
            thread_mb=self._blocks(frames),
            disk_mb=pixels * (4 + 2 * losses) + _unpacked(frames),
            seconds=pixels * (len(frames) * (0.08 if flats else 0.04) + packed * _PACKING_S),
            threads=self._threads(_blocks_of(frames)),
        )

    def adoption(self, path: str) -> Demand:
        """Making a master of an image that PixInsight integrated."""
        pixels = self._sizes[path]
        return Demand(held_mb=20 * pixels, thread_mb=0, disk_mb=4 * pixels, seconds=0.1 * pixels)

    def mask(self, flat: str) -> Demand:
        """Finding bad pixels in the flats of a master."""
        job, frames = self._jobs.master(flat), self._jobs.frames_of_master(flat)
        pixels = self._sizes[flat]
        return Demand(
            held_mb=pixels * (_held(job["frames"]) + 37) + _unpacking(frames),
            thread_mb=10 + self._blocks(frames),
            disk_mb=pixels * _MASK + _unpacked(frames),
            seconds=pixels * (0.08 * len(frames) + 0.3),
            threads=self._threads(_blocks_of(frames)),
        )

    def hot_list(self, dark: str) -> Demand:
        """Listing the hot pixels of a master dark."""
        pixels = self._sizes[dark]
        return Demand(held_mb=20 * pixels, thread_mb=0, disk_mb=pixels / 4, seconds=0.1 * pixels)

    def calibration(self, batch: Batch) -> Demand:
        """Calibrating the lights of a batch; with one frame a job, the largest of the plan."""
        lights = self._lights(batch)
        frames = [light.frame for light in lights]
        pixels, cosmics = _pixels(frames), 0
        in_flight = abs(frames[0].bitpix) // 8 + _IMAGE + _MASK
        options = self._settings["calibrate"]
        if options["units"] == "electron" or options["output_type"] == "raw":
            in_flight += _IMAGE
        if options["cosmic_rays"]:
            cosmics = 30 if frames[0].bayer else 20
        threads = self._threads(len(lights))
        entries = self._jobs.calibration(lights[:1])
        packed = "xisf_compression" in entries[0]
        return Demand(
            held_mb=pixels * (_held(entries) + in_flight + 2 + packed * _PACKING)
            + _unpacking(frames),
            thread_mb=pixels * (in_flight + cosmics),
            disk_mb=pixels * len(lights) * (_IMAGE + _MASK) + _unpacked(frames[: threads + 1]),
            seconds=pixels * len(lights) * ((1.5 if cosmics else 0.05) + packed * _PACKING_S),
            threads=threads,
        )

    def solving(self, batch: Batch) -> Demand:
        """Solving the calibrated frames of a batch."""
        frames = [light.frame for light in self._lights(batch)]
        pixels, limit = _pixels(frames), self._settings["solve"]["time_limit_s"]
        return Demand(
            held_mb=_SOLVER_MB + 18 * pixels,
            thread_mb=0,
            disk_mb=len(frames) * pixels * (_IMAGE + _MASK) + 1,
            seconds=len(frames) * (0.3 * pixels + limit / _SLOWER),
        )

    def trial(self) -> Demand:
        """A step of trying flats on a session; the largest of them takes lights at full size."""
        frames = [light.frame for light in self._jobs.plan.to_calibrate]
        pixels = _pixels(frames)
        return Demand(
            held_mb=30 * pixels + _unpacking(frames),
            thread_mb=0,
            disk_mb=pixels + _unpacked(frames[:1]),
            seconds=pixels * len(frames) * 0.1,
        )

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


def _packed(frames: Iterable[Frame]) -> list[Frame]:
    return [frame for frame in frames if frame.path.lower().endswith(_PACKED)]


def _unpacking(frames: Iterable[Frame]) -> float:
    """Return the MB that unpacking one frame takes, if any is packed."""
    return 12 * _pixels(_packed(frames))


def _unpacked(frames: Iterable[Frame]) -> float:
    """Return the MB of temporary files that packed frames are unpacked into."""
    return sum(f.width * f.height * abs(f.bitpix) // 8 for f in _packed(frames)) / _MB


def _held(entries: Iterable[Mapping[str, Any]]) -> int:
    """Return the bytes a pixel of the masters, lists and masks that the entries of a job name."""
    masters, thermal, masks = set(), set(), set()
    for entry in entries:
        slots = [entry[slot] for slot in ("dark", "bias", "flat") if slot in entry]
        masters |= {*slots, *(flat["flat"] for flat in entry.get("flats", ()))}
        if "dark" in entry and "bias" in entry and entry["bias_inside"]:
            thermal.add(entry["dark"])
        lists = tuple(entry[slot] for slot in ("cosmetic", "badpix") if slot in entry)
        masks |= {*lists, lists} if len(lists) == 2 else {*lists}
    images = min(len(masters), _MASTERS) + min(len(thermal), _MASTERS)
    return _IMAGE * images + _MASK * min(len(masks), _MASTERS)
