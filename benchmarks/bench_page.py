"""How large the page of a night of 500 lights is, and how long it takes.

    python benchmarks/bench_page.py [number of lights]

Lights of 26 megapixels by what pages read of them: header, preview and residuals; their pixels
are not written, as nobody reads them.  Skies are noise with stars, which packs worst.  Masters are
six, whole.  Fails beyond 5 MB or 60 s of processor time.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.io import fits

from sidebyside import ROOT, figure, keep

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from nightfacts import light, night  # noqa: E402
from plateworks.products.image import Image  # noqa: E402
from plateworks.products.imagefiles import write_image  # noqa: E402
from plateworks.products.preview import Preview, preview_table  # noqa: E402
from plateworks.report.night.facts import LightFacts, MasterFacts, NightFacts  # noqa: E402
from plateworks.report.night.page import numbers_of, render  # noqa: E402
from plateworks.sky.sourcetable import residual_table  # noqa: E402

SHAPE, SMALL = (4176, 6248), (83, 124)
MASTERS, STARS = 6, 800
MOST_BYTES, MOST_SECONDS = 5_000_000, 60.0


def main(count: int) -> int:
    """Print size and time of a page; return 1 where either is too much."""
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        facts = _night(Path(folder), count)
        begun = time.process_time()
        page = render(facts).encode()
        numbers = json.dumps(numbers_of(facts)).encode()
        spent = time.process_time() - begun
    figure("page.cpu", spent)
    figure("page.size", len(page) / 1e6)
    table = "| lights | page, MB | numbers, MB | CPU, s |\n|--:|--:|--:|--:|\n"
    table += f"| {count} | {len(page) / 1e6:.2f} | {len(numbers) / 1e6:.2f} | {spent:.1f} |"
    print(keep("page of a night", table))
    return int(len(page) > MOST_BYTES or spent > MOST_SECONDS)


def _night(folder: Path, count: int) -> NightFacts:
    rng = np.random.default_rng(1)
    lights = [_light(folder, number, rng) for number in range(count)]
    one, masters = night(light(0)).masters[0], list[MasterFacts]()
    for number in range(MASTERS):
        path = str(folder / f"master_{number}.fits")
        write_image(path, Image(rng.normal(500, 3, SHAPE).astype(np.float32), fits.Header()))
        masters.append(replace(one, path=path))
    return night(*lights, masters=tuple(masters))


def _light(folder: Path, number: int, rng: np.random.Generator) -> LightFacts:
    sky = rng.normal(300, 2, SMALL).astype(np.float32)
    sky[rng.random(SMALL) < 0.03] += 30
    pairs = np.column_stack(
        [rng.uniform(1, SHAPE[::-1], (STARS, 2)), rng.normal(0, 0.1, (STARS, 2))]
    )
    tables = residual_table(pairs), preview_table(Preview(sky + 500, sky), "adu")
    path = str(folder / f"light_{number:04d}.fits")
    write_image(path, Image(np.zeros((4, 4), np.float32), fits.Header(), tables=tables))
    size = {"height": float(SHAPE[0]), "width": float(SHAPE[1])}
    poor = {"verdict": "flagged", "cause": "cloud", "why": "41% of the light comes through"}
    return light(number, path=path, numbers=size, **(poor if number % 5 == 0 else {}))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
