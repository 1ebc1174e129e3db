"""Draws docs/night.png and docs/comparison.png, what comes of the demonstration night, and
docs/camera.png, the page of a camera of a year as the tests draw it.

    make demo
    python docs/draw_night.py demo

Pages are photographed by Debian's Chromium; the pictures are made small, with few colours.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent / "scripts"), str(DOCS.parent / "tests")]

import cameratables  # noqa: E402
from plateworks.report.camera.page import render  # noqa: E402

CHROMIUM = "/usr/bin/chromium"
#: Pixels of the window, of which the picture shows all: of a night, and of a camera down to its
#: trends; those of the pictures along a row.
WINDOW, WINDOW_OF_CAMERA, WIDTH = (1320, 2550), (1320, 1580), 960
COLOURS = 128


def main(demo: Path) -> None:
    """Draw all from the results of a demonstration night."""
    report = demo / "results" / "report"
    [page] = report.glob("[0-9]*.html")
    with tempfile.TemporaryDirectory(prefix="page-") as folder:
        _photograph(page, WINDOW, Path(folder), DOCS / "night.png")
        tables = Path(folder, "camera")
        doubts = {"bias": ("doubtful", "level"), "flat": ("poor", "lamp")}
        tables.mkdir()
        camera = tables / "camera.html"
        camera.write_text(render(cameratables.camera(tables, verdicts=doubts)), encoding="utf-8")
        _photograph(camera, WINDOW_OF_CAMERA, Path(folder), DOCS / "camera.png")
    _keep(report / "comparison.png", DOCS / "comparison.png")


def _photograph(page: Path, window: tuple[int, int], folder: Path, target: Path) -> None:
    shot = folder / "shot.png"
    subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/profile", f"--screenshot={shot}",
            f"--window-size={window[0]},{window[1]}", page.resolve().as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    _keep(shot, target)


def _keep(picture: Path, target: Path) -> None:
    with Image.open(picture) as whole:
        small = whole.convert("RGB")
        small.thumbnail((WIDTH, 4 * WIDTH), Image.Resampling.LANCZOS)
        few = small.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(target, "PNG", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
