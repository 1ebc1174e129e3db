"""Filter names: which spellings mean the same filter."""

from __future__ import annotations

import re
from functools import lru_cache

from plateworks.inventory.tokens import NO_FILTER, identity, slug

#: Letters that mean one filter as a capital (Johnson and Cousins, or red, green and blue) and
#: another as a small letter (Sloan, Strömgren).
_TWO_FILTERS = frozenset("ubvrigzy")

#: identity of a spelling -> the filter's common identity
ALIASES = {
    spelling: common
    for common, spellings in {
        "ha": ("h-alpha", "halpha", "hydrogen-alpha", "h-a", "hα"),
        "oiii": ("o3", "o-iii", "o-3", "oxygen-iii"),
        "sii": ("s2", "s-ii", "s-2", "sulfur-ii", "sulphur-ii"),
        "nii": ("n2", "n-ii"),
        "hb": ("h-beta", "hbeta", "hydrogen-beta", "hβ"),
        "l": ("lum", "luminance"),
        "R": ("red",),
        "G": ("green",),
        "B": ("blue",),
    }.items()
    for spelling in spellings
} | {
    spelling.format(letter): letter
    for letter in "ugriz"
    for spelling in ("{}'", "{}p", "{}-prime", "sdss{}", "sloan{}", "sdss-{}", "sloan-{}",
                     "sdss-{}'", "sloan-{}'", "{}-sdss", "{}-sloan")
}  # fmt: skip
#: The width of the band behind a name, in the form in which names are compared.
_WIDTH = re.compile(
    r"(.*[^\W\d_]|.*[^\s_(-](?=[\s_(-]))[\s_(-]*(\d+(?:[.,]\d+)?)[\s_-]*nm\)?", re.IGNORECASE
)


@lru_cache(maxsize=1024)
def filter_identity(name: str | None) -> str | None:
    """Return the form in which filters are compared: ``H-Alpha`` and ``HA`` are both ``ha``.

    A single letter means what its case says: ``R`` is red, and ``r`` is what ``r'`` and ``SDSS r``
    are.  The width of a band is kept: ``Ha 7nm`` is ``H-Alpha (7 nm)``, and not ``Ha 3nm``.  The
    form of a form is itself.
    """
    bare = (name or "").strip()
    if len(bare) == 1 and bare.casefold() in _TWO_FILTERS:
        return bare
    same = identity(name)
    if same is None:
        return None
    band = _WIDTH.fullmatch(bare)
    if band is not None and (glass := filter_identity(band[1])) is not None:
        return f"{glass}-{band[2].replace(',', '.')}nm"
    return ALIASES.get(same, same)


def filter_token(name: str | None) -> str:
    """Return a filter as a token of a file name; ``nofilter`` where the header names none.

    Many disks do not tell ``R`` from ``r``: that of the small letter is ``r-lower``.
    """
    same = filter_identity(name)
    if same is None:
        return NO_FILTER
    return f"{same}-lower" if same in _TWO_FILTERS else slug(same)
