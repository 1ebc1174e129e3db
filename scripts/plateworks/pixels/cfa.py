"""The four positions of a colour filter array."""

from __future__ import annotations

#: Rows and columns of one position in an image: ``image[where]`` is a view.
Where = tuple[slice, slice]


#: The colours of a Bayer pattern, in the order of the planes of an image in three colours.
COLOURS = "RGB"
#: Bayer patterns, by whether their greens lie on the diagonal that goes down to the right.
PATTERNS = {True: ("GRBG", "GBRG"), False: ("RGGB", "BGGR")}


def places(pattern: str, colour: str) -> list[tuple[int, int]]:
    """Return row and column of the pixels of one colour in the first 2x2 of a pattern."""
    return [divmod(place, 2) for place, letter in enumerate(pattern) if letter == colour]


def positions(cfa: bool) -> list[Where]:
    """Return where the pixels of one colour are: four interleaved planes, or the whole image.

    The two greens count as two colours: they often differ a little, and then no pattern need be
    known.
    """
    step = 2 if cfa else 1
    return [(slice(y, None, step), slice(x, None, step)) for y in range(step) for x in range(step)]
