"""What the header of a model of the dark says, for plans that it may serve.

A model is no frame of any kind, and neither is a dark that is made of one: that is made anew by
each run, for the exposures and temperatures of its own lights.
"""

from __future__ import annotations

from typing import NamedTuple

from plateworks.metadata.kindcards import MAIN_KEY
from plateworks.metadata.texts import known_text
from plateworks.metadata.values import Cards

#: IMAGETYP of a model, and of a dark that is made of one.
MODEL, MODELLED = "Dark Model", "Modelled Dark"
#: Where its darks were taken; whether it serves, and if not, why not.
KEYS = PLACES, SERVES, WHY_NOT = "DMPLACES", "DMSERVES", "DMWHYNOT"


class ModelTold(NamedTuple):
    """What is told of a model.

    Attributes
    ----------
    places : str or None
        Where its darks were taken, in the words of :func:`plateworks.darklaw.told_of_darks`; empty
        of a dark that is made of one; None of what is neither, or does not serve.
    doubt : str or None
        Why it is not used, as a clause.
    """

    places: str | None = None
    doubt: str | None = None


def read_model(cards: Cards) -> ModelTold:
    """Read what a header tells of a model of the dark; mostly nothing."""
    kind = cards.get(MAIN_KEY)
    if kind == MODELLED:
        return ModelTold("")
    if kind != MODEL:
        return ModelTold()
    if cards.get(SERVES) is not True:
        why = known_text(cards.get(WHY_NOT)) or f"its header does not say {SERVES}"
        return ModelTold(doubt=f"it is a model of the dark that does not serve: {why}")
    places = known_text(cards.get(PLACES))
    if places is None:
        return ModelTold(doubt=f"it is a model of the dark that does not say {PLACES}")
    return ModelTold(places)
