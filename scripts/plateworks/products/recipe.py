"""The recipes: what is done to a frame, from top to bottom.

To add a step, write it in :mod:`plateworks.products.framesteps` or
:mod:`plateworks.products.lightsteps` and give it its place here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from plateworks.products.framesteps import (
    BIAS_AND_DARK,
    COSMETIC,
    FACTOR,
    SATURATION,
    FrameContext,
)
from plateworks.products.lightsteps import (
    CLEAN_UP,
    COSMIC_RAYS,
    FLAT,
    MARKS,
    OUTPUT_TYPE,
    SKY,
    UNCERTAINTY,
    UNCERTAINTY_OF_REPAIRED,
    UNITS,
    LightContext,
)
from plateworks.products.steps import PixelStep, Step

#: A light, from the raw frame to the product.
LIGHT: tuple[Step[LightContext], ...] = (
    FACTOR,
    BIAS_AND_DARK,
    SATURATION,
    COSMETIC,
    FLAT,
    CLEAN_UP,
    UNCERTAINTY,
    COSMIC_RAYS,
    SKY,
    UNCERTAINTY_OF_REPAIRED,
    MARKS,
    UNITS,
    OUTPUT_TYPE,
)

#: A flat, before it is brought to the level of the others and combined with them.
FLAT_FRAME: tuple[PixelStep[FrameContext], ...] = (FACTOR, BIAS_AND_DARK, COSMETIC)

#: A light of a session for which flats are tried.
TRIAL_FRAME: tuple[PixelStep[FrameContext], ...] = (BIAS_AND_DARK, COSMETIC)


def files_used(recipe: Iterable[Step], there: Container[str]) -> list[str]:
    """Return the words for those files that a recipe uses and that are there, in its order."""
    return [word for step in recipe for word in step.uses if word in there]
