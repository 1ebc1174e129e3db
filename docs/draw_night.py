"""Draws docs/night.png and docs/comparison.png: what comes of the demonstration night.

    make demo
    python docs/draw_night.py demo

The page is photographed by Debian's Chromium; both pictures are made small, with few colours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
CHROMIUM = "/usr/bin/chromium"
#: Pixels of the window, of which the picture shows all; those of the pictures along a row.
WINDOW, WIDTH = (1320, 2550), 960
COLOURS = 128


def main(demo: Path) -> None:
    """Draw both from the results of a demonstration night."""
    report = demo / "results" / "report"
    [page] = report.glob("[0-9]*.html")
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        shot = Path(folder, "shot.png")
        subprocess.run(
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={folder}/profile", f"--screenshot={shot}",
                f"--window-size={WINDOW[0]},{WINDOW[1]}", page.resolve().as_uri(),
            ],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        _keep(shot, DOCS / "night.png")
    _keep(report / "comparison.png", DOCS / "comparison.png")


def _keep(picture: Path, target: Path) -> None:
    with Image.open(picture) as whole:
        small = whole.convert("RGB")
        small.thumbnail((WIDTH, 4 * WIDTH), Image.Resampling.LANCZOS)
        few = small.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(target, "PNG", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
