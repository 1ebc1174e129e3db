"""Which pattern of colours the flats of a set show, where none of them names one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from plateworks.orders.frames import FrameOrder
from plateworks.pixels.mosaic import patterns_seen
from plateworks.products.inputs import Inputs
from plateworks.products.reading import FrameReader
from plateworks.products.screened import read_sample, sampled

#: So many flats of a set tell whether there are colours.
_FEW = 3


def patterns_of(
    readers: Sequence[FrameReader], orders: Sequence[FrameOrder], inputs: Inputs
) -> tuple[str, ...]:
    """Return the patterns of colours that most of a few flats show."""
    few = range(0, len(readers), max(1, -(-len(readers) // _FEW)))
    seen = Counter(p for i in few for p in _seen_in(readers[i], orders[i], inputs))
    return tuple(pattern for pattern, count in seen.items() if 2 * count > len(few))


def _seen_in(reader: FrameReader, order: FrameOrder, inputs: Inputs) -> tuple[str, ...]:
    sample = read_sample(reader).astype(np.float32)
    taken = inputs.taken_off(order.subtraction)
    return patterns_seen(sample if taken is None else sample - sampled(taken))
