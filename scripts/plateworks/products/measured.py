"""What masters measure of the camera, and the cards by which they tell others and lights."""

from __future__ import annotations

from typing import NamedTuple

from astropy.io import fits

from plateworks.metadata.bounds import within
from plateworks.metadata.gain import MEASURED_GAIN
from plateworks.metadata.values import number
from plateworks.pixels.linearity import Linearity
from plateworks.pixels.masternoise import noise_of_frame
from plateworks.pixels.photontransfer import Measured
from plateworks.products.headers import original_header, put
from plateworks.products.noise import SetNoise


class _Cards(NamedTuple):
    """The cards of a value and its error, which of the believed numbers it is, unit and words."""

    value: str
    error: str
    name: str
    unit: str
    words: str


_FRAME_NOISE = _Cards("PWFNOISE", "PWFNOIER", "noise", "ADU", "noise of a pixel of one frame")
_GAIN = _Cards(MEASURED_GAIN, "PWGAINER", "egain", "e-/ADU", "gain by its frames")
_READ_NOISE = _Cards("PWRDN", "PWRDNER", "read_noise", "e-", "read noise by its frames")
_ALL = (_FRAME_NOISE, _GAIN, _READ_NOISE)
#: Of flats of several exposures: the largest departure from linear, up to which level, and the
#: level from which on it is more.
_LINEARITY = ("PWLINDEP", "PWLINTOP", "PWTURN")
#: All of them.
CARDS = (*(keyword for cards in _ALL for keyword in (cards.value, cards.error)), *_LINEARITY)


class MeasuredCamera(NamedTuple):
    """What a master tells of the camera; None where it does not know.

    Attributes
    ----------
    frame_noise : Measured or None
        Of bias frames and darks: of an ordinary pixel of one of them, ADU, before rounding.
    gain : Measured or None
        Of flats: electrons per ADU.
    read_noise : Measured or None
        Of flats: electrons.
    """

    frame_noise: Measured | None = None
    gain: Measured | None = None
    read_noise: Measured | None = None


def camera_in_dark(spread: SetNoise) -> MeasuredCamera:
    """Return what bias frames or darks tell by how they scatter."""
    return MeasuredCamera(None if spread.scatter is None else noise_of_frame(spread.scatter))


def read_camera(path: str) -> MeasuredCamera:
    """Return what the header of a master tells."""
    header = original_header(path)
    return MeasuredCamera(*(_told(header, cards) for cards in _ALL))


def put_measured(header: fits.Header, camera: MeasuredCamera) -> None:
    """Tell in the header of a master what it measured."""
    for cards, found in zip(_ALL, camera, strict=True):
        if found is None:
            continue
        # Further digits depend on the processor.
        put(header, cards.value, float(f"{found.value:.5g}"), f"[{cards.unit}] {cards.words}")
        put(header, cards.error, float(f"{found.error:.2g}"), f"[{cards.unit}] its standard error")


def put_linearity(header: fits.Header, found: Linearity | None) -> None:
    """Tell in the header of a master flat how its frames follow their exposures."""
    if found is None:
        return
    words = "largest departure from linear", "[ADU] up to this level", "[ADU] 1 % off from here on"
    for keyword, value, comment in zip(_LINEARITY, found, words, strict=True):
        put(header, keyword, None if value is None else float(f"{value:.4g}"), comment)


def read_linearity(path: str) -> Linearity | None:
    """Return what the header of a master flat tells of it."""
    header = original_header(path)
    departure, top, turnoff = (number(header.get(keyword)) for keyword in _LINEARITY)
    return None if departure is None or top is None else Linearity(departure, top, turnoff)


def _told(header: fits.Header, cards: _Cards) -> Measured | None:
    pair = [header.get(keyword) for keyword in (cards.value, cards.error)]
    value, error = (number(one) if isinstance(one, int | float | str) else None for one in pair)
    value = within(cards.name, value)
    if value is None or error is None or not (value > 0 and error >= 0):
        return None
    return Measured(value, error)
