"""A cover calibrator: the cover and the light panel in front of a telescope."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plateworks.camera.abilities import finite
from plateworks.camera.connection import Link
from plateworks.camera.device import Device
from plateworks.camera.faults import CameraFailed
from plateworks.camera.waiting import wait_until
from plateworks.errors import ConfigError

#: ASCOM's CoverStatus and CalibratorStatus.
ABSENT, CLOSED, OPEN, COVER_ERROR = 0, 1, 3, 5
OFF, READY, LIGHT_ERROR = 1, 3, 5
_POLL = 0.2


class Panel(Device):
    """An open cover calibrator; use it in a ``with`` statement, which puts its light out.

    Attributes
    ----------
    has_cover, has_light : bool
    max_brightness : int
        0 without a light.
    """

    kind = "covercalibrator"
    # A cover that moved by itself had a reason, such as rain: it is never moved back unasked.
    steady = (*Device.steady, "CoverState")

    def __init__(self, link: Link):
        super().__init__(link)
        self.has_cover = (link.optional("CoverState") or ABSENT) != ABSENT
        self.has_light = (link.optional("CalibratorState") or ABSENT) != ABSENT
        self.max_brightness = int(finite(link.optional("MaxBrightness")) or 0)

    def rest(self) -> None:
        """Put out the light that an earlier run may have left."""
        self.turn_off()

    def leave(self) -> Iterator[Callable[[], None]]:
        yield self.turn_off
        yield self.link.disconnect

    def light(self, brightness: int) -> None:
        """Light the panel and wait until it is ready.

        Parameters
        ----------
        brightness : int
            From 0 to `max_brightness`.

        Raises
        ------
        ConfigError
            If it has no light or none so bright.
        CameraFailed
            If the light does not become ready, or has another brightness.
        """
        if not self.has_light:
            raise ConfigError(
                f"{self.name} has no light; set capture.flats.mode to evening or morning."
            )
        if not 0 <= brightness <= self.max_brightness:
            raise ConfigError(
                f"A brightness of {brightness} was asked for, but {self.name} takes from 0 to "
                f"{self.max_brightness}."
            )
        self.link.call("CalibratorOn", int(brightness))
        self._await("CalibratorState", READY, LIGHT_ERROR, f"its light at brightness {brightness}")
        shown = self.link.optional("Brightness")
        if shown is not None and shown != brightness:
            raise CameraFailed(
                f"The {self.link} was asked for brightness {brightness} and answers {shown}."
            )

    def turn_off(self) -> None:
        """Put the light out, where there is one."""
        if self.has_light and self.link.read("CalibratorState") != OFF:
            self.link.call("CalibratorOff")
            self._await("CalibratorState", OFF, LIGHT_ERROR, "its light off")

    def open_cover(self) -> None:
        """Open the cover, where there is one.

        Raises
        ------
        CameraFailed
            If it does not open.
        """
        self._move_cover("OpenCover", OPEN, "its cover open")

    def close_cover(self) -> bool:
        """Close the cover, where there is one; whether there is one.

        Raises
        ------
        CameraFailed
            If it does not close.
        """
        self._move_cover("CloseCover", CLOSED, "its cover closed")
        return self.has_cover

    def _move_cover(self, method: str, wanted: int, what: str) -> None:
        if self.has_cover and self.link.read("CoverState") != wanted:
            self.link.call(method)
            self._await("CoverState", wanted, COVER_ERROR, what)

    def _await(self, name: str, wanted: int, error: int, what: str) -> None:
        limit = self.link.limits.move + self.link.limits.margin
        state: int = self.link.read(name)

        def arrived() -> bool:
            nonlocal state
            state = self.link.read(name)
            return state in (wanted, error)

        if not wait_until(arrived, limit, _POLL, self.link.clock) or state != wanted:
            clause = "reports an error" if state == error else f"is not ready after {limit:g} s"
            raise CameraFailed(f"The {self.link} {clause} ({name} {state}); wanted: {what}.")
