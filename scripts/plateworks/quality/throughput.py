"""How much light of the stars of a field comes through in each of its lights, and where not.

Stars of the field are those of the light that shows most, as far as others show them too.  Each
light has one factor, each star one brightness: medians in turn, so that variable stars, trails and
blocked cells move neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from plateworks.quality.measured import NO_STARS, Measured, Stars, cell_of
from plateworks.quality.missing import DIM, SURELY, UNKNOWN, Cells, beside_trails, likely
from plateworks.quality.registration import LEAST, Placed, register
from plateworks.quality.robust import median, scatter

#: Of the field, so many of the brightest are followed, if a share of the lights shows them.
MOST, SHARE = 500, 0.3
#: A star must show where it would be so many times as bright as the faintest source there.
BRIGHT = 2.0
#: Stars nearer to the edge, in widths of a star, are cut, and tell nothing.
EDGE = 2.0
#: What one measured flux is off besides its error, as ln: flats, scintillation.
FLOOR = 0.005
_ROUNDS = 6
#: So many lights are tried for the stars of the field.
_TRIES = 4


@dataclass(frozen=True)
class Light:
    """Of one light: the factor of its starlight, as ln, and its cells.

    ``factor`` and ``error`` are NaN where no stars of the field were found; ``expected`` counts
    stars that would show under the best sky, or do in nearly all lights.
    """

    factor: float
    error: float
    matched: int
    expected: int
    placed: Placed | None
    cells: Cells


def follow(lights: Sequence[Measured]) -> list[Light]:
    """Follow the stars of one field through its lights.

    Parameters
    ----------
    lights : sequence of Measured
        Of one camera, filter and pointing.
    """
    field, placed = _registered(lights)
    xy = [_places(field, one) for one in placed]
    cells = [_cells_whole(where, light) for where, light in zip(xy, lights, strict=True)]
    rates, errors = _rates(lights, placed, len(field.x))
    rates[np.array(cells) < 0] = np.nan
    seen = np.isfinite(rates).sum(axis=0)
    known = seen >= max(2, SHARE * sum(one is not None for one in placed))
    rates[:, ~known] = np.nan
    factors, brightness = _solve(rates, errors)
    faintest = np.array([_faintest(light, one) for light, one in zip(lights, placed, strict=True)])
    # Near the limit only those show that the noise lifts: without them once more, where that leaves
    # enough; a dim light looks brighter by them, never dimmer.
    lost = brightness + factors[:, None] < np.log(BRIGHT) + faintest[:, None]
    lost &= (np.isfinite(rates) & ~lost).sum(axis=1, keepdims=True) >= LEAST
    factors, brightness = _solve(np.where(lost, np.nan, rates), errors)
    inside = np.array(cells) >= 0
    bright = known & (brightness > np.log(BRIGHT) + median(faintest))
    worth = int((bright | (known & _steady(np.isfinite(rates), inside, factors))).sum())
    margin = brightness + factors[:, None] - faintest[:, None]
    margin[~inside | ~known] = np.nan
    residual = rates - factors[:, None] - brightness
    shows = likely(margin, residual, factors)
    return [
        _light(one, lights[i].number("fwhm_px"), xy[i], cells[i], shows[i], residual[i], errors[i],
               factors[i], max(worth, int((margin[i] > np.log(BRIGHT)).sum())))
        for i, one in enumerate(placed)
    ]  # fmt: skip


def _steady(found: np.ndarray, inside: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return which stars nearly all lights show that are not dim, however faint: (S,) bool."""
    clear = factors >= median(factors) + DIM
    return found[clear].sum(axis=0) >= SURELY * np.maximum(inside[clear].sum(axis=0), 1)


def _registered(lights: Sequence[Measured]) -> tuple[Stars, list[Placed | None]]:
    """Return the stars of the field, and where they lie in each light.

    They are those of the light that shows most, unless it stands alone: then it shows another
    field, and the next is tried.
    """
    ranked = sorted(
        range(len(lights)),
        key=lambda i: (-bool(np.isfinite(lights[i].stars.ra).any()), -lights[i].stars.x.size),
    )
    best: tuple[Stars, list[Placed | None]] = (NO_STARS, [None] * len(lights))
    count = 0
    for one in ranked[:_TRIES]:
        field = _first(lights[one].stars, MOST)
        if field.x.size < LEAST:
            continue
        placed = [register(field, light.stars) for light in lights]
        found = sum(place is not None for place in placed)
        if found > count:
            best, count = (field, placed), found
        if count > len(lights) / 2:
            break
    return best


def _first(stars: Stars, count: int) -> Stars:
    return Stars(*(values[:count] for values in stars))


def _rates(
    lights: Sequence[Measured], placed: Sequence[Placed | None], stars: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return ln of the flux in a second of each star in each light, and its error."""
    rates = np.full((len(lights), stars), np.nan)
    errors = np.full((len(lights), stars), np.nan)
    for i, (light, one) in enumerate(zip(lights, placed, strict=True)):
        if one is not None:
            flux = light.stars.flux[one.here]
            with np.errstate(divide="ignore", invalid="ignore"):
                rates[i, one.field] = np.log(flux / _exposure(light))
                errors[i, one.field] = np.hypot(light.stars.error[one.here] / flux, FLOOR)
    rates[~np.isfinite(rates) | ~np.isfinite(errors)] = np.nan
    return rates, errors


def _exposure(light: Measured) -> float:
    exposure = light.number("exposure_s")
    return exposure if exposure > 0 else 1.0


def _solve(rates: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a factor for each light, and a brightness for each star, in turn by medians."""
    factors = np.zeros(len(rates))
    brightness = np.zeros(rates.shape[1])
    for _ in range(_ROUNDS):
        brightness = _medians(rates - factors[:, None], axis=0)
        factors = _medians(rates - brightness, axis=1)
        factors -= np.nan_to_num(median(factors))
    return factors, brightness


def _medians(values: np.ndarray, axis: int) -> np.ndarray:
    import bottleneck

    return np.asarray(bottleneck.nanmedian(values, axis=axis))


def _faintest(light: Measured, placed: Placed | None) -> float:
    """Return ln of the flux in a second near which sources of a light begin to show."""
    flux = light.stars.flux[light.stars.flux > 0]
    return float(np.log(np.percentile(flux, 5) / _exposure(light))) if len(flux) else float("nan")


def _places(field: Stars, placed: Placed | None) -> np.ndarray:
    """Return where the stars of the field lie in a light: (S, 2); NaN where that is not known."""
    return np.full((len(field.x), 2), np.nan) if placed is None else placed.places(field.xy)


def _cells_whole(xy: np.ndarray, light: Measured) -> np.ndarray:
    """Return the cell of a light in which each place lies, -1 where no star is whole."""
    margin = EDGE * np.nan_to_num(light.number("fwhm_px"))
    whole = (xy > 1 + margin).all(axis=1) & (xy < np.array(light.shape[::-1]) - margin).all(axis=1)
    return np.where(whole, cell_of(np.where(whole[:, None], xy, 0.0), light.shape), -1)


def _light(
    placed: Placed | None,
    fwhm: float,
    xy: np.ndarray,
    cells: np.ndarray,
    shows: np.ndarray,
    residual: np.ndarray,
    errors: np.ndarray,
    factor: float,
    expected: int,
) -> Light:
    matched = int(np.isfinite(residual).sum())
    if placed is None or matched < LEAST:
        return Light(float("nan"), float("nan"), matched, expected, None, UNKNOWN)
    spread = scatter(residual)
    error = 1.25 * max(spread, median(errors)) / np.sqrt(matched)
    there = beside_trails(xy, cells, shows, residual, np.maximum(errors, spread), fwhm)
    return Light(factor, error, matched, expected, placed, there)
