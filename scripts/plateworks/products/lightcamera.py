"""What the masters of a light measured of the camera that took it."""

from __future__ import annotations

from typing import NamedTuple

from plateworks.metadata.frame import Frame
from plateworks.metadata.gain import is_of_one_mode
from plateworks.orders.frames import Assembly
from plateworks.orders.lights import LightOrder, LightSettings
from plateworks.pixels.photontransfer import Measured
from plateworks.pixels.variance import Region
from plateworks.products.inputs import Inputs
from plateworks.products.measured import MeasuredCamera
from plateworks.products.ofamplifiers import regions_of


class _Master(NamedTuple):
    """What a master says of itself, and of the camera."""

    frame: Frame
    camera: MeasuredCamera


class CameraMasters(NamedTuple):
    """The flat and the bias that a light is calibrated with; None where it has none."""

    flat: _Master | None
    bias: _Master | None

    def of(self, light: Frame, assembly: Assembly | None = None) -> MeasuredCamera:
        """Return what they measured of the mode in which a light was taken.

        Where its flat does not know the gain, that counts to which its amplifiers were brought, if
        it was measured.
        """
        flat, bias = (
            one.camera if one is not None and is_of_one_mode(one.frame, light) else MeasuredCamera()
            for one in self
        )
        gain = None if assembly is None or not assembly.readout.measured else assembly.readout.gain
        if flat.gain is None and gain is not None:
            flat = flat._replace(gain=Measured(gain, 0.0))  # its error stands in the file of it
        return flat._replace(frame_noise=bias.frame_noise)


def camera_masters(light: LightOrder, inputs: Inputs) -> CameraMasters:
    """Read what the masters of a light say."""
    bias = _bias_of(light)
    return CameraMasters(
        None if light.flat is None else _read(light.flat.path, inputs),
        None if bias is None else _read(bias, inputs),
    )


def regions_of_light(
    light: LightOrder, inputs: Inputs, settings: LightSettings, egain: float
) -> tuple[Region, ...]:
    """Return the read noise of each of the amplifiers that a light was read by.

    Where somebody says one for all, that counts.
    """
    told = light.frame.assembly
    if told is None or settings.read_noise is not None:
        return ()
    bias = _bias_of(light)
    return regions_of(told, egain, () if bias is None else inputs.frame_noises(bias))


def _bias_of(light: LightOrder) -> str | None:
    taken = light.frame.subtraction
    return taken.bias or (None if taken.dark is None else taken.dark.bias)


def _read(path: str, inputs: Inputs) -> _Master:
    return _Master(inputs.facts(path), inputs.measured(path))
