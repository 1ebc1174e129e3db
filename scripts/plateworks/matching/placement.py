"""Whether a master covers the pixels of a frame: the same, turned, or a part of it.

Two images of one sensor may be stored with their rows in opposite order, or one may be a subframe
of the other.  The first is mended by turning the master, the second by cropping it.  What would
need a guess is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.inventory.sets import Setup
from plateworks.matching.match import Refusal

_SIZES = "none: frames of another size never match"
_PARTS = "path_rules: set x_origin and y_origin, with force: true"
_BIN = "none: take masters of the subframe itself"
_WAYS = "none: save both in the same way"
_SAVED = "none: let the program save all frames alike, best as the mosaic (RAW, not debayered)"
_BOTH = 2


@dataclass(frozen=True, slots=True)
class Placement:
    """How a master is laid upon a frame.

    Attributes
    ----------
    turned : bool
        Whether its rows are to be read in the opposite order.
    crop : (int, int, int, int) or None
        Columns and rows to leave out on the left and at the beginning, then width and height; None
        for all of it.  It is cropped as it is stored, and turned afterwards.
    """

    turned: bool = False
    crop: tuple[int, int, int, int] | None = None

    def __str__(self) -> str:
        words = ["its rows turned"] if self.turned else []
        words += [f"cropped to {self.crop[2]}x{self.crop[3]}"] if self.crop else []
        return " and ".join(words)


#: As it is.
WHOLE = Placement()


def place(need: Setup, master: Setup, path: str) -> Placement | Refusal:
    """Lay a master upon a frame.

    Parameters
    ----------
    need, master : Setup
        Of the frame and of the master.
    path : str
        The master's.
    """
    if need == master:
        return WHOLE
    if need.planes != master.planes:
        return Refusal(path, "colours", _colours(need), _colours(master), _SAVED)
    flips = need.flip or "none", master.flip or "none"
    if flips[0] != flips[1]:
        return Refusal(path, "FLIPSTAT", *flips, _WAYS)
    orders = need.row_order, master.row_order
    turned = None not in orders and orders[0] != orders[1]
    sizes = (need.width, need.height), (master.width, master.height)
    # Who says nothing of a subframe has taken none.
    starts = [(one.x_origin or 0, one.y_origin or 0) for one in (need, master)]
    if sizes[0] == sizes[1] and starts[0] == starts[1]:
        return _phase(need, master, path, (0, 0), turned) or Placement(turned)
    placed = _cropped(need, master, path)
    if isinstance(placed, Placement) and not _beyond_doubt(need, master, placed):
        ours, theirs = (f"{one.row_order}, {_area(one)}" for one in (need, master))
        return Refusal(path, "ROWORDER of a subframe", ours, theirs, _WAYS)
    if isinstance(placed, Placement) and turned:
        return Placement(turned, placed.crop)
    return placed


def _beyond_doubt(need: Setup, master: Setup, placed: Placement) -> bool:
    """Whether the rows of a subframe are known.

    Origins count from the row that is read out first.  Whether they still do in a file that is
    stored the other way round, no header says; it matters unless the rows above and below are as
    many.
    """
    assert placed.crop is not None
    below, above = placed.crop[1], master.height - placed.crop[1] - need.height
    orders = {need.row_order, master.row_order} - {None}
    return below == above or (len(orders) < _BOTH and "BOTTOM-UP" not in orders)


def _cropped(need: Setup, master: Setup, path: str) -> Placement | Refusal:
    """Cut the frame's part of the sensor out of a master that covers it."""
    if (need.width, need.height) == (master.width, master.height):
        ours, theirs = _start(need), _start(master)
        return Refusal(path, "XORGSUBF, YORGSUBF", ours, theirs, _PARTS)
    known = None not in (need.x_origin, need.y_origin, master.x_origin, master.y_origin)
    if not known or (need.xbin, need.ybin) != (master.xbin, master.ybin):
        ours, theirs = (f"{one.width}x{one.height}" for one in (need, master))
        return Refusal(path, "size", ours, theirs, _SIZES)
    if need.origin_binned or master.origin_binned:
        ours, theirs = _area(need), _area(master)
        return Refusal(
            path, "XORGSUBF of binned frames, whose unit is not said", ours, theirs, _BIN
        )
    left = _less(need.x_origin, master.x_origin)
    below = _less(need.y_origin, master.y_origin)
    inside = left >= 0 and left + need.width <= master.width
    if not inside or below < 0 or below + need.height > master.height:
        return Refusal(path, "size", _area(need), _area(master), _SIZES)
    placement = Placement(crop=(left, below, need.width, need.height))
    return _phase(need, master, path, (left, below), turned=False) or placement


def _phase(
    need: Setup, master: Setup, path: str, shift: tuple[int, int], turned: bool
) -> Refusal | None:
    """Refuse a master whose mosaic of colours begins elsewhere than the frame's."""
    if need.bayer is None or master.bayer is None:
        return None
    theirs = master.bayer
    if shift[0] % 2:
        theirs = theirs[1] + theirs[0] + theirs[3] + theirs[2]
    if shift[1] % 2:
        theirs = theirs[2:] + theirs[:2]
    fit = {theirs}
    if turned:  # programs disagree on the end that BAYERPAT counts from then
        fit.add(theirs[2:] + theirs[:2])
    if need.bayer in fit:
        return None
    return Refusal(path, "BAYERPAT", need.bayer, theirs, "path_rules: set bayer, with force: true")


def _less(ours: int | None, theirs: int | None) -> int:
    return (ours or 0) - (theirs or 0)


def _start(one: Setup) -> str:
    if one.x_origin is None or one.y_origin is None:
        return "no such card"
    return f"{one.x_origin}, {one.y_origin}"


def _colours(one: Setup) -> str:
    if one.planes is not None:
        return f"{one.planes} planes (debayered)"
    return "one plane" if one.bayer is None else f"a mosaic ({one.bayer})"


def _area(one: Setup) -> str:
    return f"{one.width}x{one.height} from {one.x_origin}, {one.y_origin}"
