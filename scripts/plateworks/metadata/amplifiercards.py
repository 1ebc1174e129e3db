"""The cards by which a product tells of its amplifiers, as they are read again."""

from __future__ import annotations

from plateworks.metadata.amplifiers import SHARES_KEY, shares_of
from plateworks.metadata.bounds import within
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards

#: Of how many amplifiers a product is; the gain of each before all had one, with its number from 1.
COUNT_KEY, GAIN_KEY = "PWNAMP", "PWAGAN"
#: The same as masters told it that tell no shares yet.
_FORMER_GAIN_KEY = "PWAGAIN"
#: No camera that is known has more.
_MOST = 64
#: All that is read again.
KEYS = (
    SHARES_KEY, COUNT_KEY,
    *(f"{key}{n}" for key in (GAIN_KEY, _FORMER_GAIN_KEY) for n in range(1, _MOST + 1)),
)  # fmt: skip


def told_shares(cards: Cards) -> str | None:
    """Return by what the amplifiers of a product were brought to one gain, as it tells.

    Masters of several amplifiers that do not say so were brought to one by the gains that they
    name, or stayed as they were read.  None of all others.
    """
    told = known_text(cards.get(SHARES_KEY))
    count = parse_number(cards.get(COUNT_KEY))
    if told is not None or count is None or not 1 < count <= _MOST:
        return told
    return shares_of([_gain(cards, number) for number in range(1, int(count) + 1)])


def _gain(cards: Cards, number: int) -> float | None:
    found = (cards.get(f"{key}{number}") for key in (GAIN_KEY, _FORMER_GAIN_KEY))
    return next((one for value in found if (one := within("egain", parse_number(value)))), None)
