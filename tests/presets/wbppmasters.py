"""What ap-wbpp-calibration makes of the frames of a folder, and the same in plain numpy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks.products.imagefiles import read_image, read_image_header
from presets import trees
from unit.pixels.reference_combine import combine_pixel

TAIL = "SETTEMP_-10.00_GAIN_100_OFFSET_50_INSTRUME_ZWO-ASI2600MM-Pro_READOUTM_high-gain-mode"
BIAS, DARK, LONG_DARK, FLAT = (
    f"{name}_{TAIL}.xisf"
    for name in (
        "masterBias", "masterDark_EXPOSURE_1.00", "masterDark_EXPOSURE_60.00",
        "masterFlat_FILTER_L_DATE-OBS_2026-01-27",
    )
)  # fmt: skip
NEW_FLAT = FLAT.replace("FILTER_L", "FILTER_Ha").replace("2026-01-27", "2026-03-01")
STAMP = r"\d{8}_\d{6}"


def masters(results: Path) -> list[str]:
    return sorted(path.name for path in (results / "master").glob("*.*"))


def image(results: Path, name: str) -> np.ndarray:
    return read_image(results / "master" / name).data.astype(np.float64)


def header(results: Path, name: str) -> fits.Header:
    return read_image_header(results / "master" / name)


def script_and_log(folder: Path, name: str) -> tuple[str, str]:
    """Return the only script of a master, and the log that has its time stamp."""
    [script] = folder.glob(f"*_{name.removesuffix('.xisf')}.js")
    assert re.match(STAMP, script.name)
    return script.read_text(), script.with_suffix(".log").read_text()


def stack(folder: Path) -> np.ndarray:
    return np.array([trees.read(path) for path in sorted(folder.glob("*.fits"))])


def mean(frames: np.ndarray, quantum: float = 0.0) -> np.ndarray:
    """Combine frames as the stand-in for PixInsight does."""
    return np.mean(frames, axis=0)


def winsorized(frames: np.ndarray, quantum: float = 0.0) -> np.ndarray:
    """Combine frames as the guide says, pixel by pixel, in plain Python."""
    columns = np.reshape(frames, (len(frames), -1)).T
    values = [combine_pixel(column, "winsorized", quantum=quantum)[0] for column in columns]
    return np.reshape(values, trees.SHAPE)


def plainly(
    frames: Path, combine=mean, factors=(2.0, 2.0, 2.0), calibrated=True
) -> dict[str, np.ndarray]:
    """The masters of the guide, plainly; `factors` scale the dark of 1 s to each flat."""
    bias, dark, long_dark = (
        combine(stack(frames / name), 1.0) for name in ("bias", "darks", "long_darks")
    )
    flats = stack(frames / "flats")
    if calibrated:
        flats = [flat - bias - k * (dark - bias) for flat, k in zip(flats, factors, strict=True)]
    level = np.median(flats[0])
    flat = combine([flat * (level / np.median(flat)) for flat in flats])
    return {BIAS: bias, DARK: dark, LONG_DARK: long_dark, FLAT: flat}


def assert_equal(results: Path, wanted: dict[str, np.ndarray], *names: str, rtol=1e-5) -> None:
    """Check that a folder has these masters and no others, with the values of `wanted`."""
    assert masters(results) == sorted(names)
    for name in names:
        np.testing.assert_allclose(image(results, name), wanted[name], rtol=rtol, atol=0.01)
