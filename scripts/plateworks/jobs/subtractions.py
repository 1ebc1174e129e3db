"""Which masters are subtracted from a frame by its match, and how they are laid upon it."""

from __future__ import annotations

from plateworks.inventory.sets import setup_of
from plateworks.matching.candidates import Candidate
from plateworks.matching.match import Match, Refusal
from plateworks.matching.placement import WHOLE, place
from plateworks.metadata.frame import Frame
from plateworks.orders.frames import Placement, ScaledDark, Subtraction


def subtraction_of(frame: Frame, match: Match | None, bounds: tuple[float, float]) -> Subtraction:
    """Say which bias and dark are subtracted from a frame, and what is taken out of the dark."""
    if match is None:
        return Subtraction()
    master, bias, own = match.master, match.bias, match.dark_bias
    if master.kind == "bias":
        return Subtraction(bias=master.path, bias_placement=placed(frame, master))
    return Subtraction(
        bias=None if bias is None else bias.path,
        dark=ScaledDark(
            path=master.path,
            k=float(match.k),
            bias_inside=master.bias_inside is not False,
            fit_bounds=bounds if match.optimise else None,
            placement=placed(frame, master),
            bias=None if own is None else own.path,
            bias_placement=None if own is None else placed(frame, own),
        ),
        bias_placement=None if bias is None else placed(frame, bias),
    )


def placed(frame: Frame, master: Candidate) -> Placement | None:
    """Say how a master is laid upon a frame; one that is pinned as it is, where it does not fit."""
    placed = place(setup_of(frame), master.setup, master.path)
    if isinstance(placed, Refusal) or placed == WHOLE:
        return None
    return Placement(turned=placed.turned, crop=placed.crop, rows=master.setup.height)
