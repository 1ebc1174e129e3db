"""What measuring the stars of a frame costs, and how right their widths are, beside others.

    python benchmarks/bench_measures.py [number of runs]

Draws frames of 26 megapixels with 3,000 stars, of one colour and of a mosaic, Gaussian and with
wings.  Each is measured in fresh processes: by us, with the tables written; by ``image2xy``, the
extraction of ``solve-field``; and by Siril, which in scripts looks for stars where it registers, so
that it does two frames.  Then the widths that are found are told beside those that were drawn.
Siril and image2xy take part if they are installed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from astropy.io import fits

from bigframes import HEIGHT, SIZE, WIDTH
from sidebyside import OUT, ROOT, Contestant, compare, keep, python, told

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from plateworks.sky.sources import extract  # noqa: E402
from pointstars import EGAIN, draw_stars  # noqa: E402

WORK = OUT / "measures"
STARS, FWHM = 3_000, 3.0
#: Name -> beta of the stars, None: Gaussian; and colours of the first 2x2 pixels.
FRAMES = {
    "one colour, Gaussian": (None, None), "one colour, Moffat 2.5": (2.5, None),
    "one colour, Moffat 4": (4.0, None), "mosaic, Moffat 3": (3.0, "RGGB"),
}  # fmt: skip
#: Widths of which the errors are told, pixels.
WIDTHS = (1.5, 2.0, 3.0, 5.0, 8.0)

OURS = """
import numpy as np
from astropy.io import fits
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.sky.measurecards import add_measures
from plateworks.sky.measures import measure_light
from plateworks.sky.sources import extract
from plateworks.sky.sourcetable import cell_table, source_table
image = read_image(sys.argv[1])
bayer = None if sys.argv[2] == "None" else sys.argv[2]
sources = extract(image.data, bayer=bayer, egain=2.0)
measure = measure_light(sources, image.bits(), image.data.shape, 1.0)
tables = source_table(sources, None, "adu", image.data.nbytes), cell_table(measure.cells, "adu")
header = add_measures(image.header, measure)
write_image(sys.argv[3], Image(np.zeros((8, 8), np.float32), header, tables=tables))
"""


def main(runs: int = 3) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    for name, (beta, bayer) in FRAMES.items():
        path = WORK / f"{name.replace(' ', '_').replace(',', '')}.fits"
        if not path.exists():
            fits.PrimaryHDU(_big(beta)).writeto(path)
        contestants = {"Plateworks": Contestant(python(OURS, path, bayer, WORK / "ours.fits"))}
        if shutil.which("siril-cli"):
            contestants["Siril register, two frames"] = Contestant(_siril(path))
        if shutil.which("image2xy"):
            theirs: list[str | Path] = ["image2xy", "-O", "-o", WORK / "xy.fits", path]
            contestants["image2xy"] = Contestant(theirs)
        print(told(f"stars of {SIZE}, {name}", compare(contestants, runs)), flush=True)
    print(f"\n{_inside()}\n\n{_widths()}")


def _big(beta: float | None) -> np.ndarray:
    drawn = draw_stars(FWHM, beta, stars=STARS, shape=(HEIGHT, WIDTH))
    return drawn.image[:HEIGHT, :WIDTH]


def _siril(path: Path) -> list[str | Path]:
    """Return the command by which Siril looks for the stars of a frame and of its twin."""
    folder = WORK / f"siril_{path.stem}"
    folder.mkdir(exist_ok=True)
    for twin in (1, 2):
        link = folder / f"light_{twin:05d}.fit"
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    script = folder / "stars.ssf"
    script.write_text("requires 1.0.0\nsetext fit\nregister light_\n", encoding="utf-8")
    return ["siril-cli", "-s", script, "-d", folder]


def _inside() -> str:
    """Return what the extraction costs within a process, in processor seconds."""
    lines = ["| extraction of 26 MP, 3,000 stars | CPU, s |", "|---|--:|"]
    for name, (_, bayer) in FRAMES.items():
        image = fits.getdata(WORK / f"{name.replace(' ', '_').replace(',', '')}.fits")
        image = image.astype(np.float32)
        spent = []
        for _ in range(4):
            begun = time.process_time()
            extract(image, bayer=bayer, egain=EGAIN)
            spent.append(time.process_time() - begun)
        lines.append(f"| {name} | {sorted(spent)[1]:.2f} |")
    return keep("extraction of stars", "\n".join(lines))


def _widths() -> str:
    """Return the median widths that each finds, as parts of those that were drawn."""
    lines = ["| FWHM in pixels, beta | ours | ours, mosaic | Siril |", "|---|--:|--:|--:|"]
    for fwhm in WIDTHS:
        for beta in (None, 4.0, 2.5):
            image = draw_stars(fwhm, beta, stars=100, shape=(1000, 1000)).image
            fits.PrimaryHDU(image).writeto(WORK / "widths.fits", overwrite=True)
            row = [extract(image, bayer=bayer).median_fwhm / fwhm for bayer in (None, "RGGB")]
            cells = [f"{one:.3f}" for one in row] + [_of_siril(WORK / "widths.fits", fwhm)]
            lines.append(f"| {fwhm:g}, {beta or 'Gaussian'} | {' | '.join(cells)} |")
    return keep("widths of stars", "\n".join(lines))


def _of_siril(path: Path, fwhm: float) -> str:
    """Return the FWHM that Siril tells of a frame, as part of the true one."""
    if not shutil.which("siril-cli"):
        return ""
    command = [str(part) for part in _siril(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [float(one) for one in re.findall(r"FWHM[xy]: +([0-9.]+) px", done.stdout)]
    return f"{sum(told[-2:]) / 2 / fwhm:.3f}" if told else "none"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
