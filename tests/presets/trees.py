"""Small trees of frames, laid out as the guides of the four systems say."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits

SHAPE = (48, 64)
HOT = (20, 30)  # row and column of a hot pixel

#: What the frames hold, ADU: bias, dark current of a second, light of a flat and of the sky.
BIAS, DARK, FLAT, SKY = 200, 2, 20000, 1000


def vignette() -> np.ndarray:
    """Return how much light reaches each pixel; its median is 1."""
    y, x = np.indices(SHAPE)
    shade = 1.0 - 0.4 * (((y - 24) / 24) ** 2 + ((x - 32) / 32) ** 2) / 2
    return shade / np.median(shade)


def pixels(kind: str, exposure: float, seed: int, bias: int = BIAS) -> np.ndarray:
    """Return the pixels of one raw frame of a kind, whole numbers with a little noise."""
    image = np.full(SHAPE, float(bias))
    image += DARK * exposure
    image[HOT] += 50 * exposure
    light = {"flat": FLAT, "light": SKY}.get(kind, 0)
    image += light * vignette()
    noise = np.random.default_rng(seed).integers(-2, 3, SHAPE)
    return np.clip(np.round(image) + noise, 0, 65535).astype(np.uint16)


def write(path: Path, image: np.ndarray, **cards: object) -> Path:
    """Write a frame; keywords with a hyphen are given with an underscore."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = fits.Header()
    for key, value in cards.items():
        header[key.replace("_", "-").upper()] = value
    fits.PrimaryHDU(image, header).writeto(path, overwrite=True)
    return path


def read(path: Path) -> np.ndarray:
    """Return the image of a file as float64."""
    return fits.getdata(path).astype(np.float64)


JD = 2460450.5  # of PULSAR's frames, where nothing else is said


def pulsar_bias(folder: Path, names: Iterable[str]) -> list[Path]:
    """Write bias frames, which need no header."""
    paths = [folder / name for name in names]
    return [write(path, pixels("bias", 0.0, seed=i)) for i, path in enumerate(paths)]


def pulsar_frame(path: Path, kind: str, seconds: float, seed: int | None = None, **changes) -> Path:
    """Write one dark, flat or light with the cards of PULSAR's guides.

    Without a seed, no two frames have the same noise: copies would be set aside.
    """
    seed = zlib.crc32(str(path).encode()) if seed is None else seed
    image = pixels(kind, seconds, seed, changes.pop("bias", BIAS))
    code = {} if kind == "dark" else {"filter": "L"}
    cards = {"imagetyp": f"{kind} frame".title(), "exptime": seconds, "jd": JD} | code | changes
    known = {key: value for key, value in cards.items() if value is not None}
    return write(path, image, instrume="ASI2600MM", **known)


def pulsar_set(folder: Path, kind: str, exposure: float, **changes) -> list[Path]:
    """Write three frames of a kind, of other noise than those of any other name."""
    name = f"{kind}_{exposure:g}_{changes.get('filter', '')}"
    return [
        pulsar_frame(path, kind, exposure, zlib.crc32(path.name.encode()), **changes)
        for path in (folder / f"{name}{i}.fit" for i in range(3))
    ]


@dataclass(frozen=True)
class Astep:
    """ASTEP's frames, laid out as its guide says; kinds stand in file names alone.

    `light` (ADU of two electrons each) comes to science frames beside the sky; the pixel `dead`
    sees a tenth of all light.
    """

    data: Path
    shape: tuple[int, int] = SHAPE
    light: np.ndarray | float = 0.0
    dead: tuple[int, int] | None = None

    def response(self) -> np.ndarray:
        """How much light reaches each pixel, 1 in the middle."""
        y, x = np.indices(self.shape)
        middle = np.array(self.shape).reshape(2, 1, 1) / 2
        radius2 = (np.array([y, x]) / middle - 1) ** 2
        response = 1.0 - 0.2 * radius2.sum(axis=0)
        if self.dead is not None:
            response[self.dead] *= 0.1
        return response

    def write(self, name: str, seconds: float, stamp: str, light: np.ndarray | float = 0.0) -> Path:
        """Write one frame of bias, dark current and light, with the noise of its electrons."""
        electrons = 2.0 * (BIAS + DARK * seconds + self.response() * light)
        # A seed of the minute: frames of a series differ.
        rng = np.random.default_rng([len(name), int(stamp[14:16])])
        image = rng.normal(electrons, np.sqrt(electrons - 2.0 * BIAS + 4.0)) / 2.0
        cards = {"exptime": seconds, "gain": 2.0, "instrume": "FLI Proline", "date_obs": stamp}
        image = np.clip(np.round(image), 0, 65535).astype(np.uint16)
        return write(self.data / name, image, origfile=Path(name).name, **cards)

    def cams(self, date: str, kind: str, hour: int, minute: int = 0) -> Path:
        """Write a DARK, BIAS or SCIENCE frame of a date."""
        seconds, light = {
            "DARK": (90.0, 0.0),
            "BIAS": (0.0, 0.0),
            "SCIENCE": (90.0, SKY + self.light),
        }[kind]
        name = f"{date}/{date}-CAMS/{date}_{hour:02d}.{minute:02d}.00_{kind}.fits"
        return self.write(name, seconds, f"{date}T{hour:02d}:{minute:02d}:00", light)

    def calibration(self, date: str, *, flats: bool = True) -> None:
        """Write three darks, and on request three sky flats with three darks of their own."""
        for minute in range(3):
            self.cams(date, "DARK", 18, minute)
            for kind, light in (("DARK", 0.0), ("SKYFLAT", float(FLAT))) if flats else ():
                hour = 17 if kind == "DARK" else 16
                stamp = f"{date}_{hour}.{minute:02d}.00"
                name = f"{date}/{date}-CAMS_SKYFLAT/{stamp}_{kind}.fits"
                self.write(name, 10.0, f"{date}T{hour}:{minute:02d}:00", light)


def ost(folder: Path) -> None:
    """Write darks in folders by exposure, and flats, as OST's guide shows them; no IMAGETYP."""
    for exposure, prefix in ((0.001, "bias"), (1.0, "dark"), (5.0, "dark")):
        for i in range(3):
            name = f"darks/exp_{exposure:.3f}s/{prefix}_20250729_143022_{i + 1:03d}.fits"
            image = pixels("dark", exposure, seed=i)
            stamp = f"2025-07-29T14:{i:02d}:22"
            write(folder / name, image, exptime=exposure, date_obs=stamp)
    for i in range(3):
        image = pixels("flat", 1.0, seed=10 + i)
        name = f"flats/flat_20250729_150022_{i + 1:03d}.fits"
        write(folder / name, image, exptime=1.0, date_obs=f"2025-07-29T15:{i:02d}:22")
