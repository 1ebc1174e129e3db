"""What is subtracted from flats: one image for each exposure, as far as these fit into memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from plateworks.orders.frames import Subtraction
from plateworks.pixels.blocks import Pixels
from plateworks.pixels.calibrate import subtraction
from plateworks.products.framesteps import FrameContext
from plateworks.products.inputs import SUMS
from plateworks.products.subtrahends import Subtrahends


@dataclass
class FlatContext(FrameContext):
    """The context of one flat of a set.

    Attributes
    ----------
    held : set of Subtraction
        Of which of the set the sums are held as whole images.  Flats of twilight have an exposure
        each, and so a sum: of the others it is reckoned for the pixels that are asked for, since
        flats are combined block by block, each in its turn.
    """

    held: set[Subtraction] = field(default_factory=set)

    def taken(self) -> Subtrahends:
        """Return all that is subtracted as one image, since it is so twice, by rows."""
        return Subtrahends(None, self.inputs.taken_off(self.order.subtraction), 1.0)

    def subtract(self, shape: tuple[int, ...], pixels: Pixels) -> None:
        order = self.order.subtraction
        if len(self.held) < SUMS:
            self.held.add(order)
        if order in self.held:
            return super().subtract(shape, pixels)
        whole = self.inputs.subtrahends(order)
        if whole.dark is None or (whole.bias is None and whole.k == 1):
            return super().subtract(shape, pixels)
        total = np.empty(pixels.raw.shape, np.float32)
        nothing = pixels._replace(raw=np.zeros_like(total), image=total)
        subtraction(shape, whole.bias, whole.dark, whole.k)(nothing)
        subtraction(total.shape, dark=-total)(pixels._replace(where=slice(None)))
