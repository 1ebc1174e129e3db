"""Which benchmarks `make bench` and `make accuracy` run, and in which order."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Bench(NamedTuple):
    """A benchmark: its script, the heading of its section, and its arguments.

    ``quick`` are those of a trial on small frames, whose figures mean nothing; ``page`` is where
    people read what it found, below docs/; after ``limit_s`` seconds it is ended, which is told.
    """

    script: str
    title: str
    arguments: tuple[str, ...] = ()
    quick: tuple[str, ...] = ("1",)
    page: str = "performance.md"
    limit_s: float = 3600.0

    @property
    def path(self) -> Path:
        """Where its script lies."""
        return Path(__file__).parent / f"{self.script}.py"

    @property
    def command(self) -> str:
        """The line of a shell that runs it."""
        return " ".join(("python", f"benchmarks/{self.script}.py", *self.arguments))


#: What things cost, for docs/performance.md; three runs each, unless a docstring says otherwise.
COSTS = (
    Bench("bench_night", "A whole night"),
    Bench("bench_combine", "Combining"),
    Bench("bench_screening", "Frames judged before they are combined", ("3", "1000"), ("1", "50")),
    Bench("bench_calibrate", "Calibrating"),
    Bench("bench_errors", "Errors of pixels"),
    Bench("bench_overhead", "What a night costs beside its pixels", (), ("20", "1")),
    Bench("bench_plan", "Planning lights", (), ("200", "20")),
    Bench("bench_plan", "Planning a mosaic", ("--mosaic",), ("--mosaic", "200")),
    Bench("bench_scan", "Reading headers", (), ("200",)),
    Bench("bench_live", "A frame that comes"),
    Bench("bench_neighbour", "A frame beside a solved one", (), ("4",)),
    Bench("bench_measures", "Stars found and measured"),
    Bench("bench_cosmetic", "Defective pixels"),
    Bench("bench_cosmics", "Cosmic rays"),
    Bench("bench_masked", "Missing values", (), ()),
    Bench("bench_page", "The page of a night", (), ("20",)),
    Bench("bench_verify", "Products proved"),
    Bench("bench_download", "An image over the network", (), ("600", "400")),
    Bench("bench_resources", "What jobs ask for", (), ("quick",)),
    # The longest by far, and last: a run of it is as long as all others of many benchmarks.
    Bench("bench_scale", "Planning an archive", ("100000", "--runs", "1"), ("500", "--runs", "1"),
          limit_s=7200.0),
)  # fmt: skip

#: How true what we say is: campaigns of minutes to hours, each with the page that tells of it.
ACCURACY = (
    Bench("bench_noise", "The noise that masters state", page="errors.md"),
    Bench("bench_rejection", "Cosmic rays in few frames", (), (), "../config/README.md"),
    Bench("bench_camera", "Gain and read noise", (), (), "camera.md"),
    Bench("bench_saturation", "The level of saturation", page=""),
    Bench("bench_cosmic_stars", "What cleaning takes from stars", (), ("20", "20", "200"),
          "../config/README.md"),
    Bench("bench_defects", "Defects of sensors", (), (), "defects.md"),
    Bench("bench_dark_model", "Darks that nobody took", (), (), "darkmodel.md"),
    Bench("bench_distortion", "Corners behind bent optics", (), ("2",), "solving.md"),
    Bench("bench_trends", "Changes and expiry of masters", (), ("50",), "quality.md"),
    Bench("bench_masters", "Verdicts on masters", (), ("1", "3", "1"), "quality.md", 4 * 3600.0),
    Bench("bench_campaign", "Two years of nights", (), ("2",), "quality.md", 4 * 3600.0),
    Bench("bench_pixel_nights", "Lights of nights drawn in pixels", page="verdicts.md",
          limit_s=4 * 3600.0),
    Bench("bench_verdicts", "Verdicts on lights", page="verdicts.md", limit_s=8 * 3600.0),
    Bench("bench_zeropoint", "Zero points and limits", page="depth.md", limit_s=4 * 3600.0),
    Bench("bench_fields", "Fields of the real sky", (), ("--to", "2", "--no-hopeless"),
          "solving.md", 12 * 3600.0),
)  # fmt: skip

SUITES = {"costs": COSTS, "accuracy": ACCURACY}
