"""What the job is told that measures the gains of amplifiers, looked up by wildcards."""

from __future__ import annotations

from collections import UserDict
from dataclasses import replace
from typing import Any

from plateworks.digests import digest_of
from plateworks.jobs.demand import Demand
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.sizes import HEADER_MB, IMAGE, pixels_of, raw_mb, unpacked_mb, unpacking_mb
from plateworks.metadata.frame import Frame
from plateworks.metadata.gainnights import read_told
from plateworks.orders.amplifiergains import GainNight, GainPairs, GainsOrder
from plateworks.orders.frames import FrameOrder
from plateworks.planning.amplifiergains import GainPairsOfNight, PlannedGains
from plateworks.planning.trials import known
from plateworks.records import plain

#: MB of the samples of all frames, and seconds a megapixel of each.
_SAMPLES_MB, _FRAME_S = 400, 0.15


class GainsLookup:
    """The jobs that measure gains of amplifiers: input functions and parameters of their rule.

    Parameters
    ----------
    lookup : Lookup
        Whose plan holds now.
    """

    def __init__(self, lookup: Lookup):
        self._lookup = lookup

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of a measurement."""
        return UserDict(plain(self._found(wildcards)[1]))

    def told(self, wildcards: Any) -> str:
        """Return a digest of the nights that were there when the gains were measured.

        A file that is what these nights would make of it keeps its own, though more have come.
        """
        return str(self._found(wildcards)[1].told)

    def files(self, wildcards: Any) -> list[str]:
        """Return the inputs: what is nowhere to be found, since all are raw frames."""
        jobs, order = self._found(wildcards)
        return jobs.files.made(path for night in order.nights for path in night.files())

    def demand(self, wildcards: Any) -> Demand:
        """Say what a measurement needs: each frame is put together, and a sample of it kept."""
        _, planned = self._planned(wildcards)
        frames = [frame for one in planned.pairs for frame in (*one.flats, *one.darks)]
        pixels = pixels_of(frames)
        return Demand(
            held_mb=max(3 * IMAGE * pixels, unpacking_mb(frames)) + _SAMPLES_MB,
            thread_mb=0,
            disk_mb=HEADER_MB + unpacked_mb(frames[:1]),
            seconds=0.5 + _FRAME_S * pixels * len(frames),
            read_mb=raw_mb(frames),
        )

    def _found(self, wildcards: Any) -> tuple[Jobs, GainsOrder]:
        jobs, planned = self._planned(wildcards)

        def frame_of(frame: Frame) -> FrameOrder:
            order = jobs.orders.frame(frame, None)
            return replace(order, assembly=order.assembly and replace(order.assembly, gains=None))

        def night_of(one: GainPairsOfNight) -> GainNight:
            pairs = (
                GainPairs(
                    flats=tuple(map(frame_of, pair.flats)),
                    darks=tuple(map(frame_of, pair.darks)),
                    of_reading=pair.darks[0].kind == "bias",
                )
                for pair in one.pairs
            )
            night = GainNight(night=one.session, pairs=tuple(pairs))
            return replace(night, told=jobs.files.told(plain(night), night.files()))

        nights = tuple(map(night_of, planned.nights))
        tolds = [str(one.told) for one in nights]
        there, told = read_told(planned.path), None
        if there is not None:
            known = {one.night: one.told for one in nights}
            # Of what another run measured there may be no frame here; none is another, though.
            same = all(known.get(one.night, one.told) == one.told for one in there.tried)
            told = there.told if (same if planned.before else there.holds(tolds)) else None
        told = told or digest_of(nights=tolds)
        return jobs, GainsOrder(nights=nights, mode=planned.mode, told=told)

    def _planned(self, wildcards: Any) -> tuple[Jobs, PlannedGains]:
        jobs, path = self._lookup.current(), self._lookup.path(wildcards.gains)
        there = {one.path: one for one in jobs.plan.gains.measured}
        return jobs, known(there, path, "measurement of amplifiers")
