"""Capture in a run: the night that frames are taken for, and what the camera is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from plateworks.inventory.sessions import session_now
from plateworks.orders.capture import CaptureOrder, Target
from plateworks.records import plain
from plateworks.settings.settings import Settings


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

    def order(self, target: Target) -> dict[str, Any]:
        """Return the order of a capture target, as plain values for its rule."""
        settings = self.settings
        return plain(
            CaptureOrder(
                target=target, night=self.night, capture=settings.capture, site=settings.site
            )
        )
