"""The golden night: frames and masters drawn so that every computer draws the same bytes.

The arithmetic is what IEEE 754 defines to the last bit (plus, minus, times, divided by, square
root), number by number, and chance is a hash of whole numbers.  Whatever else there is, the sum of
an array, a power, a sine, a library's random stream, may change with the processor or the version;
where a sine is needed, its result is rounded to far less than it knows.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import math
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.io import fits

ROOT = Path(__file__).parents[2]
STARS = ROOT / "config" / "demo" / "stars.csv"

#: Height and width.  A preview for the trial of flats needs more than 128 pixels each way.
SHAPE = (192, 256)
#: Degrees, of the middle of the field (M 39); arcseconds a pixel, so that demo stars make quads.
FIELD, SCALE = (322.95, 48.43), 12.0
#: ADU of a star of V_T = 10 in a second, of the sky in a second, and of the read noise.
STAR, SKY, READ_NOISE = 1400.0, 14.0, 5.0
EVENING = datetime(2025, 8, 15, 18)


class Camera(NamedTuple):
    """A sensor, and how wide its stars are: FWHM in pixels."""

    name: str
    bayer: str | None
    egain: float  # electrons per ADU
    fwhm: float


MONO = Camera("Golden Mono", None, 0.75, 2.4)
COLOUR = Camera("Golden Colour", "RGGB", 1.25, 4.2)


# -- chance ----------------------------------------------------------------------------------------


def hashed(*names: object) -> np.ndarray:
    """Return 64 random bits for each pixel, (H, W) uint64: those of SplitMix64 from a named start.

    Source: G. L. Steele, D. Lea, C. H. Flood, *Fast splittable pseudorandom number generators*,
    OOPSLA 2014.
    """
    start = hashlib.sha256(repr(names).encode()).digest()[:8]
    bits = np.arange(1, math.prod(SHAPE) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits += np.uint64(int.from_bytes(start, "little"))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return (bits ^ (bits >> np.uint64(31))).reshape(SHAPE)


def uniform(*names: object) -> np.ndarray:
    """Return (H, W) float64 between 0 and 1."""
    return (hashed(*names) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(*names: object) -> np.ndarray:
    """Return (H, W) float64 of mean 0 and variance 1, nearly normal: a sum of four dice."""
    bits = hashed(*names)
    dice = [(bits >> np.uint64(16 * k)) & np.uint64(0xFFFF) for k in range(4)]
    total = dice[0] + dice[1] + dice[2] + dice[3]
    return (total.astype(np.float64) - 131070.0) / 37837.23


# -- the sensor and the sky ------------------------------------------------------------------------


def bias(camera: Camera) -> np.ndarray:
    """Return the fixed pattern of the electronics, ADU: uneven columns, and a few cold pixels."""
    columns = uniform(camera.name, "columns")[:1] * 8.0
    return 500.0 + columns - np.where(uniform(camera.name, "cold") < 0.0003, 90.0, 0.0)


def dark_rate(camera: Camera) -> np.ndarray:
    """Return the dark current in ADU a second: uneven, with a glow and one hot pixel in 250."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    rate = 0.6 + 0.8 * uniform(camera.name, "dark")
    rate += 1500.0 / (600.0 + (x - 256.0) * (x - 256.0) + (y - 192.0) * (y - 192.0))
    chosen = uniform(camera.name, "hot")
    heat = uniform(camera.name, "heat")
    return rate + np.where(chosen < 0.004, 4.0 + 300.0 * heat * heat * heat, 0.0)


def response(camera: Camera, dust: tuple[int, int]) -> np.ndarray:
    """Return what passes vignette and a wide shadow, (H, W); some pixels respond to little or none.

    A shadow less wide would not count in the trial of flats, which takes stars away first.
    """
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    passed = 1.0 - 0.3 * ((x - 131.0) * (x - 131.0) + (y - 92.0) * (y - 92.0)) / 25_600.0
    near = (x - dust[0]) * (x - dust[0]) + (y - dust[1]) * (y - dust[1])
    passed *= 1.0 - 0.08 / (1.0 + (near / 4900.0) * (near / 4900.0))
    passed *= 1.0 + 0.006 * normal(camera.name, "response")
    weak = uniform(camera.name, "weak")
    return passed * np.where(weak < 0.0002, 0.01, np.where(weak < 0.0008, 0.3, 1.0))


def speck(dust: tuple[int, int]) -> np.ndarray:
    """Return what passes a sharp speck of dust, (H, W)."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    near = (x - dust[0]) * (x - dust[0]) + (y - dust[1]) * (y - dust[1])
    return np.where(near < 7.0, 0.85, 1.0)


def colours(camera: Camera) -> np.ndarray:
    """Return the response of the colour filters, all 1 without any."""
    out = np.ones(SHAPE)
    if camera.bayer:
        out[0::2, 0::2], out[0::2, 1::2] = 0.55, 0.9
        out[1::2, 0::2], out[1::2, 1::2] = 0.85, 0.6
    return out


def sky(camera: Camera, seconds: float, shift: tuple[int, int]) -> np.ndarray:
    """Return stars and sky before any filter, ADU; `shift` is in pixels to the right and down."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(np.float64)
    light = SKY * seconds * (1.0 + 0.0002 * x - 0.0003 * y)
    width2 = (camera.fwhm / 1.02) * (camera.fwhm / 1.02)
    for star_x, star_y, strength in _stars():
        dx, dy = x - star_x - shift[0], y - star_y - shift[1]
        # Moffat's profile of exponent 3, whose integral is pi/2 times the square of its width.
        wing = 1.0 + (dx * dx + dy * dy) / width2
        light += strength * seconds / (1.5707963 * width2) / (wing * wing * wing)
    return light


def _stars() -> list[tuple[float, float, float]]:
    """Return place and strength (ADU a second) of each star, in the gnomonic projection.

    North is up and east to the right, the frame being stored top row first.
    """
    ra0, dec0 = map(math.radians, FIELD)
    found = []
    with open(STARS, newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            ra, dec = math.radians(float(row["ra"])) - ra0, math.radians(float(row["dec"]))
            depth = math.sin(dec0) * math.sin(dec) + math.cos(dec0) * math.cos(dec) * math.cos(ra)
            east = math.cos(dec) * math.sin(ra) / depth
            north = math.cos(dec0) * math.sin(dec) - math.sin(dec0) * math.cos(dec) * math.cos(ra)
            pixel = math.radians(SCALE / 3600)
            x, y = (SHAPE[1] - 1) / 2 + east / pixel, (SHAPE[0] - 1) / 2 - north / depth / pixel
            if -5 < x < SHAPE[1] + 5 and -5 < y < SHAPE[0] + 5:
                strength = round(STAR * 10 ** (-0.4 * (float(row["vt"]) - 10)))
                found.append((round(x * 8) / 8, round(y * 8) / 8, float(strength)))
    return found


def expose(
    camera: Camera, name: str, seconds: float, light: np.ndarray | float = 0.0
) -> np.ndarray:
    """Take one frame: `light` is what falls on the pixels, ADU; returns (H, W) uint16."""
    level = dark_rate(camera) * seconds + light
    noise = normal(name, "shot") * np.sqrt(level / camera.egain) + READ_NOISE * normal(name, "read")
    return np.clip(np.rint(bias(camera) + level + noise), 0, 65_535).astype(np.uint16)


def struck(pixels: np.ndarray, name: str) -> np.ndarray:
    """Return a frame that cosmic rays hit: a dozen short tracks."""
    height, width = SHAPE
    out = pixels.astype(np.int64)
    for number in range(12):
        bits = int(hashed(name, "ray", number)[0, 0])
        x, y, down = bits % (width - 4), (bits >> 20) % (height - 4), (bits >> 40) & 1
        for step in range(1 + (bits >> 41) % 4):
            out[y + step * down, x + step * (1 - down)] += 1500 + (bits >> 44) % 6000
    return np.clip(out, 0, 65_535).astype(np.uint16)


# -- files -----------------------------------------------------------------------------------------


def write(
    path: Path, camera: Camera, kind: str, pixels: np.ndarray, seconds: float, start: datetime,
    **cards: object,
) -> None:  # fmt: skip
    """Write one frame with the header of a camera program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = fits.Header()
    header["IMAGETYP"] = (kind, "Type of exposure")
    header["EXPTIME"] = (seconds, "[s] Exposure duration")
    header["DATE-OBS"] = (start.isoformat(timespec="milliseconds"), "Time of observation (UTC)")
    header["INSTRUME"], header["XBINNING"], header["YBINNING"] = camera.name, 1, 1
    header["GAIN"], header["OFFSET"], header["EGAIN"] = 100, 50, camera.egain
    header["SET-TEMP"], header["CCD-TEMP"] = -10.0, -10.0 + 0.1 * (start.second % 3)
    header["XPIXSZ"], header["YPIXSZ"], header["FOCALLEN"] = 3.76, 3.76, 64.63
    header["SITELAT"], header["SITELONG"] = 47.0, 11.0
    header["TELESCOP"], header["ROWORDER"] = "Lens 65", "TOP-DOWN"
    if camera.bayer:
        header["BAYERPAT"], header["XBAYROFF"], header["YBAYROFF"] = camera.bayer, 0, 0
    for key, value in cards.items():
        header[key.replace("_", "-")] = value
    if kind == "LIGHT":
        header["RA"], header["DEC"] = FIELD
        # What must be taken over, written anew, and taken out again.
        header["OBSNOTE"] = "a text too long for one card, which goes on in others: " + "so " * 20
        header["HIERARCH Focuser position"] = (14250, "steps")
        header["CTYPE1"], header["CRVAL1"], header["CD1_1"] = "RA---TAN", 10.5, 0.001
        header.add_comment("Taken through thin cloud.")
        header.add_history("focused before this frame")
    fits.PrimaryHDU(pixels, header).writeto(path)


def write_set(
    folder: Path, camera: Camera, kind: str, count: int, seconds: float, start: datetime,
    light: np.ndarray | float = 0.0, stem: str = "", **cards: object,
) -> None:  # fmt: skip
    """Write `count` calibration frames of one kind."""
    stem = stem or kind.lower()
    for number in range(count):
        name = f"{stem}_{number}"
        pixels = expose(camera, name, seconds, light)
        if kind == "DARK":
            pixels = struck(pixels, name)
        when = start + timedelta(seconds=number * (seconds + 1))
        write(folder / f"{name}.fits", camera, kind, pixels, seconds, when, **cards)


def write_lights(
    folder: Path, camera: Camera, count: int, seconds: float, dust: tuple[int, int]
) -> None:
    """Write lights in L, each of them a few pixels off the last."""
    passed = response(camera, dust) * colours(camera)
    for number in range(count):
        name = f"light_{number}"
        light = sky(camera, seconds, (3 * number, -2 * number)) * passed
        pixels = struck(expose(camera, name, seconds, light), name)
        when = EVENING + timedelta(hours=4, seconds=number * (seconds + 5))
        write(folder / f"{name}.fits", camera, "LIGHT", pixels, seconds, when, FILTER="L")


def write_masters(folder: Path, camera: Camera, flats: dict[str, tuple[int, int]]) -> None:
    """Write masters as another program makes them: bias, a dark of 60 s, flats by their dust."""
    before = EVENING - timedelta(days=1)
    noise = normal(camera.name, "masters")
    images = {
        "bias": (0.0, bias(camera) + 1.1 * noise, "Master Bias"),
        "dark_60s": (60.0, bias(camera) + 60.0 * dark_rate(camera) + 1.7 * noise, "Master Dark"),
    }
    for name, (seconds, pixels, kind) in images.items():
        path = folder / f"{name}.fits"
        write(path, camera, kind, pixels.astype(np.float32), seconds, before, PWNOISE=1.9)
    for day, (name, dust) in enumerate(flats.items()):
        pixels = 20_000.0 * response(camera, dust) * colours(camera) + 40.0 * normal(name)
        start = before - timedelta(days=day)
        path = folder / f"{name}.fits"
        write(path, camera, "Master Flat", pixels.astype(np.float32), 1.0, start, FILTER="L")


def write_darks(folder: Path) -> None:
    """Write darks of three exposures as another program makes them, and a light of a fourth."""
    write_lights(folder / "raw", MONO, 1, 100.0, (70, 120))
    before = EVENING - timedelta(days=1)
    for seconds in (20.0, 60.0, 180.0):
        level = seconds * dark_rate(MONO)
        noise = np.sqrt((level / MONO.egain + READ_NOISE * READ_NOISE) / 16.0)
        pixels = bias(MONO) + level + noise * normal(MONO.name, seconds)
        path, told = folder / "library" / f"dark_{seconds:g}s.fits", round(1.2 + seconds / 300, 3)
        cards = {"PWNOISE": told, "NCOMBINE": 16}
        write(path, MONO, "Master Dark", pixels.astype(np.float32), seconds, before, **cards)


def write_mono(folder: Path) -> None:
    """Write the night of the monochrome camera: every kind of frame, flats of one and two levels.

    The last light breaks off, and is set aside by the plan.
    """
    raw, dust = folder / "raw", (70, 120)
    write_set(raw, MONO, "BIAS", 5, 0.0, EVENING)
    write_set(raw, MONO, "DARK", 10, 60.0, EVENING + timedelta(minutes=5))
    write_set(raw, MONO, "DARKFLAT", 4, 2.0, EVENING + timedelta(minutes=30))
    passed = response(MONO, dust)
    # Pixels out of proportion: they lose a share of bright light only.
    bent = np.where(uniform("bent") < 0.0008, 0.8, 1.0)
    levels = (("faint", 9000.0 * passed, 40), ("full", 30_000.0 * passed * bent, 45))
    for name, light, minute in levels:
        start = EVENING + timedelta(minutes=minute)
        write_set(raw, MONO, "FLAT", 3, 2.0, start, light, f"flat_l_{name}", FILTER="L")
    start = EVENING + timedelta(minutes=50)
    dusty = 22_000.0 * passed * speck((200, 40))
    write_set(raw, MONO, "FLAT", 3, 9.0, start, dusty, "flat_ha", FILTER="Ha")
    write_lights(raw, MONO, 4, 30.0, dust)
    os.truncate(raw / "light_3.fits", 60_000)


def write_colour(folder: Path) -> None:
    """Write lights of the colour camera, and masters of another program, two flats among them."""
    write_lights(folder / "raw", COLOUR, 2, 60.0, (100, 90))
    flats = {"flat_l_moved": (170, 110), "flat_l_true": (100, 90)}
    write_masters(folder / "library", COLOUR, flats)
    hot = np.argwhere(dark_rate(COLOUR) > 4.0).tolist()
    listed = "".join(f"P {x} {y}\r\n" for y, x in hot)
    (folder / "library" / "cosme_60s.lst").write_text("# by hand\r\n" + listed, newline="")


def write_whole(folder: Path) -> None:
    """Write lights of the monochrome camera, masters of another program, and frames for more.

    The last light is packed and damaged, which only shows when its pixels are read.
    """
    write_lights(folder / "raw", MONO, 3, 30.0, (70, 120))
    last = folder / "raw" / "light_2.fits"
    packed = bytearray(gzip.compress(last.read_bytes(), 0, mtime=0))
    packed[60_000] ^= 1
    last.with_name("light_2.fits.gz").write_bytes(packed)
    last.unlink()
    write_set(folder / "raw", MONO, "BIAS", 3, 0.0, EVENING)
    write_set(folder / "raw", MONO, "DARK", 4, 60.0, EVENING + timedelta(minutes=5))
    write_masters(folder / "library", MONO, {"flat_l": (70, 120)})


def write_mosaic(folder: Path) -> None:
    """Write flats of the colour camera, and bias frames: what white is stays in the master."""
    write_set(folder / "raw", COLOUR, "BIAS", 3, 0.0, EVENING)
    lamp = 22_000.0 * response(COLOUR, (100, 90)) * colours(COLOUR)
    start = EVENING + timedelta(minutes=50)
    write_set(folder / "raw", COLOUR, "FLAT", 3, 2.0, start, lamp, "flat_l", FILTER="L")
