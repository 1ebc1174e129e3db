"""Lights handed over to those who stack: which of a night belong together."""

from __future__ import annotations

from collections import UserDict
from typing import Any

from plateworks.inventory.filters import filter_token
from plateworks.inventory.tokens import exposure_token, slug
from plateworks.jobs.nights import Nights
from plateworks.orders.handover import HandoverOrder
from plateworks.planning.lights import PlannedLight
from plateworks.records import plain


class Handover:
    """What is told to the jobs that hand lights over, looked up by the session.

    Parameters
    ----------
    nights : Nights
    """

    def __init__(self, nights: Nights):
        self._nights = nights

    def order(self, wildcards: Any) -> UserDict[str, Any]:
        """Return the order of the night that `wildcards` name."""
        lights = self._nights.lights(wildcards.session)
        order = HandoverOrder(session=wildcards.session, groups=tuple(map(_group, lights)))
        return UserDict(plain(order))


def _group(light: PlannedLight) -> str:
    frame = light.frame
    tokens = slug(frame.object), filter_token(frame.filter), exposure_token(frame.exposure)
    return "_".join((*tokens, light.source.key.setup.name))
