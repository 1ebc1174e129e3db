"""Filter names: which spellings mean the same filter."""

from __future__ import annotations

from functools import lru_cache

from plateworks.inventory.tokens import NO_FILTER, identity, slug

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
        "r": ("red",),
        "g": ("green",),
        "b": ("blue",),
    }.items()
    for spelling in spellings
}


@lru_cache(maxsize=1024)
def filter_identity(name: str | None) -> str | None:
    """Return the form in which filters are compared: ``H-Alpha`` and ``HA`` are both ``ha``."""
    same = identity(name)
    return None if same is None else ALIASES.get(same, same)


def filter_token(name: str | None) -> str:
    """Return a filter as a token of a file name; ``nofilter`` where the header names none."""
    same = filter_identity(name)
    return NO_FILTER if same is None else slug(same)
