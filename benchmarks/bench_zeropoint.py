"""How well zero points, faintest stars and the sky are known, and what finding them costs.

    python benchmarks/bench_zeropoint.py [seeds]

Fields of stars of known magnitude, drawn with all their light (profiles of Moffat, the noise of
photons and of reading), are searched and measured; what is found stands beside what is true: the
zero point and its error, the scatter, the colour term, the faintest star, and the brightness of the
sky.  Then the colour terms of cameras and filters, of fields whose lights tell them poorly each by
itself; and what comes through clouds.  Fails if a zero point or a pooled colour term is off by more
than 0.02 magnitudes (where few stars tell it, by twice its error), a limit, a sky or a cloud by
more than 0.1; or if the errors of zero points are not true: off by more than half
of themselves altogether.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from knownsky import POINTING, KnownField  # noqa: E402
from plateworks.quality.colours import TOLD, pool  # noqa: E402
from plateworks.quality.judging import judge  # noqa: E402
from plateworks.quality.measured import Measured, Stars  # noqa: E402
from plateworks.quality.night import measure_night  # noqa: E402
from plateworks.sky.depth import Depth, measure_depth  # noqa: E402
from plateworks.sky.sources import SourceList, extract  # noqa: E402

#: What is asked: of zero points and colour terms, and of all else.
WITHIN, ELSE = 0.02, 0.1
#: What is drawn -> in what it differs from the usual field.
FIELDS: dict[str, dict] = {
    "usual": {},
    "0.5 arcsec/px": {"scale": 0.5, "fwhm": 6.0, "brightest": 12.0},
    "1 arcsec/px": {"scale": 1.0, "fwhm": 4.0, "brightest": 11.0},
    "5 arcsec/px": {"scale": 5.0, "fwhm": 2.0},
    "10 arcsec/px": {"scale": 10.0, "fwhm": 1.7, "zero_point": 20.0, "brightest": 6.0},
    "wide wings": {"beta": 2.5},
    "Gaussian": {"beta": 15.0},
    "mosaic": {"bayer": "RGGB", "fwhm": 3.5},
    "mosaic, 10 arcsec/px": {
        "bayer": "GRBG", "scale": 10.0, "fwhm": 2.2, "zero_point": 20.0, "brightest": 6.0,
    },
    "8 stars": {"stars": 8, "catalogued": 8, "brightest": 11.0},
    "8 stars, mosaic": {"stars": 8, "catalogued": 8, "brightest": 11.0, "bayer": "RGGB"},
    "crowded": {"stars": 5000, "catalogued": 400},
    "very crowded": {"stars": 12_000, "catalogued": 800},
    "crowded mosaic": {"stars": 5000, "catalogued": 400, "bayer": "RGGB"},
    "very crowded mosaic": {"stars": 12_000, "catalogued": 800, "bayer": "RGGB"},
    "sharp crowded mosaic": {"stars": 8000, "catalogued": 600, "fwhm": 1.8, "bayer": "GBRG"},
    "wide crowded mosaic": {"stars": 5000, "catalogued": 400, "fwhm": 3.8, "bayer": "GRBG"},
    "cloud 1 mag": {"cloud": 1.0},
    "cloud 2 mag": {"cloud": 2.0},
    "cloud 2 mag, 8 stars": {"cloud": 2.0, "stars": 8, "catalogued": 8, "brightest": 11.0},
    "colour term -0.2": {"colour_term": -0.2, "colours": True},
    "colour term 0.1": {"colour_term": 0.1, "colours": True},
    "colour term 0.2": {"colour_term": 0.2, "colours": True},
    "stars unsteady by 0.1": {"unsteady": 0.1},
    "defocused": {"fwhm": 9.0, "brightest": 8.0},
}  # fmt: skip
#: Cameras whose lights see few stars with colours, which scatter: what they differ in.
CAMERAS: dict[str, dict] = {
    "term -0.2": {"colour_term": -0.2},
    "term 0.1, mosaic": {"colour_term": 0.1, "bayer": "RGGB", "fwhm": 3.5},
    "term 0.15, 7 to 9 stars": {"colour_term": 0.15, "stars": 9, "catalogued": 9},
}
FEW = {
    "stars": 14, "catalogued": 14, "brightest": 11.0, "shape": (400, 500), "unsteady": 0.04,
    "colours": True,
}  # fmt: skip
#: Fields of each, and lights of each field.
POINTINGS, LIGHTS = 24, 3
#: Nights of one field, and the clouds of their lights in magnitudes.
NIGHTS: dict[str, dict] = {
    "usual": {},
    "mosaic": {"bayer": "RGGB", "fwhm": 3.5},
    "crowded": {"stars": 5000, "catalogued": 400},
    "very crowded mosaic": {"stars": 12_000, "catalogued": 800, "bayer": "RGGB"},
    "20 stars": {"stars": 20, "catalogued": 20, "brightest": 11.0},
}
CLOUDS = (0.0, 0.0, 0.0, 0.3, 1.0, 1.8)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    pulls, wrong = _fields(seeds)
    wrong += _colours(seeds) + _clouds(seeds)
    spread = float(np.sqrt(np.mean(np.square(pulls))))
    print(f"zero points are off by {spread:.2f} of their errors; {wrong} figures are wrong")
    sys.exit(bool(wrong) or not 0.5 < spread < 1.5)


def _fields(seeds: int) -> tuple[list[float], int]:
    """Print what each field tells; return how zero points are off, and how many are wrong."""
    print(
        f"{'field':24s} stars  zero point: off  error  scatter   colour: off  error"
        "   limit: off   sky: off   CPU s"
    )
    pulls, wrong = list[float](), 0
    for name, what in FIELDS.items():
        for seed in range(seeds):
            field = KnownField(**what, seed=seed)
            sources, depth, seconds = _measured(field)
            if isinstance(depth, str):
                print(f"{name:24s} {depth}")
                wrong += 1
                continue
            point = depth.zero_point
            colour = field.colour_term * (0.7 if point.colour is None else point.colour)
            off = depth.zero_point_of(field.exposure) - field.seen_zero_point - colour
            limit = depth.limit - field.limit - colour
            sky = depth.surface(sources.sky.level) - field.sky - colour
            term = f"{'':11s}        "
            if point.colour_term is not None:
                term = f"{point.colour_term - field.colour_term:+11.3f}  {point.colour_error:6.3f}"
            print(
                f"{name:24s} {point.stars:5d}  {depth.zero_point_of(field.exposure):10.3f}"
                f" {off:+.3f}  {point.error:.3f}    {point.scatter:.3f} {term}   {limit:+10.3f}"
                f"   {sky:+8.3f}  {seconds:6.3f}",
                flush=True,
            )
            pulls.append(off / point.error)
            wrong += abs(off) > max(WITHIN, 2 * point.error)
            wrong += abs(limit) > ELSE
            wrong += abs(sky) > ELSE
    return pulls, wrong


def _measured(field: KnownField) -> tuple[SourceList, Depth | str, float]:
    """Search and measure: the sources, the depth, CPU seconds of measuring."""
    sources = extract(field.image, field.mask, bayer=field.bayer)
    start = time.process_time()
    depth = measure_depth(sources, field.mask, field.lens, 0.1, field.known)
    return sources, depth, time.process_time() - start


def _colours(seeds: int) -> int:
    """Print the colour term of each camera, and its zero points; return how many are wrong."""
    print(
        f"\n{'camera':24s} term alone: worst   pooled: off  error   zero points of colour 0:"
        "  alone  pooled  off by errors"
    )
    wrong = 0
    for name, what in CAMERAS.items():
        for seed in range(seeds):
            lights = pd.DataFrame(list(_few_stars(FEW | what, seed)))
            lights = lights.join(pool(lights))
            true = what["colour_term"]
            alone = lights["zero_point_colour"] == 0
            off = lights["zero_point_at_0"] - lights["true"]
            pull = float(np.sqrt(np.mean((off / lights["zero_point_at_0_error"]) ** 2)))
            term, error = lights[["pooled_colour_term", "pooled_colour_term_error"]].iloc[0]
            print(
                f"{name:24s} {(lights['colour_term'] - true).abs().max():17.3f}"
                f"  {term - true:+11.3f}  {error:.3f}   {'':24s} {alone.sum():6d}"
                f"  {(off.notna() & ~alone).sum():6d}  {pull:13.2f}",
                flush=True,
            )
            wrong += abs(term - true) > max(WITHIN, 2 * error)
            wrong += int(off.isna().sum()) + int(not 0.5 < pull < 1.5)
    return wrong


def _few_stars(what: dict, seed: int) -> Iterator[dict[str, object]]:
    """Yield what lights of one camera tell."""
    for pointing in range(POINTINGS):
        field = KnownField(**what, seed=1000 * seed + pointing)
        for number in range(LIGHTS):
            _, depth, _ = _measured(replace(field, frame=number))
            if isinstance(depth, str):
                continue
            point = depth.zero_point
            yield dict.fromkeys(TOLD, "") | {
                "width": field.shape[1], "height": field.shape[0], "scale_arcsec": field.scale,
                "ra_deg": POINTING[0] + pointing, "dec_deg": POINTING[1],
                "zero_point": depth.zero_point_of(field.exposure), "true": field.seen_zero_point,
                "zero_point_error": point.error, "zero_point_colour": point.colour,
                "colour_term": np.nan if point.colour_term is None else point.colour_term,
                "colour_term_error": np.nan if point.colour_error is None else point.colour_error,
                "colour_spread": np.nan if point.colour_spread is None else point.colour_spread,
            }  # fmt: skip


def _clouds(seeds: int) -> int:
    """Print what lights of a night are found to lose by clouds; return how many are wrong."""
    print(f"\n{'night':24s} clouds: off" + "".join(f"{cloud:8.1f}" for cloud in CLOUDS))
    wrong = 0
    for name, what in NIGHTS.items():
        for seed in range(seeds):
            lights = [
                _light(KnownField(**what, seed=seed, cloud=cloud, frame=number + 1), number)
                for number, cloud in enumerate(CLOUDS)
            ]
            judged = judge(measure_night(lights))
            off = -2.5 * np.log10(judged["transparency"].to_numpy(float)) - CLOUDS
            print(f"{name:24s} {'':11s}" + "".join(f"{one:+8.3f}" for one in off), flush=True)
            wrong += int((~(np.abs(off) <= ELSE)).sum())
    return wrong


def _light(field: KnownField, number: int) -> Measured:
    """Return what is known of a light before it is compared with others."""
    sources, depth, _ = _measured(field)
    height, width = field.shape
    ra, dec = field.lens.to_sky(sources.fits_xy)
    zero, error = None, None
    if isinstance(depth, Depth):
        zero, error = depth.zero_point_of(field.exposure), depth.zero_point.error
    values = {
        "frame": f"light_{number}", "object": "field", "camera": "camera", "filter": "V",
        "width": width, "height": height, "exposure_s": field.exposure, "mjd": 61100 + number / 96,
        "airmass": 1.1, "solved": True, "ra_deg": POINTING[0], "dec_deg": POINTING[1],
        "scale_arcsec": field.scale, "sources": len(sources), "fwhm_px": sources.median_fwhm,
        "ellipticity": sources.median_ellipticity, "sky": sources.sky.level,
        "sky_noise": sources.sky.rms, "zero_point": zero, "zero_point_error": error,
        "reason": None,
    }  # fmt: skip
    x, y = sources.fits_xy.T
    stars = Stars(x, y, ra, dec, sources.flux, sources.flux_err, sources.ellipticity, sources.theta)
    return Measured(values, POINTING, field.shape, stars, sources.sky.levels.ravel())


if __name__ == "__main__":
    main()
