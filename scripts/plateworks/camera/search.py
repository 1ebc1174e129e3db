"""The search for the exposure of flats, or for the brightness of the panel, in a few trials.

What a trial shows is taken to grow in proportion with the setting above the bias level, so the
next one is ``setting · (target − bias) / (level − bias)``; where two trials show that the camera or
the panel is not linear, with the power that they show.  What is known to be too faint and too
bright brackets every further step.  A saturated frame tells no more than that: a tenth of the
setting comes next (or the middle between it and one too faint), then the least, from where one more
step leads to the target.  On a linear camera four trials do from any start in a range of 1 to
10,000, since steps up to a thousandfold are believed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from plateworks.camera.levels import Reading
from plateworks.errors import PlateworksError
from plateworks.wording import counted

#: A step greater than this rests on too weak a signal to be believed.
_BELIEVED = 1000.0
#: The step taken instead, and that away from saturation.
_STEP = 10.0
#: Signals weaker than this part of the wanted one do not tell whether the response is linear.
_TELLING = 0.02
#: Settings nearer to each other than this do not, either.
_APART = 1.05
#: From this part of the level at which a sensor is full, it counts as full.
_NEARLY = 0.97
#: Powers beyond these are not believed.
_POWERS = (0.25, 3.0)


class LightError(PlateworksError):
    """The light is too bright, too faint or too unsteady for flats; the text says what to do."""


@dataclass(frozen=True)
class Knob:
    """What is turned to reach the level: the exposure, or the brightness of the panel.

    Attributes
    ----------
    name : str
        As it stands in a sentence.
    unit : str
    low, high : float
        Its bounds, both more than 0.
    whole : bool
        Whether it takes whole numbers only.
    dim, brighten : str
        What to do where it has reached a bound, as the end of a sentence.
    """

    name: str
    unit: str
    low: float
    high: float
    whole: bool = False
    dim: str = ""
    brighten: str = ""

    def at(self, setting: float) -> str:
        """Say a setting with its unit."""
        return f"{self.name} {setting:.4g}{self.unit and ' '}{self.unit}"

    def nearest(self, setting: float) -> float:
        """Return the possible setting that is nearest, to three digits."""
        rounded = round(setting) if self.whole else to_three_digits(setting)
        return float(min(max(rounded, self.low), self.high))


def to_three_digits(value: float) -> float:
    """Return a number rounded to three digits; names of frames and masters stay short."""
    return float(f"{value:.3g}")


class Search:
    """The state of one search; :meth:`judge` is told what each trial showed.

    Parameters
    ----------
    knob : Knob
    start : float
        The first setting to try.
    bias : float
        Level without light, in ADU.
    target : float
        Wanted level, as a part of the full range.
    tolerance : float
        Relative to `target`.
    attempts : int
        Trials at most.

    Attributes
    ----------
    setting : float
        What to try next, or what gave the level.
    trials : int
    """

    def __init__(
        self,
        knob: Knob,
        start: float,
        bias: float,
        target: float,
        tolerance: float,
        attempts: int,
    ):
        self.knob, self.bias = knob, bias
        self.target, self.tolerance, self.attempts = target, tolerance, attempts
        self.setting = knob.nearest(start)
        self.trials = 0
        self._faint, self._bright = 0.0, math.inf  # settings known to be so
        self._saturated = 0  # saturated trials in a row
        self._ceiling = math.inf  # level from which the sensor is full
        self._last: tuple[float, float] | None = None  # setting and signal of the last trial

    def judge(self, reading: Reading) -> bool:
        """Return whether the trial had the wanted level; if not, choose the next setting.

        Raises
        ------
        LightError
            If no setting gives the level.
        """
        self.trials += 1
        self._saturated = self._saturated + 1 if self._is_full(reading) else 0
        if is_good(reading, self.target, self.tolerance):
            return True
        too_bright = self._saturated > 0 or reading.part > self.target
        if too_bright:
            self._bright = self.setting
            self._faint = self._faint if self._faint < self.setting else 0.0  # the light changed
        else:
            self._faint = self.setting
            self._bright = self._bright if self._bright > self.setting else math.inf
        self._stop_at_bound(too_bright, reading)
        step = self._inside(self.knob.nearest(self._step(reading)))
        if self.trials >= self.attempts or step == self.setting:
            raise LightError(self._no_end(reading))
        self.setting = step
        return False

    def _step(self, reading: Reading) -> float:
        if self._saturated:
            tenth = self.setting / _STEP
            if self._faint:
                return max(tenth, math.sqrt(self._faint * self.setting))
            return tenth if self._saturated == 1 else self.knob.low
        signal = reading.level - self.bias
        wanted = self.target * reading.full_range - self.bias
        if signal * _BELIEVED < wanted:
            return self.setting * _STEP
        power, self._last = self._power(signal, wanted), (self.setting, signal)
        power = min(max(power, _POWERS[0]), _POWERS[1])
        return self.setting * (wanted / signal) ** (1 / power)

    def _is_full(self, reading: Reading) -> bool:
        """Return whether a trial tells no more than that it is too bright.

        That is so when it is saturated, and also when its level is too high and hardly depends on
        the setting any more: then the sensor is full somewhere below the end of the range.
        """
        signal, wanted = reading.level - self.bias, self.target * reading.full_range - self.bias
        if signal > wanted and self._power(signal, wanted) < _POWERS[0]:
            self._ceiling = _NEARLY * reading.level
        if reading.level >= self._ceiling:
            self._last = None
            return True
        return reading.is_full(self.target)

    def _power(self, signal: float, wanted: float) -> float:
        """Return the power of the setting with which the signal grew since the last trial."""
        if self._last is None:
            return 1.0
        setting, before = self._last
        telling = min(signal, before) > _TELLING * wanted
        if not telling or max(setting, self.setting) < _APART * min(setting, self.setting):
            return 1.0
        return math.log(signal / before) / math.log(self.setting / setting)

    def _inside(self, step: float) -> float:
        """Keep a step between what is known to be too faint and too bright."""
        if self._faint < step < self._bright:
            return step
        low, high = max(self._faint, self.knob.low), min(self._bright, self.knob.high)
        if not (self._faint and self._bright < math.inf):
            return self.knob.nearest(step)
        middle = self.knob.nearest(math.sqrt(low * high))
        return middle if low < middle < high else self.setting

    def _stop_at_bound(self, too_bright: bool, reading: Reading) -> None:
        knob = self.knob
        if too_bright and self.setting <= knob.low:
            raise LightError(
                f"The light is too bright for flats: at the least {knob.at(knob.low)} "
                f"{self._shown(reading)}.  {knob.dim}"
            )
        if not too_bright and self.setting >= knob.high:
            raise LightError(
                f"The light is too faint for flats: at the greatest {knob.at(knob.high)} "
                f"{self._shown(reading)}.  {knob.brighten}"
            )

    def _no_end(self, reading: Reading) -> str:
        said = f"at {self.knob.at(self.setting)} {self._shown(reading)}"
        if self.knob.whole and self._bright - self._faint <= 1:
            return (
                f"No {self.knob.name} gives the level of flats: {self.knob.at(self._faint)} is too "
                f"faint, {self.knob.at(self._bright)} too bright.  Choose another exposure "
                "(capture.flats.flat_exposure_time), or widen capture.flats.count_tolerance."
            )
        return (
            f"After {counted(self.trials, 'trial')} the level of flats is not found: {said}.  Give "
            "a steadier light, widen capture.flats.count_tolerance, or raise "
            "capture.flats.max_adjustment_attempts."
        )

    def _shown(self, reading: Reading) -> str:
        level = (
            "the frame is saturated" if reading.saturated else f"the level is {reading.part:.1%}"
        )
        wanted = f"{self.target:.0%} ± {self.target * self.tolerance:.1%}"
        return f"{level} of the range, wanted {wanted}"


def is_good(reading: Reading, target: float, tolerance: float) -> bool:
    """Return whether a flat has the level `target` within `tolerance`, which is relative to it."""
    return not reading.is_full(target) and abs(reading.part - target) <= tolerance * target
