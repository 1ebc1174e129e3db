"""Capture in a run: the night that frames are taken for, and what the camera is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from plateworks.inventory.sessions import session_now
from plateworks.orders.capture import CaptureOrder, Target
from plateworks.records import plain
from plateworks.settings.settings import Settings

#: Targets as they are taken: flat-darks need the flats, and lights have their night.
_TAKEN: tuple[Target, ...] = ("flats", "flatdarks", "darks", "bias", "missing", "lights")


@dataclass(frozen=True)
class Capture:
    """The frames that the camera takes in one night.

    Attributes
    ----------
    settings : Settings
    night : str
        The session they belong to.
    """

    settings: Settings
    night: str

    @classmethod
    def of(cls, settings: Settings) -> Capture:
        """Return the capture of the night that is set, else of the present one."""
        return cls(settings, settings.capture.session or session_now(settings.site))

    @property
    def table(self) -> str:
        """The table of all calibration frames of the night, written last."""
        return f"{self._folder}/{self.night}/frames.csv"

    @property
    def devices(self) -> str:
        """The configuration that names the devices in the network."""
        return f"{self._folder}/devices.yaml"

    @property
    def _folder(self) -> str:
        return f"{self.settings.results}/capture"

    def order_of(self, target: Target) -> CaptureOrder:
        """Return the order of a capture target."""
        settings = self.settings
        return CaptureOrder(
            target=target, night=self.night, capture=settings.capture, site=settings.site
        )

    def order(self, target: Target) -> dict[str, Any]:
        """Return the order of a capture target, as plain values for its rule."""
        return plain(self.order_of(target))

    def of_rules(self, rules: Collection[str]) -> list[CaptureOrder]:
        """Return the orders of the targets whose rules are among some, in the order of taking."""
        return [self.order_of(target) for target in _TAKEN if f"capture_{target}" in rules]
