"""Flats of the twilight sky: every exposure is predicted, since the sky never stands still.

In twilight the sky dims, or brightens, by a factor of two in about 180 s; POCS plans its flats by
that figure.  Each frame tells how bright the sky was in the middle of its exposure; from there
the next exposure is predicted for the middle of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.camera.levels import Reading
from plateworks.camera.search import LightError, is_good, to_three_digits
from plateworks.wording import figures

#: Seconds in which the sky of the twilight changes by a factor of two.
DOUBLING_S = 180.0
#: How long to wait at a time for a sky that is out of range.
WAIT_S = 60.0
#: A saturated sky is taken to be this many times as bright as what just saturates.
_SATURATED_BY = 4.0
#: Rounds in which an exposure and the middle of itself are brought to agree.
_ROUNDS = 8


@dataclass(frozen=True)
class Expose:
    """Expose next for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Wait:
    """The sky is out of range and will come into it; wait so many seconds."""

    seconds: float
    reason: str


class Twilight:
    """What to do next in a twilight, from what the frames have shown.

    Parameters
    ----------
    evening : bool
        Whether the sky dims; else it brightens.
    low, high : float
        Least and greatest exposure, in seconds.
    start : float
        The first exposure, in seconds, while nothing is known of the sky.
    bias : float
        Level without light, in ADU.
    target : float
        Wanted level, as a part of the full range.
    tolerance : float
        Relative to `target`.
    """

    def __init__(
        self,
        evening: bool,
        low: float,
        high: float,
        start: float,
        bias: float,
        target: float,
        tolerance: float,
    ):
        self.evening, self.low, self.high = evening, low, high
        self.bias, self.target, self.tolerance = bias, target, tolerance
        self._start = min(max(start, low), high)
        self._right: float | None = None  # exposure that would have been right ...
        self._when = 0.0  # ... at this time
        self._part = 0.0  # level of the last frame, as a part of the range

    def judge(self, when: float, seconds: float, reading: Reading) -> bool:
        """Take note of a frame, and return whether it is good.

        Parameters
        ----------
        when : float
            Start of its exposure, in seconds of any clock.
        seconds : float
            Its exposure.
        reading : Reading
        """
        signal = reading.level - self.bias
        wanted = self.target * reading.full_range - self.bias
        if reading.is_full(self.target):
            signal = _SATURATED_BY * wanted
        signal = max(signal, wanted / 1000)  # hardly any light: as good as a thousandth
        self._right, self._when = seconds * wanted / signal, when + seconds / 2
        self._part = reading.part
        return is_good(reading, self.target, self.tolerance)

    def next(self, now: float) -> Expose | Wait:
        """Return what to do at the time `now`.

        Raises
        ------
        LightError
            If the sky has left the range for this twilight.
        """
        if self._right is None:
            return Expose(self._start)
        seconds = self._predict(now, self._right)
        # A frame at the bound is still good while the prediction is within the tolerance.
        if seconds < self.low / (1 + self.tolerance):
            return self._out_of_range("bright", now, self.low, figures(seconds))
        if seconds > self.high * (1 + self.tolerance):
            return self._out_of_range("dark", now, self.high, figures(seconds))
        return Expose(min(max(to_three_digits(seconds), self.low), self.high))

    def _predict(self, now: float, right: float) -> float:
        """Return the exposure that fits when it starts at `now`; `right` would have been before."""
        seconds = min(right, 10 * self.high)
        for _ in range(_ROUNDS):
            passed = now + min(seconds, 10 * self.high) / 2 - self._when
            power = min(max(passed / DOUBLING_S, -50.0), 50.0)
            seconds = right * 2.0 ** (power if self.evening else -power)
        return seconds

    def _out_of_range(self, what: str, now: float, bound: float, needed: str) -> Wait:
        said = (
            f"the sky is too {what}: {needed} s would be right, the limit is {bound:g} s "
            f"(the last frame reached {self._part:.0%} of the range)"
        )
        if (what == "bright") == self.evening:
            return Wait(WAIT_S, said)
        raise LightError(
            f"This twilight is over: {said}.  Begin earlier, or change "
            f"capture.flats.{'min' if what == 'bright' else 'max'}_exposure."
        )
