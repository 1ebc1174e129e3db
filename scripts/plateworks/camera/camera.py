"""A camera: open it, set it, expose, and leave it idle."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from plateworks.camera.abilities import finite, read_abilities
from plateworks.camera.connection import Link
from plateworks.camera.device import Device
from plateworks.camera.exposure import Exposure, Progress
from plateworks.camera.faults import CameraFailed, LostFrame, Refused, Unreachable
from plateworks.camera.imagebytes import BadImage, download_image
from plateworks.camera.pixeltype import full_range, native_type, unsigned
from plateworks.camera.settings import (
    SET,
    CameraSettings,
    apply_settings,
    complete_settings,
    plan_settings,
)
from plateworks.camera.waiting import wait_until
from plateworks.errors import ConfigError

_log = logging.getLogger(__name__)

#: ASCOM's CameraState.
IDLE, ERROR = 0, 5
#: Seconds between two questions, at least and at most.
SHORTEST_POLL, LONGEST_POLL = 0.02, 0.5
DOWNLOAD_ATTEMPTS = 3


class Camera(Device):
    """An open camera; use it in a ``with`` statement, which leaves it idle on every way out.

    Attributes
    ----------
    abilities : Abilities
    settings : CameraSettings
        As last configured.
    stay_connected : bool
        Whether to leave the device connected; many drivers stop cooling when it is not.
    """

    kind = "camera"
    steady = (*Device.steady, *SET)

    def __init__(self, link: Link):
        super().__init__(link)
        self.abilities = read_abilities(link)
        self.stay_connected = False
        self._exposing = False

    def rest(self) -> None:
        """End what still runs; then the whole sensor, unbinned, is what will be exposed."""
        if not self._is_idle():
            _log.warning("%s: not idle; whatever it does is aborted", self.link)
            self.abort()
        self.configure()

    def leave(self) -> Iterator[Callable[[], None]]:
        yield self.stop
        if not self.stay_connected:
            yield self.link.disconnect

    def configure(
        self,
        gain: int | float | str | None = None,
        offset: int | float | str | None = None,
        binning: int = 1,
        readout_mode: int | str | None = None,
        subframe: Sequence[int] | None = None,
    ) -> CameraSettings:
        """Set the camera and read all back; parameters as :func:`~.settings.plan_settings`.

        Returns
        -------
        CameraSettings
            What the camera now says, also for what was left as it is.

        Raises
        ------
        ConfigError
            For a value that the camera cannot have.
        CameraFailed
            If the camera refuses a value or has another afterwards.
        """
        wanted = plan_settings(self.abilities, gain, offset, binning, readout_mode, subframe)
        self._outages = self.link.outages
        apply_settings(self.link, wanted)
        self.settings = complete_settings(self.link, self.abilities, wanted)
        return self.settings

    def set_again(self, standing: Mapping[str, Any]) -> None:
        super().set_again(standing)
        apply_settings(self.link, self.settings)

    def temperature(self) -> float | None:
        """Of the sensor, degrees C; None where the camera has no thermometer."""
        return finite(self.link.optional("CCDTemperature"))

    def expose(self, seconds: float, light: bool, progress: Progress | None = None) -> Exposure:
        """Take one frame.

        Parameters
        ----------
        seconds : float
        light : bool
            False keeps the shutter shut: bias and darks.
        progress : callable, optional
            Called while the exposure runs.

        Raises
        ------
        ConfigError
            If the camera cannot expose for so long or so briefly.
        LostFrame
            If this frame is lost; the camera is idle again.
        CameraFailed
            If no further frame can be expected.
        """
        self._check_exposure(seconds)
        self._set_again_after_outage()
        if not self._is_idle():
            self.abort()
        self._exposing = True
        try:
            start = self._start(seconds, light)
            self._await_image(seconds, progress)
            # Before the download: nothing that fails later may cost an image that is there.
            temperature = self.temperature()
            set_temperature = self._cooling("SetCCDTemperature")
            cooler_power = self._cooling("CoolerPower")
            pixels = self._download()
        except LostFrame:
            self.abort()
            raise
        except Refused as error:
            self.abort()
            raise LostFrame(str(error)) from error
        self._exposing = False
        return Exposure(
            pixels=pixels,
            start=start,
            seconds=seconds,
            light=light,
            temperature=temperature,
            set_temperature=set_temperature,
            cooler_power=cooler_power,
            full_range=full_range(self.abilities.max_adu, pixels),
        )

    def stop(self) -> None:
        """End the exposure that this program has running, if any; errors as :meth:`abort`."""
        if self._exposing:
            self.abort()

    def abort(self) -> None:
        """End a running exposure and wait until the camera is idle.

        Raises
        ------
        CameraFailed
            If it does not become idle.
        """
        try:
            if self.abilities.can_abort:
                self.link.call("AbortExposure")
            elif self.abilities.can_stop:
                self.link.call("StopExposure")
        except Refused as error:
            # While it reads out a camera may refuse, and be idle soon after.
            _log.warning("%s", error)
        limits, clock = self.link.limits, self.link.clock
        limit = limits.idle + limits.margin
        if not wait_until(self._is_idle, limit, LONGEST_POLL / 5, clock):
            can_end = self.abilities.can_abort or self.abilities.can_stop
            remedy = "Restart its driver." if can_end else "It cannot abort: wait for the end."
            raise CameraFailed(
                f"The {self.link} has not come to rest {limit:g} s after its exposure was to end "
                f"(CameraState {self._state()}). {remedy}"
            )
        self._exposing = False

    def _is_idle(self) -> bool:
        return self._state() == IDLE

    def _cooling(self, name: str) -> float | None:
        return finite(self.link.optional(name)) if self.abilities.can_set_temperature else None

    def _set_again_after_outage(self) -> None:
        """A server that was gone may have forgotten what had been set."""
        if self.link.outages != self._outages:
            self._outages = self.link.outages
            _log.warning("%s: was gone for a while; it is set again", self.link)
            apply_settings(self.link, self.settings)

    def _check_exposure(self, seconds: float) -> None:
        least, most = self.abilities.exposure_min, self.abilities.exposure_max
        if least is not None and seconds < least:
            raise ConfigError(
                f"An exposure of {seconds:g} s was asked for, but {self.abilities.name} exposes "
                f"for at least {least:g} s."
            )
        if most is not None and seconds > most:
            raise ConfigError(
                f"An exposure of {seconds:g} s was asked for, but {self.abilities.name} exposes "
                f"for at most {most:g} s."
            )

    def _start(self, seconds: float, light: bool) -> datetime:
        """Start the exposure; asked once only, since whether a lost request arrived is unknown."""
        start = datetime.now(UTC)
        try:
            self.link.call("StartExposure", float(seconds), bool(light), once=True)
        except Unreachable as error:
            raise LostFrame(str(error)) from error
        return start

    def _await_image(self, seconds: float, progress: Progress | None) -> None:
        """Wait until the image is ready.

        ImageReady is not asked for before the exposure can be over: after an aborted exposure,
        some drivers still offer the image before.
        """
        clock, limits, outages = self.link.clock, self.link.limits, self.link.outages
        began = clock.now()
        poll = min(LONGEST_POLL, max(SHORTEST_POLL, seconds / 20))
        end = began + seconds + limits.readout + limits.margin
        while True:
            passed, state = clock.now() - began, self._state()
            if state == ERROR:
                raise LostFrame(f"The {self.link} reports an error (CameraState 5) while exposing.")
            if state == IDLE and self.link.outages != outages and not self._is_ready():
                raise LostFrame(f"The {self.link} fell silent and came back without the exposure.")
            if progress is not None:
                progress(min(passed, seconds), seconds)
            if passed >= seconds and self._is_ready():
                return
            if clock.now() >= end:
                raise LostFrame(
                    f"The {self.link} had no image {end - began:g} s after an exposure of "
                    f"{seconds:g} s began (CameraState {state}, ImageReady false)."
                )
            left = seconds - passed
            clock.sleep(min(poll, max(left, 1e-3)) if left > 0 else poll)

    def _state(self) -> int:
        return self.link.read("CameraState")

    def _is_ready(self) -> bool:
        return bool(self.link.read("ImageReady"))

    def _download(self) -> np.ndarray:
        """The image, asked for again while it comes broken."""
        width, height = self.settings.width, self.settings.height
        for attempt in range(1, DOWNLOAD_ATTEMPTS + 1):
            try:
                pixels = download_image(self.link, width, height)
                break
            except BadImage as error:
                _log.warning("%s (attempt %d of %d)", error, attempt, DOWNLOAD_ATTEMPTS)
                if attempt == DOWNLOAD_ATTEMPTS:
                    raise
                self.link.read("CameraState")
        pixels = unsigned(self.abilities.max_adu, pixels)
        low, high = int(pixels.min()), int(pixels.max())
        return pixels.astype(native_type(self.abilities.max_adu, low, high), copy=False)
