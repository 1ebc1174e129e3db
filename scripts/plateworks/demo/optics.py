"""What stands between the sky and the sensor: vignetting and the shadows of dust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from plateworks.demo.sensor import Sensor


@dataclass(frozen=True)
class Optics:
    """A small Schmidt camera; its central obstruction makes rings of the shadows of dust."""

    name: str = "Schmidt 135"
    focal_mm: float = 135.0
    vignetting: float = 0.35  # loss in the corners
    obstruction: float = 0.4  # diameter of the central obstruction over that of the aperture
    motes_on_window: int = 5  # seen through every filter
    motes_on_filter: int = 4  # each filter has its own
    mote_radius: tuple[float, float] = (0.01, 0.035)  # of a shadow, in diagonals of the frame
    mote_depth: tuple[float, float] = (0.04, 0.14)  # relative

    def scale(self, sensor: Sensor) -> float:
        """Arcseconds a pixel in the centre of the field."""
        return np.degrees(sensor.pixel_um * 1e-3 / self.focal_mm) * 3600


def vignette(shape: tuple[int, int], loss: float) -> np.ndarray:
    """Light that passes, (H, W): 1 on the axis and 1 - `loss` in the corners, as cos^4 falls.

    The fall of illumination with the fourth power of the cosine stands here for all vignetting;
    the angle is scaled so that the corners lose what is asked.  The axis is a little off centre.
    """
    height, width = shape
    y, x = np.ogrid[0:height, 0:width]
    corner = np.hypot(width, height) / 2
    radius2 = ((x - 0.515 * width) ** 2 + (y - 0.48 * height) ** 2) / corner**2
    tangent2 = (1 - loss) ** -0.5 - 1  # cos^4 = (1 + tan^2)^-2
    return (1 + tangent2 * radius2) ** -2.0


def draw_motes(
    optics: Optics, shape: tuple[int, int], count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw the shadows of `count` motes of dust, (H, W), 1 where there is none.

    A mote far out of focus throws the image of the aperture: a disc, lighter in the middle by the
    central obstruction.  Edges are softened over a tenth of the radius.
    """
    height, width = shape
    y, x = np.ogrid[0:height, 0:width]
    diagonal = np.hypot(width, height)
    passed = np.ones(shape)
    for _ in range(count):
        x0, y0 = rng.uniform(0.04, 0.96, 2) * (width, height)
        radius = rng.uniform(*optics.mote_radius) * diagonal
        depth = rng.uniform(*optics.mote_depth)
        distance = np.hypot(x - x0, y - y0) / radius
        disc = 0.5 - 0.5 * np.tanh((distance - 1) / 0.1)
        hole = 0.5 - 0.5 * np.tanh((distance - optics.obstruction) / 0.1)
        passed *= 1 - depth * (disc - hole)
    return passed
