"""Cooling a sensor: ramp, settle, notice a stall, leave the cooler as configured."""

from __future__ import annotations

import logging
from collections.abc import Callable

from plateworks.camera.abilities import finite
from plateworks.camera.camera import Camera
from plateworks.camera.device import attempt
from plateworks.camera.faults import CameraFailed, NotOffered
from plateworks.errors import ConfigError
from plateworks.settings.cooling import Cooling
from plateworks.stopping import hurried, shield

_log = logging.getLogger(__name__)

#: Degrees between two set points of a ramp; some drivers take whole or half degrees only.
STEP = 0.5
#: Degrees by which a sensor must come nearer for its cooler not to count as stalled.
PROGRESS = 0.2

#: Called with the temperature, the set point and the target, degrees C.
Progress = Callable[[float, float, float], None]


class Cooler:
    """The cooler of a camera; use it in a ``with`` statement inside that of the camera.

    Warming up takes minutes, so what must end at once is to be opened inside that of the cooler.

    Parameters
    ----------
    camera : Camera
    plan : Cooling
    poll_s : float
        Seconds between two readings of the temperature.
    """

    def __init__(self, camera: Camera, plan: Cooling, poll_s: float = 1.0):
        self._camera, self._link, self._plan = camera, camera.link, plan
        self._poll_s = poll_s
        self._clock = camera.link.clock
        self._used = False

    def __enter__(self) -> Cooler:
        return self

    def __exit__(self, *_: object) -> None:
        with shield():
            for step in (self._camera.stop, self._leave):
                attempt(step)

    def cool(self, progress: Progress | None = None) -> None:
        """Bring the sensor to its target and wait until it stays there.

        A camera without a thermometer is given the target and the settling time.

        Raises
        ------
        ConfigError
            If a target is configured and the camera cannot cool.
        CameraFailed
            If the target is not reached, or not kept.
        """
        target = self._plan.target
        if target is None:
            return
        if not self._camera.abilities.can_set_temperature:
            raise ConfigError(
                f"capture.cooling.target is {target:g} degrees C, but "
                f"{self._camera.abilities.name} has no cooler that can be set. Set it to null."
            )
        self._used = True
        start = self._camera.temperature()
        self._set(target if start is None else self._step(start, target, 0.0))
        self._switch(True)
        if start is None:
            _log.warning("%s: no thermometer; waiting %g s", self._link, self._plan.settle)
            self._set(target)
            self._clock.sleep(self._plan.settle)
            return
        self._follow(start, target, progress)

    def hold(self, progress: Progress | None = None) -> None:
        """Before a frame: cool again if the sensor has left its target, as after a power cut."""
        if not self.accepts(self._camera.temperature()):
            _log.warning("%s: the sensor has left its target; cooling again", self._link)
            self.cool(progress)

    def accepts(self, temperature: float | None) -> bool:
        """Whether a frame taken at this temperature may be kept; unknown ones may."""
        target = self._plan.target
        return target is None or temperature is None or self._near(temperature, target)

    def _near(self, temperature: float, wanted: float) -> bool:
        return abs(temperature - wanted) <= self._plan.tolerance

    def _step(self, start: float, target: float, seconds: float) -> float:
        """The set point of the ramp after so many seconds, in whole steps from the start."""
        if self._plan.ramp is None:
            return target
        moved = self._plan.ramp * seconds / 60 // STEP * STEP
        return max(target, start - moved) if target < start else min(target, start + moved)

    def _follow(self, start: float, target: float, progress: Progress | None) -> None:
        """Move the set point to the target and wait until the sensor has settled there."""
        watch = _Watch(self._plan, self._clock.now())
        while True:
            now = self._clock.now()
            set_point = self._step(start, target, now - watch.began)
            self._set(set_point)
            temperature = self._camera.temperature()
            if temperature is None:
                raise CameraFailed(f"The {self._link} no longer tells the sensor's temperature.")
            if progress is not None:
                progress(temperature, set_point, target)
            if watch.settled(now, temperature, target):
                return
            if watch.stalled(now, temperature, set_point, target):
                raise CameraFailed(self._describe_stall(temperature, target))
            if watch.swings(now):
                raise CameraFailed(
                    f"The sensor of the {self._link} reached {target:g} degrees C but does not "
                    f"stay within {self._plan.tolerance:g}: it swings from {watch.lowest:.1f} to "
                    f"{watch.highest:.1f}. Raise capture.cooling.tolerance or choose a warmer "
                    "target."
                )
            self._clock.sleep(self._poll_s)

    def _describe_stall(self, temperature: float, target: float) -> str:
        power = finite(self._link.optional("CoolerPower"))
        if power is None:
            remedy = "Choose a target nearer to the temperature of the air."
        elif power > 90:
            remedy = f"The cooler is at {power:g} % of its power: choose a warmer target."
        else:
            remedy = (
                f"The cooler reports {power:g} % of its power, so the driver may ignore what it is "
                "told: cool by the maker's program, and set capture.cooling.target to null."
            )
        return (
            f"The sensor of the {self._link} stays at {temperature:.1f} degrees C and has come no "
            f"nearer to capture.cooling.target {target:g} for {self._plan.stall:g} s. {remedy}"
        )

    def _leave(self) -> None:
        if not self._used:
            return
        if self._plan.at_exit == "on":
            self._camera.stay_connected = True
            return
        if self._plan.at_exit == "warm up":
            self._warm_up()
        self._switch(False)

    def _warm_up(self) -> None:
        """Follow the ramp upwards; a second signal ends it, and a cooler that stalls too."""
        start = self._camera.temperature()
        if start is None or self._plan.ramp is None:
            return
        target, watch = self._plan.warm_to, _Watch(self._plan, self._clock.now())
        while not hurried():
            now = self._clock.now()
            set_point = self._step(start, max(start, target), now - watch.began)
            self._set(set_point)
            temperature = self._camera.temperature()
            if temperature is None or temperature >= target - self._plan.tolerance:
                return
            if watch.stalled(now, temperature, set_point, target):
                return
            self._clock.sleep(self._poll_s)

    def _set(self, degrees: float) -> None:
        if finite(self._link.optional("SetCCDTemperature")) != degrees:
            self._link.write("SetCCDTemperature", float(degrees))

    def _switch(self, on: bool) -> None:
        try:
            self._link.write("CoolerOn", on)
        except NotOffered:
            _log.info("%s: its cooler has no switch", self._link)


class _Watch:
    """What the readings so far say: settled, stalled or swinging."""

    def __init__(self, plan: Cooling, now: float):
        self._plan = plan
        self.began = self._nearer_at = now
        self._nearest = float("inf")
        self._inside_since: float | None = None
        self._reached_at: float | None = None
        self.lowest, self.highest = float("inf"), float("-inf")

    def settled(self, now: float, temperature: float, target: float) -> bool:
        if abs(temperature - target) > self._plan.tolerance:
            self._inside_since = None
        elif self._inside_since is None:
            self._inside_since = now
            self._reached_at = now if self._reached_at is None else self._reached_at
        if self._reached_at is not None:
            self.lowest, self.highest = (
                min(self.lowest, temperature),
                max(self.highest, temperature),
            )
        return self._inside_since is not None and now - self._inside_since >= self._plan.settle

    def stalled(self, now: float, temperature: float, set_point: float, target: float) -> bool:
        """Whether the sensor comes no nearer, while the ramp is ahead of it."""
        gap = abs(temperature - target)
        follows = abs(temperature - set_point) <= self._plan.tolerance
        if follows or gap <= self._nearest - PROGRESS:
            self._nearest, self._nearer_at = gap, now
        return now - self._nearer_at > self._plan.stall

    def swings(self, now: float) -> bool:
        allowed = self._plan.settle + self._plan.stall
        return self._reached_at is not None and now - self._reached_at > allowed
