"""The devices of one capture: opened together, prepared for each series, left safe together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from astropy.io import fits

from plateworks.camera.abilities import positive
from plateworks.camera.camera import Camera, Exposure
from plateworks.camera.consent import Consent
from plateworks.camera.cooling import Cooler
from plateworks.camera.device import Device
from plateworks.camera.levels import Meter
from plateworks.camera.mount import Mount
from plateworks.camera.panel import Panel
from plateworks.camera.programme import CameraSetup, PlannedSeries
from plateworks.camera.progress import CoolingReport, Progress, say
from plateworks.camera.rawframe import Surroundings, ascii_text, make_header
from plateworks.camera.search import Knob, Search
from plateworks.camera.series import Roll, fill
from plateworks.camera.settings import as_offered, plan_settings
from plateworks.camera.shooting import panel_flats, patient, steady_frames, twilight_flats
from plateworks.camera.twilight import Twilight
from plateworks.camera.waiting import Clock, Deadlines
from plateworks.camera.wheel import Wheel
from plateworks.camera.witness import Witness
from plateworks.errors import ConfigError
from plateworks.settings.capture import Capture
from plateworks.settings.site import Site

_Device = TypeVar("_Device", bound=Device)

_COVER = "Cover the telescope: no light may reach the camera."
_UNCOVER = "Uncover the telescope, and point it at the target."
_EVEN_LIGHT = {
    "panel": "Uncover the telescope, and light the flat panel before it.",
    "evening": "Uncover the telescope, and point it at the evening sky away from the Sun.",
    "morning": "Uncover the telescope, and point it at the morning sky away from the Sun.",
}


class Observatory:
    """The camera with all that belongs to it; use it in a ``with`` statement.

    Parameters
    ----------
    capture : Capture
    site : Site
    limits : Deadlines, optional
    clock : Clock, optional
    """

    def __init__(
        self,
        capture: Capture,
        site: Site,
        limits: Deadlines | None = None,
        clock: Clock | None = None,
    ):
        self._capture, self._limits, self._clock = capture, limits, clock
        lights = capture.lights
        self._around = Surroundings(
            capture.telescope_name, capture.focal_length, site.latitude,
            site.longitude, lights.ra, lights.dec, lights.object,
        )  # fmt: skip
        self._stack = ExitStack()
        self._coolers: dict[float | None, Cooler] = {}
        self._cooler: Cooler | None = None  # that of the present target
        self._roll: Roll | None = None  # that frames are taken for

    def __enter__(self) -> Observatory:
        with ExitStack() as opening:
            self._camera = opening.enter_context(self._open(Camera, "camera"))
            self._wheel = self._also(opening, Wheel, "filterwheel")
            self._panel = self._also(opening, Panel, "covercalibrator")
            self._mount = self._also(opening, Mount, "telescope")
            self._stack = opening.pop_all()
        devices = (self._camera, self._wheel, self._panel)
        self._witness, retakes = Witness([*filter(None, devices)]), self._capture.retakes
        self._shutter = patient(self._camera, self._witness, self._set_aside, retakes)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _open(self, device: type[_Device], key: str) -> _Device:
        address, number = self._capture.address or "", getattr(self._capture, key)
        return device.open(address, number, self._limits, self._clock)

    def _also(self, stack: ExitStack, device: type[_Device], key: str) -> _Device | None:
        if getattr(self._capture, key) is None:
            return None
        opened = self._open(device, key)
        stack.enter_context(opened)
        return opened

    # -- before a series -------------------------------------------------------------------------

    def size(self, setup: CameraSetup) -> tuple[int, int]:
        """Return width and height of the frames that the camera gives when it is set so."""
        planned = plan_settings(
            self._camera.abilities, binning=setup.binning, subframe=setup.subframe
        )
        return planned.width, planned.height

    def prepare(self, series: PlannedSeries, consent: Consent) -> None:
        """Set and cool the camera, turn the wheel, and see to light or darkness."""
        self._configure(series.setup)
        self._see_to_light(series, consent)
        self._filter = self._select(series.filter) if series.is_lit else None
        self._cool(series.setup.set_temperature)
        self._witness.note()
        self._roll = None
        self._meter = Meter(colour=self._camera.settings.bayer is not None)
        self._bias = self._measure_bias()

    def _configure(self, setup: CameraSetup) -> None:
        abilities = self._camera.abilities
        self._camera.configure(
            gain=as_offered(setup.gain, abilities.gains),
            offset=as_offered(setup.offset, abilities.offsets),
            binning=setup.binning,
            readout_mode=setup.readout_mode,
            subframe=setup.subframe,
        )
        self._egain = positive(self._camera.link.optional("ElectronsPerADU"))

    def _see_to_light(self, series: PlannedSeries, consent: Consent) -> None:
        panel = self._panel
        if not series.is_lit:
            if panel is None or not panel.close_cover():
                consent.ask(_COVER)
            return
        mode = self._capture.flats.mode
        if series.kind == "light" or mode != "panel":
            if panel is not None:
                panel.open_cover()
            consent.ask(_UNCOVER if series.kind == "light" else _EVEN_LIGHT[mode])
        elif panel is not None and panel.has_light:
            panel.close_cover()  # where there is one, the light is behind it
        else:
            consent.ask(_EVEN_LIGHT[mode])

    def _select(self, name: str | None) -> str | None:
        if self._wheel is not None:
            return self._wheel.current() if name is None else self._wheel.select(name)
        if len(self._capture.filters) > 1:
            raise ConfigError(
                "capture.filters names several filters, and capture.filterwheel is null: nothing "
                "can change them.  Name the one that is in place."
            )
        return name

    def _cool(self, target: float | None) -> None:
        """Cool to a target; what was cooled once is left as configured when all is over."""
        if target not in self._coolers:
            cooling = replace(self._capture.cooling, target=target)
            self._coolers[target] = self._stack.enter_context(Cooler(self._camera, cooling))
        cooler = self._coolers[target]
        if cooler is not self._cooler:
            cooler.cool(CoolingReport().reading)
        self._cooler = cooler

    def _measure_bias(self) -> float:
        """Return the level without light, in ADU, from a frame that is not kept."""
        if self._panel is not None:
            self._panel.turn_off()
        exposure = self._expose(self._least(self._capture.darks.min_exposure), False)
        level = self._meter.read(exposure.pixels, exposure.full_range).level
        return round(level, 3)

    # -- a series --------------------------------------------------------------------------------

    def take(self, roll: Roll) -> None:
        """Take what a series lacks."""
        self._roll = roll
        progress = Progress(roll.series.title, roll.series.count)
        frames = self._flats(roll) if roll.series.kind == "flat" else self._steady(roll.series)

        def header_of(exposure: Exposure, number: int) -> fits.Header:
            return self._header(roll.series, exposure, number)

        accepts = self._present_cooler().accepts
        fill(roll, frames, header_of, accepts, progress.frame, self._capture.retakes)

    def _steady(self, series: PlannedSeries) -> Iterator[Exposure]:
        seconds = series.exposure
        seconds = self._least(seconds) if series.kind == "bias" else seconds
        return steady_frames(self._expose, seconds, series.is_lit)

    def _flats(self, roll: Roll) -> Iterator[Exposure]:
        flats, meter, bias = self._capture.flats, self._meter, self._bias
        target, tolerance = flats.target_count_rate, flats.count_tolerance
        last = roll.rows[-1].exposure_s if roll.rows else None
        if flats.mode != "panel":
            low, high = self._bounds()
            evening = flats.mode == "evening"
            start = last or (low if evening else high)
            twilight = Twilight(evening, low, high, start, bias, target, tolerance)
            return twilight_flats(self._expose_light, twilight, meter, say)
        panel = self._panel if self._panel is not None and self._panel.has_light else None
        expose: Callable[[float], Exposure] = self._expose_light
        if panel is not None and roll.series.seconds is not None:
            knob, start = _brightness(panel), panel.max_brightness / 2
            expose = self._lit_to(panel, roll.series.seconds)
        else:
            if panel is not None:
                panel.light(flats.brightness or panel.max_brightness)
            knob = self._exposures(roll.series.seconds)
            start = last or math.sqrt(knob.low * knob.high)
        attempts = flats.max_adjustment_attempts
        search = Search(knob, start, bias, target, tolerance, attempts)
        return panel_flats(expose, search, meter, say)

    def _exposures(self, fixed: float | None) -> Knob:
        low, high = self._bounds() if fixed is None else (fixed, fixed)
        return Knob(
            "exposure", "s", low, high,
            dim="Dim the light (capture.flats.brightness), or lower capture.flats.min_exposure.",
            brighten="Brighten the light, or raise capture.flats.max_exposure.",
        )  # fmt: skip

    def _lit_to(self, panel: Panel, seconds: float) -> Callable[[float], Exposure]:
        """Return a function that lights the panel to a brightness and takes a flat."""

        def expose(brightness: float) -> Exposure:
            panel.light(int(brightness))
            return self._expose(seconds, True)

        return expose

    # -- a frame ---------------------------------------------------------------------------------

    def _expose(self, seconds: float, light: bool) -> Exposure:
        self._present_cooler().hold(CoolingReport().reading)
        return self._shutter(seconds, light)

    def _set_aside(self, exposure: Exposure, doubt: str) -> None:
        """Keep a frame that is in doubt where nobody takes it for a good one."""
        if self._roll is None:  # a trial, which is not kept anyway
            say(f"a trial is repeated: {doubt}")
            return
        header = self._header(self._roll.series, exposure, self._roll.next_number)
        header.add_history(ascii_text(f"set aside: {doubt}"))
        row = self._roll.set_aside(exposure.pixels, header, exposure.full_range)
        say(f"{row.path} is set aside and retaken: {doubt}")

    def _present_cooler(self) -> Cooler:
        if self._cooler is None:
            raise RuntimeError("nothing is exposed before a series is prepared")
        return self._cooler

    def _expose_light(self, seconds: float) -> Exposure:
        return self._expose(seconds, True)

    def _least(self, seconds: float) -> float:
        """Return an exposure, or the shortest that the camera can do if that is longer."""
        return max(seconds, self._camera.abilities.exposure_min or 0.0)

    def _bounds(self) -> tuple[float, float]:
        """Return the least and the greatest exposure of flats."""
        flats, most = self._capture.flats, self._camera.abilities.exposure_max
        low = self._least(flats.min_exposure)
        high = min(flats.max_exposure, most) if most else flats.max_exposure
        if low > high:
            raise ConfigError(
                f"Flats have no exposure to choose from: {low:g} s is the least, and "
                f"capture.flats.max_exposure {high:g} s the greatest."
            )
        return low, high

    def _header(self, series: PlannedSeries, exposure: Exposure, number: int) -> fits.Header:
        link, around = self._camera.link, self._around
        if link.optional("CoolerOn") is False:  # the set point of a cooler that is off
            exposure = replace(exposure, set_temperature=None)
        if self._mount is not None:
            around = self._mount.fill(around)
        return make_header(
            series.kind, exposure, self._filter, self._camera.abilities, self._camera.settings,
            self._egain, around, self._bias, series.id, number,
        )  # fmt: skip


def _brightness(panel: Panel) -> Knob:
    return Knob(
        "brightness", "", 1, panel.max_brightness, whole=True,
        dim="Shorten capture.flats.flat_exposure_time.",
        brighten="Lengthen capture.flats.flat_exposure_time.",
    )  # fmt: skip
