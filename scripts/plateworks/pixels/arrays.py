"""Names for the types of arrays; their shapes and units stand in the docstrings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

#: The type of the numbers of an array, where one of the same type comes back: ``NDArray[Number]``.
Number = TypeVar("Number", bound=np.generic)
#: Any real type: raw frames, stacks.
Reals = NDArray[Any]
#: What pixels are calculated in, and what is kept of them.
Floats = NDArray[np.float32]
#: What must not be rounded on the way.
Doubles = NDArray[np.float64]
#: Which pixels.
Bools = NDArray[np.bool_]
#: The bits of :mod:`plateworks.pixels.masks`.
Bits = NDArray[np.uint8] | NDArray[np.uint16]
#: Rows, columns, ranks and numbers of pixels.
Integers = NDArray[np.int64]
#: N values at each of M pixels, one row for each rank: an (N, M) array, or N (M,) arrays.
Rows = Reals | Sequence[Reals]
