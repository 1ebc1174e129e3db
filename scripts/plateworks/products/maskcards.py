"""The cards of an image that tell of its mask: what bits mean, and how many pixels have each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from astropy.io import fits

from plateworks.metadata.kinds import KINDS
from plateworks.pixels.arrays import Bits
from plateworks.pixels.masks import BITS, BITS_BY_MODEL, BITS_OF_MASTERS, marked
from plateworks.products.darkcards import OF_MODEL
from plateworks.products.headers import put

_MASTERS = frozenset(kind.master for kind in KINDS.values() if kind.master)


def bits_of(header: fits.Header) -> Mapping[int, tuple[str, str]]:
    """Return the bits that the mask of an image with these cards may have: keyword and meaning."""
    if header.get("IMAGETYP") in _MASTERS:
        return BITS_OF_MASTERS
    return BITS_BY_MODEL if OF_MODEL in header else BITS


def put_counts(header: fits.Header, mask: Bits) -> None:
    """Say in the header of an image how many pixels have each bit of its mask."""
    told = mask.ravel()[marked(mask)].astype(np.uint16)
    for bit, (keyword, meaning) in bits_of(header).items():
        count = int(np.count_nonzero(told & bit))
        put(header, f"N{keyword}", count, f"pixels: {meaning}"[:47])


def remove_counts(header: fits.Header) -> None:
    """Take out what :func:`put_counts` says: the mask has become another."""
    for keyword, _ in BITS_BY_MODEL.values():
        header.remove(f"N{keyword}", ignore_missing=True)
