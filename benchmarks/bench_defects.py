"""How truly the defects of a sensor are found, and how lists by harm differ from those by sigma.

    python benchmarks/bench_defects.py [FOLDER]

Simulated darks whose every fault is known (``tests/sensors.py``): what is found of pixels that
harm and of those that flicker, what is found wrongly, which part of the list is harmless, and the
shot noise that the hot pixels show, for few darks and many.  Then simulated flats of several
levels: what is found of pixels that are not linear, and wrongly.  Then what watching costs beside
combining alone, on frames of 6 megapixels.  With a folder of real frames that has darks and lights
of ARCSAT: how its list changes, and what is lost of stars on listed pixels.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.io import fits

from sidebyside import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "tests"))

from orders import HOT, mask_order, master_order
from plateworks.pixels.combine import combine
from plateworks.pixels.cosmetic import find_brightest, replacements
from plateworks.pixels.defects import FLICKERS
from plateworks.pixels.masks import BAD, NONLINEAR
from plateworks.products.cosmetics import make_bad_pixel_mask, make_cosmetic_list
from plateworks.products.imagefiles import read_image
from plateworks.products.lists import read_list
from plateworks.products.masters import make_master
from plateworks.products.pixeltable import read_pixels
from sensors import Sensor

EXPOSURE = 60.0
#: Parts of the signal that pixels miss at the full well, and the sensor that has them.
MISSING = (0.01, 0.02, 0.05, 0.1)
BENT = Sensor(
    width=1500, height=1000, egain=0.8, read_noise=3.0, bits=16, pedestal=0.0, full_well=40_000.0,
    prnu=0.005, vignetting=0.3, column_gain=0.002, nonlinearity=0.02, hot=5000, flickering=1500,
    cold=300, dead=100,
)  # fmt: skip
#: A pixel harms that makes the noise a quarter greater; one is harmless that adds no tenth to it.
HARM, HARMLESS = 0.25, 0.1
#: Steps of this many read noises are asked for.
STEP = 5.0
#: Cosmic rays in a frame, as a part of its pixels.
RAYS = 1e-4

SENSORS = {
    "CMOS, 3 e⁻": Sensor(
        width=1500, height=1000, egain=0.8, read_noise=3.0, bits=16, dark_rate=0.02, hot=15_000,
        hot_rates=(0.02, 20.0), flickering=1500, flicker_steps=(15.0, 90.0),
        flicker_duty=(0.1, 0.9), glow=1.0, column_noise=0.3, column_gain=0.002, hot_columns=1,
    ),
    "CMOS, 1.5 e⁻, coarse": Sensor(
        width=1500, height=1000, egain=1.0, read_noise=1.5, bits=16, dark_rate=0.005, hot=15_000,
        hot_rates=(0.01, 5.0), flickering=1500, flicker_steps=(7.5, 45.0), flicker_duty=(0.1, 0.9),
    ),
    "CCD, 9 e⁻": Sensor(
        width=1500, height=1000, egain=1.5, read_noise=9.0, bits=16, dark_rate=0.1, hot=20_000,
        hot_rates=(0.1, 60.0), flickering=1500, flicker_steps=(45.0, 200.0),
        flicker_duty=(0.1, 0.9), hot_columns=2, bleeding=True,
    ),
}  # fmt: skip


def write_darks(folder: Path, sensor: Sensor, count: int) -> list[Path]:
    """Draw darks with cosmic rays."""
    rng, paths = np.random.default_rng(count), []
    for number in range(count):
        frame = sensor.dark(EXPOSURE, take=number)[0].astype(np.float64)
        struck = rng.random(frame.shape) < RAYS
        frame[struck] += rng.exponential(800, np.count_nonzero(struck)) / sensor.egain
        paths.append(folder / f"dark_{number}.fits")
        cards = [("IMAGETYP", "dark"), ("EXPTIME", EXPOSURE), ("INSTRUME", "simulated")]
        pixels = np.clip(np.rint(frame), 0, sensor.top).astype(np.uint16)
        fits.writeto(paths[-1], pixels, fits.Header(cards), overwrite=True)
    return paths


def listed(dark: Path, shape: tuple[int, int], **changes: float) -> np.ndarray:
    """Return which pixels the list of a master dark names."""
    path = dark.with_suffix(".lst")
    make_cosmetic_list(replace(HOT, max_fraction=1.0, **changes), str(dark), str(path))
    mask = np.zeros(shape, bool)
    pixels = read_list(path, shape).pixels
    mask[pixels[:, 1], pixels[:, 0]] = True
    return mask


def told(name: str, sensor: Sensor, count: int) -> str:
    """Return a row of the table of simulated darks."""
    electrons = sensor.dark_electrons(EXPOSURE)
    plain = sensor.read_noise**2 + sensor.column_noise**2 + sensor.egain**2 / 12
    surroundings = np.median(electrons) + sensor.maps.glow * EXPOSURE
    harm = np.sqrt((plain + electrons) / (plain + surroundings)) - 1
    flickering = sensor.maps.flickering
    with tempfile.TemporaryDirectory() as folder:
        dark = Path(folder, "master.fits")
        make_master(master_order("dark", write_darks(Path(folder), sensor, count)), str(dark))
        by_harm, by_sigma = listed(dark, sensor.shape), listed(dark, sensor.shape, hot_sigma=8.0)
        rows = read_pixels(dark)
        shot = fits.getheader(dark, "PIXELS").get("SHOTVAR", np.nan)
    assert rows is not None
    found = np.zeros(sensor.shape, bool)
    some = rows.kinds & FLICKERS != 0
    found[rows.y[some], rows.x[some]] = True
    harmful = (harm > HARM + 0.1) & ~flickering
    harmless = (harm < HARMLESS) & ~flickering
    stable = ~flickering
    figures = [
        name, str(count),
        f"{by_harm[harmful].mean():.1%}",
        f"{by_harm[flickering].mean():.1%}",
        f"{found[flickering].mean():.1%}",
        f"{np.count_nonzero(found & stable) / np.count_nonzero(stable):.1e}",
        f"{np.count_nonzero(by_harm):,}",
        f"{harmless[by_harm].mean():.1%}",
        f"{np.count_nonzero(by_sigma):,}",
        f"{harmless[by_sigma].mean():.1%}",
        f"{by_sigma[flickering].mean():.1%}",
        f"{shot * sensor.egain - 1:+.1%}",
    ]  # fmt: skip
    return f"| {' | '.join(figures)} |"


def bent(count: int, flats: int) -> str:
    """Return a row of the table of pixels that are not linear, by flats of so many levels.

    Of 500 of each kind a part of the signal is missing at the full well, in proportion to it; the
    last kind is full at half of that.
    """
    sensor, rng = BENT, np.random.default_rng(count)
    places = rng.choice(sensor.width * sensor.height, (len(MISSING) + 1) * 500, replace=False)
    groups = np.array_split(places, len(MISSING) + 1)
    full = sensor.full_well / sensor.egain
    top = 0.8 * sensor.full_well
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for level in np.geomspace(top / 8, top, count):
            for number in range(flats):
                frame = sensor.flat(level, take=number)[0].astype(np.float64)
                pixels = frame.reshape(-1)
                for some, part in zip(groups, MISSING, strict=False):
                    pixels[some] *= 1 - part * pixels[some] / full
                pixels[groups[-1]] = np.minimum(pixels[groups[-1]], full / 2)
                paths.append(Path(folder, f"flat_{level:.0f}_{number}.fits"))
                cards = [("IMAGETYP", "flat"), ("EXPTIME", level / top), ("INSTRUME", "simulated")]
                fits.writeto(paths[-1], frame.round().astype(np.uint16), fits.Header(cards))
        flat, mask = Path(folder, "master.fits"), Path(folder, "bad.fits")
        make_master(master_order("flat", paths), str(flat))
        begun = time.process_time()
        make_bad_pixel_mask(mask_order(paths), str(flat), str(mask))
        taken = time.process_time() - begun
        told = read_image(mask).data.reshape(-1)
    found, bad = told & NONLINEAR != 0, told & BAD != 0
    straight = np.ones(told.size, bool)
    straight[places] = False
    figures = [
        str(count), str(flats),
        *(f"{found[some].mean():.0%}" for some in groups),
        f"{np.count_nonzero(found & straight) / np.count_nonzero(straight):.1e}",
        f"{np.count_nonzero(bad & ~found & straight) / np.count_nonzero(straight):.1e}",
        f"{taken:.1f} s",
    ]  # fmt: skip
    return f"| {' | '.join(figures)} |"


def cost() -> str:
    """Return what watching adds to the processor time of combining twenty frames."""
    stack = np.random.default_rng(1).normal(500, 8, (20, 2000, 3000)).round().astype(np.uint16)
    taken: dict[float | None, list[float]] = {None: [], 8.0: []}
    for _ in range(5):
        for ordinary, times in taken.items():
            begun = time.process_time()
            combine(stack, ordinary=ordinary)
            times.append(time.process_time() - begun)
    plain, watched = (statistics.median(times) for times in taken.values())
    return f"combining 20 frames of 6 megapixels: {plain:.2f} s, watched {watched:.2f} s"


def real(folder: Path) -> str:
    """Tell how the list of real darks changes, and what becomes of a light."""
    darks, lights = sorted(folder.glob("Dark_*.fits")), sorted(folder.glob("LPSEB*.fits"))
    with tempfile.TemporaryDirectory() as scratch:
        dark = Path(scratch, "master.fits")
        make_master(master_order("dark", darks), str(dark))
        master = fits.getdata(dark).astype(np.float32)
        lists = {
            "8 sigma": listed(dark, master.shape, hot_sigma=8.0),
            "harm": listed(dark, master.shape),
        }
    lines = [f"{folder.name}: {len(darks)} darks"]
    for name, mask in lists.items():
        errors, lost = [], []
        for path in lights:
            light = fits.getdata(path).astype(np.float32) - master
            y, x, values = replacements(light, mask)
            errors.append(1.4826 * np.median(np.abs(light[y, x] - values)))
            stars = find_brightest(light, 4000)
            on = mask[stars[:, 1], stars[:, 0]]
            lost.append(on.mean())
        lines.append(
            f"  by {name}: {np.count_nonzero(mask):,} pixels listed; the listed differ from their "
            f"neighbours by {np.mean(errors):.1f} ADU, {np.mean(lost):.2%} of the brightest 4000 "
            "pixels are replaced"
        )
    return "\n".join(lines)


def main() -> int:
    print("| sensor | darks | harmful listed | flickering listed | told as such | good so told "
          "| list | harmless | by 8 σ | harmless | flickering | shot noise |")  # fmt: skip
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, sensor in SENSORS.items():
        for count in (3, 6, 9, 20, 40):
            print(told(name, sensor, count), flush=True)
    parts = " | ".join(f"{part:.0%}" for part in MISSING)
    print(
        f"| levels | flats of each | missing {parts} | full at half | others | bad by the ratio | |"
    )
    print(f"|{'--:|' * (len(MISSING) + 6)}")
    for count, flats in ((3, 3), (3, 5), (4, 10), (6, 10)):
        print(bent(count, flats), flush=True)
    print(cost(), flush=True)
    for folder in map(Path, sys.argv[1:]):
        print(real(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
