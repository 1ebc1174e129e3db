"""Which part of poor lights is flagged with the right cause, of nights that are drawn in pixels.

    python benchmarks/bench_pixel_nights.py [number of nights of each kind]

Nights of tests/pixelnights.py: stars with wings, coma and tilt, through our own extraction, of each
kind so many.  Fails if less than is asked is flagged by the right name, or more good ones are.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from bench_verdicts import ASKED, FALSE  # noqa: E402
from measurednights import draw_night  # noqa: E402
from pixelnights import KINDS, judged  # noqa: E402
from plateworks.quality.judging import judge  # noqa: E402
from plateworks.quality.night import measure_night  # noqa: E402


def main(count: int) -> int:
    """Print the tables; return 1 if what is asked is not met."""
    print(f"{'night':28}{'lights':>8}{'good':>6}{'flagged':>9}  cause: named, flagged, of")
    everything = []
    for name, kind in KINDS.items():
        lights = pd.concat([judged(kind, seed) for seed in range(count)])
        everything.append(lights)
        good = lights[lights.truth == ""]
        told = ", ".join(_told(lights, cause) for cause in _causes(lights))
        print(f"{name:28}{len(lights):8}{len(good):6}{_share(good.cause != ''):>9}  {told}")
    lights = pd.concat(everything)
    good = lights[lights.truth == ""]
    print(f"\nof all kinds: {_share(good.cause != '')} of {len(good)} good ones flagged")
    print(f"  as {dict(Counter(good.cause[good.cause != '']))}")
    missed = ["false"] if (good.cause != "").mean() > FALSE else []
    for cause in _causes(lights):
        some = lights[lights.truth == cause]
        asked = ASKED.get(cause, 0.0)
        named = (some.cause == cause).mean()
        print(f"  {cause}: {_told(lights, cause)}" + (f", asked {asked:.0%}" if asked else ""))
        missed += [cause] if named < asked else []
    print("\n" + (f"missed: {', '.join(missed)}" if missed else "all that is asked is met"))
    _cost()
    return int(bool(missed))


def _causes(lights: pd.DataFrame) -> list[str]:
    return sorted(set(lights.truth) - {"", "little"})


def _told(lights: pd.DataFrame, cause: str) -> str:
    some = lights[lights.truth == cause]
    named = _share(some.cause == cause)
    return f"{cause} {named}, {_share(some.cause != '')}, {len(some)}"


def _share(values: pd.Series) -> str:
    return f"{np.mean(values):.1%}" if len(values) else "-"


def _cost() -> None:
    """Print what it costs to compare and judge a thousand lights."""
    lights = draw_night(1, frames=(30, 40)).lights
    start = time.process_time()
    night = measure_night(lights)
    compared = time.process_time()
    judge(night)
    thousand = 1000 / len(lights)
    compare, verdicts = compared - start, time.process_time() - compared
    print(
        f"of {len(lights)} lights, for each 1,000: {thousand * compare:.1f} s CPU to compare, "
        f"{thousand * verdicts:.1f} to judge"
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 6))
