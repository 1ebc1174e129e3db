"""What masters measure of the camera, and the cards by which they tell others and lights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from plateworks.metadata.bounds import within
from plateworks.metadata.gain import MEASURED_GAIN
from plateworks.metadata.values import number
from plateworks.pixels.fullwell import FullWell
from plateworks.pixels.linearity import Linearity
from plateworks.pixels.photontransfer import Measured


class MeasuredCards(NamedTuple):
    """The cards of a value and its error, which of the believed numbers it is, unit and words."""

    value: str
    error: str
    name: str
    unit: str
    words: str


_FRAME_NOISE = MeasuredCards(
    "PWFNOISE", "PWFNOIER", "noise", "ADU", "noise of a pixel of one frame"
)
_GAIN = MeasuredCards(MEASURED_GAIN, "PWGAINER", "egain", "e-/ADU", "gain by its frames")
_READ_NOISE = MeasuredCards("PWRDN", "PWRDNER", "read_noise", "e-", "read noise by its frames")
#: Of the values of a :class:`MeasuredCamera`, in order.
CAMERA = (_FRAME_NOISE, _GAIN, _READ_NOISE)
#: Of flats: the levels of the darkest and the brightest of the frames, ADU.
LEVELS = ("LEVELMIN", "LEVELMAX")
#: Of flats of several exposures: the largest departure from linear, up to which level, the level
#: from which on it is more, and the error of the departure.
LINEARITY = {
    "PWLINDEP": "largest departure from linear",
    "PWLINTOP": "[ADU] up to this level",
    "PWTURN": "[ADU] 1 % off from here on",
    "PWLINER": "standard error of the departure",
}
#: Of flats of several levels: that of the largest noise, and its error.
FULL_WELL = ("PWFULL", "PWFULLER")
#: All of them.
CARDS = (
    *(keyword for cards in CAMERA for keyword in (cards.value, cards.error)),
    *LINEARITY,
    *FULL_WELL,
)

#: Header and measurement are apart beyond this part of the measurement, and so many errors of it.
_APART, _SURELY = 0.05, 3.0


class LevelSeries(NamedTuple):
    """What flats of several levels tell; None where they do not know."""

    linearity: Linearity | None = None
    full_well: FullWell | None = None


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


def are_apart(measured: Measured, said: float | None) -> bool:
    """Whether a header says otherwise than frames show."""
    if not said:
        return False
    return abs(measured.value - said) > max(_APART * measured.value, _SURELY * measured.error)


def camera_told(cards: Mapping[str, Any]) -> MeasuredCamera:
    """Return what the cards of a master tell of the camera."""
    return MeasuredCamera(*(_told(cards, one) for one in CAMERA))


def series_told(cards: Mapping[str, Any]) -> LevelSeries:
    """Return what the cards of a master flat tell of several levels."""
    departure, top, turnoff, its_error = (_number(cards, keyword) for keyword in LINEARITY)
    level, error = (_number(cards, keyword) for keyword in FULL_WELL)
    line = well = None
    if departure is not None and top is not None:
        line = Linearity(departure, top, turnoff, its_error)
    if level is not None:
        well = FullWell(level, error)
    return LevelSeries(line, well)


def _told(cards: Mapping[str, Any], names: MeasuredCards) -> Measured | None:
    value = within(names.name, _number(cards, names.value))
    error = _number(cards, names.error)
    if value is None or error is None or not (value > 0 and error >= 0):
        return None
    return Measured(value, error)


def _number(cards: Mapping[str, Any], keyword: str) -> float | None:
    value = cards.get(keyword)
    return number(value) if isinstance(value, int | float | str) else None
