"""How well a model of the dark predicts darks that nobody took, beside single darks that are there.

    python benchmarks/bench_dark_model.py

Simulated sensors whose every pixel is known (``tests/sensors.py``), each with darks of three
exposures at two temperatures.  What a dark between them is off by, in its mean and in hot pixels:
by the model, by the best single dark (scaled or not, with hindsight), and by ccdproc, which scales
the dark of the nearest temperature less its bias.  Then sensors with a glow that dark current does
not explain, which the model has to name.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import astropy.units as u
import ccdproc
import numpy as np
from astropy.io import fits
from astropy.nddata import CCDData

from sidebyside import ROOT

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from orders import master_order  # noqa: E402
from plateworks.darklaw import Place, within  # noqa: E402
from plateworks.orders.darkmodels import (  # noqa: E402
    DarkModelOrder,
    DarkOfModel,
    ModelledDarkOrder,
)
from plateworks.products.darkmodel import make_dark_model  # noqa: E402
from plateworks.products.masters import make_master  # noqa: E402
from plateworks.products.modelleddark import make_modelled_dark  # noqa: E402
from sensors import Sensor  # noqa: E402

PLACES = [Place(t, degc) for degc in (-20.0, -10.0) for t in (30.0, 120.0, 300.0)]
ASKED = Place(200.0, -14.0)
FRAMES = 16

CMOS = Sensor(
    width=600, height=400, egain=0.8, read_noise=1.8, dark_rate=0.003, hot=8000,
    hot_rates=(0.05, 20.0), flickering=100, column_noise=0.2, doubling=6.2,
)  # fmt: skip
SENSORS = {
    "CMOS, doubling in 6.2": CMOS,
    "CMOS, warm, doubling in 5.4": replace(CMOS, seed=2, dark_rate=0.05, doubling=5.4),
    "CCD, doubling in 7.5": replace(
        CMOS, seed=3, egain=1.5, read_noise=9.0, dark_rate=0.1, doubling=7.5, flickering=20
    ),
    "CMOS, glow that does not cool": replace(CMOS, seed=4, glow=0.1),
    "CCD, strong glow that does not cool": replace(
        CMOS, seed=5, egain=1.5, read_noise=9.0, dark_rate=0.1, doubling=7.0, glow=1.0
    ),
}
#: Sensor, places, and what the glow does not follow; None: the model holds it.
GLOWS = {
    "as long as the exposure, one temperature": (replace(CMOS, glow=0.1), PLACES[:3], None),
    "root of the exposure, one temperature": (
        replace(CMOS, glow=2.0, glow_power=0.5), PLACES[:3], "exposure",
    ),
    "as warm as it is cold, two temperatures": (replace(CMOS, glow=0.1), PLACES, None),
    "as warm as it is cold, 2 degC apart": (
        replace(CMOS, glow=0.1),
        [*PLACES[:3], *(Place(place.exposure, -18.0) for place in PLACES[:3])], "temperature",
    ),
}  # fmt: skip


def write_master(folder: Path, sensor: Sensor, place: Place) -> str:
    """Draw frames of a place, and combine them; no exposure makes a bias."""
    kind, paths = ("dark" if place.exposure else "bias"), []
    for number in range(FRAMES):
        pixels = sensor.dark(*place, take=number) if place.exposure else sensor.bias(take=number)
        paths.append(folder / f"frame_{number}.fits")
        cards = {"IMAGETYP": kind, "EXPTIME": place.exposure, "CCD-TEMP": place.temperature}
        cards |= {"INSTRUME": "simulated", "EGAIN": sensor.egain}
        fits.writeto(paths[-1], pixels[0], fits.Header(cards.items()), overwrite=True)
    path = str(folder / f"{kind}_{place.exposure:g}s_{place.temperature:g}c.fits")
    make_master(master_order(kind, paths), path)
    return path


def write_model(folder: Path, sensor: Sensor, places: list[Place]) -> tuple[Path, list[str], str]:
    """Return a model, the masters that it is of, and their bias."""
    masters = [write_master(folder, sensor, place) for place in places]
    bias, path = write_master(folder, sensor, Place(0.0, -10.0)), folder / "model.fits"
    rest = [[one for one in places if one != place] for place in places]
    darks = tuple(
        DarkOfModel(
            path=master, exposure=place.exposure, temperature=place.temperature,
            inside=within(others, place, 1.0, 0.0) is not None,
        )
        for master, place, others in zip(masters, places, rest, strict=True)
    )  # fmt: skip
    order = DarkModelOrder(darks=darks, bias=bias, bias_inside=True, degrees=1.0)
    make_dark_model(order, str(path))
    return path, masters, bias


def off(dark: np.ndarray, true: np.ndarray, hot: np.ndarray) -> tuple[float, float]:
    """Return what a dark is off by: in its mean, and 68 % of hot pixels, ADU."""
    apart = dark - true
    return float(apart.mean()), float(np.percentile(np.abs(apart[hot]), 68.27))


def by_ccdproc(dark: str, bias: str, taken: float) -> np.ndarray:
    """Return what ccdproc takes off a frame of the exposure asked for."""
    frame = CCDData(np.zeros_like(fits.getdata(bias)), unit="adu")
    read = [CCDData(fits.getdata(path), unit="adu") for path in (dark, bias)]
    freed = ccdproc.subtract_bias(*read)
    left = ccdproc.subtract_dark(
        ccdproc.subtract_bias(frame, read[1]), freed, dark_exposure=taken * u.s,
        data_exposure=ASKED.exposure * u.s, scale=True,
    )  # fmt: skip
    return -left.data


def told(name: str, sensor: Sensor) -> str:
    """Return a row of the table."""
    steady = ~sensor.maps.flickering
    true = sensor.maps.bias + sensor.dark_electrons(*ASKED) * sensor.maps.column_gain / sensor.egain
    hot = sensor.maps.hot & (sensor.dark_electrons(*ASKED) > 10 * sensor.read_noise)
    hot &= sensor.dark_electrons(300.0, -10.0) < sensor.full_well / 2
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        model, masters, bias = write_model(Path(folder), sensor, PLACES)
        path = Path(folder, "dark.fits")
        order = ModelledDarkOrder(
            model=str(model), exposure=ASKED.exposure, temperature=ASKED.temperature,
            uncertainty=True,
        )  # fmt: skip
        make_modelled_dark(order, str(path))
        began = time.process_time() - began
        header, made = fits.getheader(model), fits.getdata(path)
        noise = fits.getdata(path, "UNCERT")
        level = fits.getdata(bias)
        singles = []
        for place, master in zip(PLACES, masters, strict=True):
            pixels, k = fits.getdata(master), ASKED.exposure / place.exposure
            singles += [off(pixels, true, hot), off(level + k * (pixels - level), true, hot)]
        theirs = off(by_ccdproc(masters[4], bias, PLACES[4].exposure), true, hot)
    mean, error = off(made, true, hot)
    pulls = (made - true) / noise
    single = min(singles, key=lambda one: one[1])
    figures = [
        name,
        f"{header['DMDOUBLE'] - sensor.doubling:+.2f} ± {header['DMDBLERR']:.2f}",
        f"{mean:+.3f}",
        f"{error:.2f}",
        f"{np.percentile(np.abs(pulls[hot]), 68.27):.2f}",
        f"{np.std(pulls[steady & ~sensor.maps.hot]):.2f}",
        f"{single[0]:+.2f}, {single[1]:.2f}",
        f"{theirs[0]:+.2f}, {theirs[1]:.2f}",
        "yes" if header["DMSERVES"] else header["DMWHYNOT"],
    ]
    return "| " + " | ".join(figures) + " |"


def glowing(name: str, sensor: Sensor, places: list[Place], against: str | None) -> str:
    """Return a row of the table of glows."""
    with tempfile.TemporaryDirectory() as folder:
        header = fits.getheader(write_model(Path(folder), sensor, places)[0])
    glow = header.get("DMGLOW", "none")
    right = glow == "none" if against is None else against in glow
    return f"| {name} | {glow} | {'as it is' if right else 'WRONG'} | {header['DMSERVES']} |"


if __name__ == "__main__":
    print(f"A dark of {ASKED.exposure:g} s at {ASKED.temperature:g} degC, by {len(PLACES)} darks\n")
    print("| sensor | doubling off, degC | mean off, ADU | hot off, ADU | hot, in noise | pull "
          "of others | best single: mean, hot | ccdproc: mean, hot | serves |")  # fmt: skip
    print("|---|--:|--:|--:|--:|--:|--:|--:|---|")
    for title, one in SENSORS.items():
        print(told(title, one), flush=True)
    print("\n| glow | named | | serves |\n|---|---|---|---|")
    for title, (one, where, what) in GLOWS.items():
        print(glowing(title, one, where, what), flush=True)
