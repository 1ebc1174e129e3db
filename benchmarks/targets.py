"""What is asked of Plateworks' costs, figure by figure, and which benchmark measures it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Asked(NamedTuple):
    """A figure and its bounds; ``name`` is that by which its benchmark keeps it."""

    what: str
    name: str
    script: str
    most: float | None = None
    least: float | None = None
    unit: str = ""
    digits: int = 2

    @property
    def bound(self) -> str:
        """What is asked, in words: ``≤ 0.20 s``."""
        sign, value = ("≤", self.most) if self.most is not None else ("≥", self.least)
        return f"{sign} {self._told(value)}"

    def told(self, figures: Mapping[str, float]) -> str:
        """Say what was measured; in bold what is not met."""
        value = figures.get(self.name)
        if value is None:
            return "not measured"
        return self._told(value) if self.met(value) else f"**{self._told(value)}**"

    def met(self, value: float) -> bool:
        """Whether a figure, as it is told, is within its bounds."""
        value = round(value, self.digits)
        above = self.least is not None and value < self.least
        return not above and not (self.most is not None and value > self.most)

    def _told(self, value: float | None) -> str:
        return f"{value:,.{self.digits}f} {self.unit}".rstrip()


#: In the order of the page.  Ratios are ours to the other's.
ASKED = (
    Asked("a night to Siril's: CPU", "night.cpu", "bench_night", 0.20),
    Asked("… wall time", "night.wall", "bench_night", 0.28),
    Asked("… memory", "night.memory", "bench_night", 0.40),
    Asked("the same, lights measured and shown on a page: CPU", "whole.cpu", "bench_night", 0.25),
    Asked("… wall time", "whole.wall", "bench_night", 0.33),
    Asked("combining to the better rival, CPU: median", "combine.median", "bench_combine", 0.12),
    Asked("… sigma clipping", "combine.sigma_clip", "bench_combine", 0.25),
    Asked("… Winsorized", "combine.winsorized", "bench_combine", 0.25),
    Asked("combining 100 frames to 20, memory", "combine.many", "bench_combine", 1.0, digits=1),
    Asked("combining on two cores to one, speed", "combine.cores", "bench_combine", least=1.7),
    Asked("calibrating to a plain copy, CPU", "calibrate.copy", "bench_calibrate", 1.5),
    Asked("loads of a forked job that calibrates, CPU", "start.calibrate", "bench_overhead", 0.25,
          unit="s"),
    Asked("loads of a forked job that solves, CPU", "start.solve", "bench_overhead", 0.25,
          unit="s"),
    Asked("overhead of a light, night of 1,000, CPU", "overhead.light", "bench_overhead", 30.0,
          unit="ms", digits=0),
    Asked("planning 100,000 frames: CPU", "scale.plan", "bench_scale", 100.0, unit="s", digits=0),
    Asked("… memory", "scale.plan_memory", "bench_scale", 1.2, unit="GB"),
    Asked("… nothing to do: CPU", "scale.idle", "bench_scale", 100.0, unit="s", digits=0),
    Asked("… memory", "scale.idle_memory", "bench_scale", 1.2, unit="GB"),
    Asked("… one new night: CPU", "scale.night", "bench_scale", 6.0, unit="s", digits=1),
    Asked("a frame complete on disk to its row on the page", "live.row", "bench_live", 6.0,
          unit="s", digits=1),
    Asked("solve of a frame whose neighbour is solved, CPU", "neighbour.solve", "bench_neighbour",
          0.10, unit="s"),
    Asked("… sources of 26 MP included", "neighbour.mono", "bench_neighbour", 0.60, unit="s"),
    Asked("… of a mosaic", "neighbour.mosaic", "bench_neighbour", 0.60, unit="s"),
    Asked("errors of pixels: CPU more", "errors.cpu", "bench_errors", 0.15),
    Asked("… disk more", "errors.disk", "bench_errors", 0.45),
    Asked("page of 500 lights: CPU", "page.cpu", "bench_page", 60.0, unit="s", digits=0),
    Asked("… size", "page.size", "bench_page", 5.0, unit="MB", digits=1),
    Asked("proof of products, a second of CPU", "verify.speed", "bench_verify", least=500.0,
          unit="MB", digits=0),
    Asked("lights of a mosaic planned a minute", "plan.minute", "bench_plan", least=10_000.0,
          digits=0),
)  # fmt: skip
