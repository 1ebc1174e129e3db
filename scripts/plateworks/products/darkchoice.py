"""The dark of a light: that of a model where it serves, else the one that the light has anyway."""

from __future__ import annotations

from dataclasses import replace

from plateworks.metadata.darkmodels import SERVES, WHY_NOT
from plateworks.orders.lights import LightOrder, ModelledDark
from plateworks.products.headers import original_header


def choose_dark(order: LightOrder) -> LightOrder:
    """Return the order of a light with the dark that serves it.

    One that cannot do without the model keeps it beside its own, see :func:`why_no_dark`.
    """
    modelled = order.modelled
    if modelled is None:
        return order
    why = _why_not(modelled)
    if not why:
        return replace(order, frame=modelled.frame, match=modelled.match, modelled=None)
    left = None if modelled.lacking is None else modelled
    return replace(order, modelled=left, unmodelled=why)


def why_no_dark(order: LightOrder) -> str:
    """Say why a light whose dark was chosen is set aside, as a clause; empty if it is not."""
    if order.modelled is None:
        return ""
    return f"the model of the dark does not serve: {order.unmodelled}; {order.modelled.lacking}"


def _why_not(modelled: ModelledDark) -> str:
    dark = modelled.frame.subtraction.dark
    assert dark is not None
    header = original_header(dark.path)
    if header.get(SERVES):
        return ""
    return str(header.get(WHY_NOT) or "its file does not say that it serves")
