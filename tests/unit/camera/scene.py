"""What the camera of the misbehaving server sees: frames that follow exposure and panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from observatory.faults import Request, image
from observatory.misbehaving import Misbehaving
from plateworks.settings.capture import Capture
from plateworks.settings.configuration import merge
from plateworks.settings.reading import read_section

BIAS = 500.0


@dataclass
class Scene:
    """Frames of 16 bits with noise; the light in ADU a second, of a full panel and of the sky."""

    server: Misbehaving
    rate: float = 20_000.0
    sky: float = 0.0
    dark: float = 0.0  # what comes with the shutter shut
    shape: tuple[int, int] = (40, 60)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(5)
        self.server.always("imagearray", self.show)

    def show(self, request: Request) -> None:
        """Answer with a frame of the last exposure."""
        asked = [values for _, name, values in self.server.calls if name == "startexposure"][-1]
        seconds, panel = float(asked["Duration"]), self.server.devices["covercalibrator"]
        light = self.sky + self.rate * panel["brightness"] / panel["maxbrightness"]
        rate = self.dark + (light if asked["Light"] == "True" else 0.0)
        signal = BIAS + rate * seconds + self._random.normal(0, 4.0, self.shape)
        image(np.clip(np.rint(signal), 0, 65535).astype(np.uint16))(request)


def capture_settings(folder, **changes) -> Capture:
    """Return the section ``capture`` with small series; `changes` may change parts of sections."""
    few = {
        "armed": True,
        "no_confirm": True,
        "raw_dir": str(folder / "raw"),
        "covercalibrator": 0,
        "bias": {"num_bias": 3},
        "darks": {"num_darks": 3},
        "flats": {"num_flats": 3},
        "flatdarks": {"num_flatdarks": 3},
    }
    return read_section(Capture, merge(few, changes))
