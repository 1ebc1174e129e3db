"""Steps: what is done to a frame, one after the other, each with its name and its formula.

A recipe is a sequence of steps (:mod:`plateworks.products.recipe` has them all), and
:func:`follow` takes a frame through it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from plateworks.pixels.blocks import Change, Changed, carry_out
from plateworks.products.buffers import Loan
from plateworks.products.image import Image

#: What the steps of one frame have at hand beside its pixels.
Context = TypeVar("Context", contravariant=True)


@dataclass(frozen=True)
class PixelStep(Generic[Context]):
    """A step that needs nothing but the pixel that it changes; a run of them goes block by block.

    Attributes
    ----------
    name : str
        For people.
    formula : str
        What becomes of a pixel, in one line.
    prepare : function
        Takes the raw frame, as the steps before it leave that, and the context; gives the change to
        make, or None.  It may look at the whole frame, add cards to its header, and leave something
        in the context for later steps.
    uses : tuple of str
        Words for the files that the step needs; it is left out where a frame has none of them.
    """

    name: str
    formula: str
    prepare: Callable[[Image, Changed, Context], Change | None]
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrameStep(Generic[Context]):
    """A step that needs the whole frame.

    Attributes
    ----------
    name, formula, uses
        As those of :class:`PixelStep`.
    apply : function
        Takes the image so far and the context, and gives the next image.
    """

    name: str
    formula: str
    apply: Callable[[Image, Context], Image]
    uses: tuple[str, ...] = ()


Step = PixelStep[Context] | FrameStep[Context]


def follow(recipe: Sequence[Step[Context]], image: Image, context: Context, loan: Loan) -> Image:
    """Take one frame through a recipe.

    Parameters
    ----------
    recipe : sequence of steps
    image : Image
        The raw frame; its header is changed in place.  If its pixels are lent, they are given back
        as soon as nobody looks at them any more.
    context
        What the steps of this recipe have at hand.
    loan : Loan
        Where arrays come from.  The pixels and the mask of the result may be lent.
    """
    run: list[PixelStep[Context]] = []
    for step in recipe:
        if isinstance(step, PixelStep):
            run.append(step)
            continue
        image = _block_by_block(run, image, context, loan)
        image, run = step.apply(image, context), []
    return _block_by_block(run, image, context, loan)


def changes_of(steps: Sequence[PixelStep[Context]], raw: Image, context: Context) -> list[Change]:
    """Prepare some steps for a frame; return the changes to make, in their order."""
    changes: list[Change] = []
    for step in steps:
        change = step.prepare(raw, Changed(raw.data, changes), context)
        if change is not None:
            changes.append(change)
    return changes


def _block_by_block(
    steps: Sequence[PixelStep[Context]], raw: Image, context: Context, loan: Loan
) -> Image:
    if not steps:
        return raw
    changes = changes_of(steps, raw, context)
    pixels = loan.floats(raw.data)
    mask = loan.take(raw.data.shape, np.uint8)
    carry_out(changes, raw.data, pixels, mask)
    loan.give(raw.data)
    return replace(raw, data=pixels, mask=mask)
