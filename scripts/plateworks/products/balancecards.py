"""The cards that keep what white is: of a flat that is levelled by colour, and of its lights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from astropy.io import fits

from plateworks.metadata.values import number
from plateworks.pixels.whitebalance import Balance
from plateworks.products.headers import put

#: Levels of red and blue over green: of the frames of a flat, before they were levelled by colour.
BY_FLAT = ("FLATRED", "FLATBLUE")
#: Factors on red and blue that a camera was set to (:mod:`plateworks.metadata.rawsensor`).
BY_CAMERA = ("WBRED", "WBBLUE")
CARDS = (*BY_FLAT, *BY_CAMERA)
#: No light of a flat, and no camera, is farther from white.
_MOST = 1000.0


def put_balance(header: fits.Header, balance: Balance | None) -> None:
    """Say in a flat what light its frames were of, and in a light by which flat it was divided."""
    if balance is None:
        return
    for keyword, value, colour in zip(BY_FLAT, balance, ("red", "blue"), strict=True):
        put(header, keyword, float(value), f"{colour} over green in the light of the flat")


def flat_balance(cards: Mapping[str, Any]) -> Balance | None:
    """Return what the light of a flat was, by its cards or by those of a light."""
    told = [_told(cards, keyword) for keyword in BY_FLAT]
    red, blue = told
    return None if red is None or blue is None else Balance(red, blue)


def balance_known(cards: Mapping[str, Any]) -> tuple[str, Balance] | None:
    """Return what is white in a light by its cards, and who says so: ``flat`` or ``camera``."""
    for told_by, balance in (("flat", flat_balance(cards)), ("camera", camera_balance(cards))):
        if balance is not None:
            return told_by, balance
    return None


def camera_balance(cards: Mapping[str, Any]) -> Balance | None:
    """Return what is white by the camera that took a light."""
    red, blue = (_told(cards, keyword) for keyword in BY_CAMERA)
    return None if red is None or blue is None else Balance(1.0 / red, 1.0 / blue)


def _told(cards: Mapping[str, Any], keyword: str) -> float | None:
    value = cards.get(keyword)
    found = number(value) if isinstance(value, int | float | str) else None
    return found if found is not None and 1.0 / _MOST < found < _MOST else None
