"""Defects with dates: when each pixel of a setup was first and last seen to be bad, and healed.

A night that does not show a pixel says that it is well only if it could have shown it: darks that
are shorter or colder than those in which it was seen do not, and flats say nothing of darks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from plateworks.orders.defects import DARK, FLAT, DefectSource
from plateworks.products.sightings import WORDS, Sighting

if TYPE_CHECKING:
    from pandas import DataFrame

#: Of the table.
COLUMNS = (
    "x", "y", "kinds", "harm", "first_seen", "last_seen", "healed", "lasting", "last_seen_in",
)  # fmt: skip

#: So many nights in a row without a pixel heal it.
HEALS = 2
#: A pixel lasts that is named in so many of the last nights.
LASTS, LAST_NIGHTS = 2, 3
#: A dark shows what another did if it is at least this part as long, and no colder than by this.
_AS_LONG, _COLDER_DEGC = 0.95, 1.0


class History(NamedTuple):
    """The defects of a setup.

    Attributes
    ----------
    pixels : DataFrame
        One row for each pixel that a list or a mask ever named, upwards by `pixel`, its flat index.
        `first`, `last`, `healed`: nights, NaN where there is none; `kinds`: bits of
        :data:`plateworks.products.sightings.WORDS`; `harm`; `path` of what it was last seen in;
        `dark`, `flat`: whether it lasts by darks, and by flats.
    undated : int
        Sources without a date.
    """

    pixels: DataFrame
    undated: int


def history_of(sightings: Sequence[Sighting]) -> History:
    """Follow the defects of one setup over its nights.

    Parameters
    ----------
    sightings : sequence of Sighting
        In any order; of images of one size.
    """
    import pandas as pd

    nights = sorted({one.source.night for one in sightings if one.source.night is not None})
    courses = [
        _course([one for one in sightings if one.source.witness == witness], witness, nights)
        for witness in (DARK, FLAT)
    ]
    rows = pd.concat(courses).sort_values("last", kind="stable", na_position="first")
    pixels = rows.groupby("pixel", as_index=False).agg(
        first=("first", "min"),
        last=("last", "max"),
        healed=("healed", "max"),
        well=("healed", "count"),
        witnesses=("healed", "size"),
        kinds=("kinds", "sum"),  # darks and flats have no kind in common
        harm=("harm", "max"),
        path=("path", "last"),
        dark=(DARK, "max"),
        flat=(FLAT, "max"),
    )
    # Who sees a pixel in darks and in flats wants both to be well.
    pixels["healed"] = pixels["healed"].where(pixels.pop("well") == pixels.pop("witnesses"))
    names = dict(enumerate(nights))
    for column in ("first", "last", "healed"):
        pixels[column] = pixels[column].map(names)
    return History(pixels, sum(one.source.night is None for one in sightings))


def defect_rows(history: History, width: int) -> Iterator[list[object]]:
    """Yield a row of :data:`COLUMNS` for each pixel of images of this width."""
    for one in history.pixels.itertuples():
        y, x = divmod(int(one.pixel), width)
        dates = [value if isinstance(value, str) else None for value in (one.first, one.last)]
        healed = one.healed if isinstance(one.healed, str) else None
        yield [
            x + 1, y + 1, "; ".join(text for bit, text in WORDS.items() if int(one.kinds) & bit),
            float(f"{one.harm:.3g}") if np.isfinite(one.harm) else None, *dates, healed,
            "yes" if one.dark or one.flat else "no", Path(one.path).name,
        ]  # fmt: skip


def _course(sightings: Sequence[Sighting], witness: str, nights: Sequence[str]) -> DataFrame:
    """Follow the pixels that one witness tells of, night by night; nights are numbers here."""
    import pandas as pd

    empty = np.empty(0, np.int64)
    pixels = np.unique(np.concatenate([empty, *(one.pixels for one in sightings)]))
    count = len(pixels)
    ever = np.zeros(count, bool)
    first, last, gone = (np.full(count, np.nan) for _ in range(3))
    missed, recent = np.zeros(count, np.int64), np.zeros(count, np.int64)
    kinds, harm = np.zeros(count, np.int64), np.full(count, np.nan)
    paths = np.full(count, "", object)
    settings = sorted({_setting(one.source) for one in sightings}, key=repr)
    shown = np.zeros((count, len(settings)), bool)
    dated = 0
    for night, some in _by_night(sightings):
        there, named = np.zeros(count, bool), np.zeros(count, bool)
        places = [np.searchsorted(pixels, one.pixels) for one in some]
        for place, one in zip(places, some, strict=True):
            there[place] = True
            named[place] |= one.named
            paths[place] = one.source.path
        kinds[there], harm[there] = 0, np.nan
        for place, one in zip(places, some, strict=True):
            kinds[place] |= one.kinds
            harm[place] = np.fmax(harm[place], one.harm)
        ever |= named
        if night is None:  # nobody knows before or after what
            continue
        number, dated = nights.index(night), dated + 1
        here = [_setting(one.source) for one in some]
        told = [any(_shows(one, other) for one in here) for other in settings]
        looked = there | shown[:, told].any(axis=1)
        first[there & np.isnan(first)] = number
        last[there] = number
        gone[looked & ~there & (missed == 0)] = number
        missed[looked & ~there] += 1
        missed[there] = 0
        recent[looked] = (recent[looked] << 1 | named[looked]) & ((1 << LAST_NIGHTS) - 1)
        for place, setting in zip(places, here, strict=True):
            shown[place, settings.index(setting)] = True
    lasting = np.bitwise_count(recent) >= max(1, min(LASTS, dated))
    course = {
        "pixel": pixels, "first": first, "last": last, "kinds": kinds, "harm": harm, "path": paths,
        "healed": np.where(missed >= HEALS, gone, np.nan),
        DARK: lasting & (witness == DARK), FLAT: lasting & (witness == FLAT),
    }  # fmt: skip
    return pd.DataFrame(course)[ever]


def _by_night(
    sightings: Iterable[Sighting],
) -> Iterator[tuple[str | None, list[Sighting]]]:
    """Yield nights and what they show, those without a date first."""
    nights: Mapping[str | None, list[Sighting]] = defaultdict(list)
    for one in sightings:
        nights[one.source.night].append(one)
    for night in sorted(nights, key=lambda one: one or ""):
        yield night, nights[night]


def _setting(source: DefectSource) -> tuple[float | None, float | None]:
    return source.exposure, source.temperature


def _shows(one: tuple[float | None, ...], other: tuple[float | None, ...]) -> bool:
    """Whether a dark of one exposure and temperature shows what one of others did."""
    (exposure, warmth), (needed, warm) = one, other
    return _reaches(exposure, needed, lambda needed: _AS_LONG * needed) and _reaches(
        warmth, warm, lambda warm: warm - _COLDER_DEGC
    )


def _reaches(value: float | None, needed: float | None, least: Callable[[float], float]) -> bool:
    if value is None or needed is None:
        return value is needed  # who never says it takes them all alike
    return value >= least(needed)
