"""The patterns of colours that a Bayer mosaic may begin with: one list, for headers and pixels."""

from __future__ import annotations

from typing import Literal, get_args

#: Colours of the first two by two pixels, row by row.
BayerPattern = Literal["RGGB", "BGGR", "GRBG", "GBRG"]
#: By whether their greens lie on the diagonal that goes down to the right.
PATTERNS: dict[bool, tuple[str, ...]] = {
    down: tuple(one for one in get_args(BayerPattern) if (one[0] == "G") == down)
    for down in (True, False)
}
