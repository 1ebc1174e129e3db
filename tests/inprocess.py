"""Small nights with a known sky, through every job up to the calibrated frames, in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits

from frames import settings
from plateworks.jobs.jobs import Jobs
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.cosmetics import make_bad_pixel_mask, make_cosmetic_list
from plateworks.products.masters import make_master

HEIGHT, WIDTH = 48, 64
BIAS, CURRENT, SKY = 500.0, 30.0, 400.0
CARDS = {
    "INSTRUME": "Cam", "XBINNING": 1, "YBINNING": 1, "GAIN": 100, "OFFSET": 50, "SET-TEMP": -10.0,
    "CCD-TEMP": -10.0, "FOCALLEN": 500.0, "XPIXSZ": 3.76, "TELESCOP": "Scope", "SITELONG": 0.0,
}  # fmt: skip
#: Kind -> its own cards.
KINDS = {
    "bias": {"IMAGETYP": "BIAS", "EXPTIME": 0.0},
    "dark": {"IMAGETYP": "DARK", "EXPTIME": 60.0},
    "flat": {"IMAGETYP": "FLAT", "EXPTIME": 1.0, "FILTER": "L"},
    "light": {"IMAGETYP": "LIGHT", "EXPTIME": 60.0, "FILTER": "L", "OBJECT": "T"},
}


class Sensor(NamedTuple):
    """What a sensor adds to the light: dark current with hot pixels, and what the optics leave."""

    dark: np.ndarray  # ADU in 60 s
    flat: np.ndarray  # of 1 at the brightest

    def cut(self, left: int, first: int, width: int, height: int) -> Sensor:
        """Return a part of it."""
        part = np.s_[first : first + height, left : left + width]
        return Sensor(self.dark[part], self.flat[part])


def sensor(height: int = HEIGHT, width: int = WIDTH) -> Sensor:
    """Return a sensor that looks the same from no two sides."""
    y, x = np.mgrid[:height, :width]
    dark = np.full((height, width), CURRENT)
    rng = np.random.default_rng(4)
    dark[rng.integers(0, height // 2, 12), rng.integers(0, width, 12)] += 3000.0
    return Sensor(dark, 1.0 - 0.3 * x / width - 0.2 * (y / height) ** 2)


#: Given the pixels and the cards of a frame, returns them as they are written.
Change = Callable[[np.ndarray, dict[str, Any]], tuple[np.ndarray, dict[str, Any]]]


def expose(
    folder: Path,
    kind: str,
    count: int,
    of: Sensor,
    change: Change = lambda pixels, cards: (pixels, cards),
    **cards: Any,
) -> None:
    """Write frames of one kind, a minute apart.

    Keywords with a hyphen are given with an underscore; a value of None leaves the card out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    level = {
        "bias": np.zeros_like(of.dark), "dark": of.dark, "flat": 20_000.0 * of.flat + of.dark / 60,
        "light": of.dark + SKY * of.flat,
    }[kind]  # fmt: skip
    named = {key.replace("_", "-"): value for key, value in cards.items()}
    for i in range(count):
        rng = np.random.default_rng([list(KINDS).index(kind), i])
        noise = rng.normal(0, 80.0 if kind == "flat" else 3.0, level.shape)
        pixels = np.rint(BIAS + level + noise).clip(0, 65535).astype(np.uint16)
        hour = 20 + list(KINDS).index(kind)
        told = {**CARDS, **KINDS[kind], "DATE-OBS": f"2025-03-01T{hour}:{i:02d}:00", **named}
        pixels, told = change(pixels, told)
        header = fits.Header([(key, value) for key, value in told.items() if value is not None])
        stored = {key: told[key] for key in ("BZERO", "BSCALE", "BLANK") if key in told}
        hdu = fits.PrimaryHDU(pixels, header, do_not_scale_image_data=bool(stored))
        hdu.header.update(stored)
        hdu.writeto(folder / f"{kind}_{i}.fits")


def expose_night(folder: Path, of: Sensor, change: Change | None = None, **cards: Any) -> None:
    """Write five frames of every kind of calibration, and two lights."""
    more = {} if change is None else {"change": change}
    for kind in KINDS:
        expose(folder, kind, 2 if kind == "light" else 5, of, **more, **cards)


def reduce(raw: Path, **changes: Any) -> Plan:
    """Plan a night and do all its jobs up to the calibrated frames; return the plan."""
    plan = plan_run(settings(raw, raw.parent / "results", **changes), rescan=True)
    jobs = Jobs(plan)
    order = ("bias", "dark", "darkflat", "flat")
    for master in sorted(plan.to_make, key=lambda one: order.index(one.source.key.kind)):
        if master.source.key.kind == "flat":
            _make_lists(jobs)
        make_master(jobs.master(master.path), master.path)
    _make_lists(jobs)
    for flat, mask in jobs._flats.items():
        make_bad_pixel_mask(jobs.mask(flat), flat, mask)
    calibrate_frames(jobs.calibration(plan.to_calibrate))
    return plan


def _make_lists(jobs: Jobs) -> None:
    for path, dark in jobs._darks.items():
        if Path(dark).exists() and not Path(path).exists():
            make_cosmetic_list(jobs.orders.cosmetic_list(), dark, path)


def lights(plan: Plan) -> list[fits.HDUList]:
    """Return the calibrated frames of a plan, in memory."""
    opened = []
    for light in plan.to_calibrate:
        with fits.open(light.calibrated, memmap=False) as hdus:
            opened.append(fits.HDUList([hdu.copy() for hdu in hdus]))
    return opened


def is_even(pixels: np.ndarray, level: float, tolerance: float = 0.03) -> bool:
    """Whether an image is as bright everywhere, its corners included, and without hot pixels."""
    height, width = pixels.shape
    half = np.s_[: height // 2], np.s_[height // 2 :], np.s_[: width // 2], np.s_[width // 2 :]
    parts = [pixels[y, x] for y in half[:2] for x in half[2:]]
    middles = [float(np.nanmedian(part)) for part in parts]
    even = all(abs(middle - level) <= tolerance * level for middle in middles)
    return even and float(np.nanmax(pixels)) < 1.3 * level
