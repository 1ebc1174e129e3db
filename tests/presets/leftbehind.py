"""What the old programs leave in a folder, by the rows of docs/coming-from.md that are run there.

Names are those of the guides; what the files hold is nothing that a test could take for right.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from presets.astepfolders import OLD, of_date
from presets.page import Row
from presets.trees import SHAPE
from presets.wbppmasters import BIAS, DARK, FLAT, LONG_DARK, NEW_FLAT

#: The level of their pixels, ADU.
LEVEL = 777.0

_DARK = ("dark120s.fit", "cosme120s.lst")
_FLAT = ("flat_r.fit",)
_AUTO = (
    *(f"output_exp{name}_001.fit" for name in ("120_L", "120_Ha", "120_OIII", "70_Ha")),
    "output_exp120_L_002.fit", "output_exp120_L_003.fit", "debug/2024_05_20_L/light_median.fit",
    "debug/2024_05_20_L/hp_flat_L_20240518_sigma12.3_best.fit",
)  # fmt: skip
_FINISHED = tuple(f"data/{name}" for name in of_date(OLD, kinds=("CAL",)))
_CALIBRATED = "master/calibrated/masterFlat_FILTER_L/flats_0_c.xisf"


def _output(folder: str, *masters: str) -> tuple[str, ...]:
    return tuple(f"{folder}/master/{name}" for name in masters)


_ALL = (BIAS, DARK, LONG_DARK, FLAT)
OST = tuple(
    f"master_frames/master_{name}_20250729_143022.fits"
    for name in ("bias", "dark_0.001s", "dark_1.000s", "dark_5.000s", "flat_1.000s")
)

#: How a row begins -> the files; the longest beginning counts.  There is one for every row.
_LEFT = {
    "`med": ("master_bias.fit",),
    "`med bias*.fit bias.fit": ("bias.fit",),
    "`makedark": _DARK,
    "`makedark darks/ bias*.fit`": ("bias.fit", *_DARK),
    "`makeflat": _FLAT,
    "`make_cosme": ("cosme.lst",),
    "`calibrate raw001.fit": ("out.fit",),
    "`calibrate raw*.fit": ("calibrated001.fit", "calibrated002.fit"),
    "`calibrate light0001.fit": ("calib0001.fit", "calib0002.fit"),
    "`calibrate *.fit": ("output/M 31.fit", "output/M-31.fit"),
    "`calibrate @filelist.txt": ("result001.fit", "result002.fit"),
    "`autocalibrate": _AUTO,
    "`./scripts/cal.sh": _FINISHED,
    "`python src/photocal.py": _FINISHED,
    "a date range": _FINISHED,
    "one date": _FINISHED,
    "`ap-wbpp-calibration input_dir": (*_output("output_dir", *_ALL), f"output_dir/{_CALIBRATED}"),
    "`ap-wbpp-calibration input_dir output_dir --bias-master-dir": _output("output_dir", FLAT),
    "`ap-wbpp-calibration input_dir output_dir --script-only": (),  # it makes no images
    "the same without PixInsight": _output("output_dir", *_ALL),
    "build a bias library": _output("MasterLibrary/bias", BIAS),
    "build flats with a library": _output("2026-01-27/output", FLAT),
    "three stages": _output("masters", BIAS, DARK, FLAT),
    "new flats with an existing library": _output("output", NEW_FLAT),
    "flats without calibration": _output("output", FLAT),
    "`python calibration/calibration_workflow.py": OST,
    "`… --": OST,
    "`calibrated_image": OST,
}


def leave_behind(row: Row, folder: Path) -> dict[Path, bytes]:
    """Write what the old program left for a row, where nothing lies; return it."""
    begins = max((one for one in _LEFT if row.theirs.startswith(one)), key=len)
    paths = [folder / name for name in _LEFT[begins]]
    for path in (one for one in paths if not one.exists()):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path)
    return {path: path.read_bytes() for path in paths}


def _write(path: Path) -> None:
    if path.suffix == ".lst":
        path.write_bytes(b"P 1 1\r\n")
    elif path.suffix == ".xisf":
        write_image(path, Image(np.full(SHAPE, LEVEL, np.float32), fits.Header()))
    else:
        fits.writeto(path, np.full(SHAPE, LEVEL, np.float32))
