"""The rules of matching written once more, slowly and plainly, from config/README.md alone.

Every master is judged by itself for one need at one moment; nothing is kept from one to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.maintenance import Change
from plateworks.settings.matching import Matching

KINDS = {"bias": ["bias"], "dark": ["dark"], "darkflat": ["darkflat", "dark"], "flat": ["flat"]}


class Choice(NamedTuple):
    """What stands in a slot."""

    path: str
    level: int
    k: float
    bias: str | None
    dark_bias: str | None
    optimise: bool


class Rules(NamedTuple):
    masters: Sequence[Candidate]
    options: Matching
    changes: Sequence[Change]

    def ranked(self, need: Need, slot: str) -> list[Choice]:
        """Every master that may serve, the best first."""
        judged = [(self.judge(need, one, slot), one) for one in self.masters]
        judged = [(found, one) for found, one in judged if found is not None]
        judged.sort(key=lambda pair: self.preference(need, slot, *pair))
        return [choice for (choice, _), _ in judged]

    def judge(self, need: Need, master: Candidate, slot: str) -> tuple[Choice, int] | None:
        """The choice of a master and its step in the order of the fall-backs, None if refused."""
        if master.kind not in KINDS[slot]:
            return None
        levels = [self.setup(need, master), self.age(need, master)]
        levels += [self.optics(need, master)] if slot == "flat" else [self.heat(need, master)]
        if None in levels:
            return None
        choice = Choice(master.path, max(levels), 1.0, None, None, False)
        if slot == "bias":
            return choice, 0
        if slot == "flat":
            return self.flat(need, master, choice)
        if "dark" in self.options.maintenance_bounds and self.divided(need, master):
            choice, step = choice._replace(level=max(choice.level, 2)), 2
        else:
            step = 0
        choice = self.dark(need, master, choice, slot)
        return None if choice is None else (choice, step)

    def setup(self, need: Need, master: Candidate) -> int | None:
        ours, theirs = need.setup, master.setup
        if not self.on_the_same_pixels(ours, theirs):
            return None
        level = 0
        for field in ("camera", "xbin", "ybin", "gain", "offset", "readout_mode"):
            a, b = getattr(ours, field), getattr(theirs, field)
            if a is not None and b is not None and a != b:
                return None
            if (a is None) != (b is None):
                level = 2
        for field in ("serial", "raw_bits", "egain"):
            if self.contradict(getattr(ours, field), getattr(theirs, field)):
                return None
        switches = [(one.driver_mode or "").split() for one in (ours, theirs)]
        for mine in switches[0]:
            name = mine.split("=")[0]
            if any(its != mine and its.split("=")[0] == name for its in switches[1]):
                return None
        if {ours.row_order, theirs.row_order} == {"BOTTOM-UP", None}:
            level = 2
        if bool(ours.overscan_off) != bool(theirs.overscan_off):
            return None
        known = ours.serial is not None and theirs.serial is not None
        moved = self.contradict(need.telescope, master.telescope)
        if master.kind != "flat" and moved and not known:
            level = 2
        return level

    def contradict(self, a: object, b: object) -> bool:
        return a is not None and b is not None and a != b

    def on_the_same_pixels(self, ours: Setup, theirs: Setup) -> bool:
        """Whether every pixel of a frame is in a master, at a place that is beyond doubt."""
        if (ours.flip or "none") != (theirs.flip or "none"):
            return False
        turned = self.contradict(ours.row_order, theirs.row_order)
        size, whole = (ours.width, ours.height), (theirs.width, theirs.height)
        starts = [ours.x_origin, ours.y_origin, theirs.x_origin, theirs.y_origin]
        binned = ours.xbin != theirs.xbin or ours.ybin != theirs.ybin
        left = low = 0
        begin = [start or 0 for start in starts]
        if size != whole or begin[:2] != begin[2:]:
            if size == whole or None in starts or binned:
                return False
            if ours.origin_binned or theirs.origin_binned:
                return False
            left, low = starts[0] - starts[2], starts[1] - starts[3]
            high = whole[1] - low - size[1]
            if min(left, low, high, whole[0] - left - size[0]) < 0:
                return False
            if low != high and (turned or "BOTTOM-UP" in (ours.row_order, theirs.row_order)):
                return False
        if ours.bayer is None or theirs.bayer is None:
            return True
        rows = [theirs.bayer[:2], theirs.bayer[2:]]
        begun = [row[left % 2 :] + row[: left % 2] for row in (rows * 2)[low % 2 :][:2]]
        return ours.bayer in ("".join(begun), "".join(begun[::-1]) if turned else None)

    def age(self, need: Need, master: Candidate) -> int:
        if need.mjd is None or master.mjd is None:
            return 2
        kind = {"darkflat": "dark"}.get(master.kind, master.kind)
        return 0 if abs(need.mjd - master.mjd) <= self.options.fresh_days.of(kind) else 1

    def heat(self, need: Need, master: Candidate) -> int:
        a, b = need.temperature, master.temperature
        if a is None or b is None:
            return 0 if a is b else 2
        if abs(a - b) <= self.options.temperature_tolerance_degC:
            return 0
        return 1 if abs(a - b) <= self.options.temperature_good_degC else 3

    def optics(self, need: Need, master: Candidate) -> int | None:
        for field in ("telescope", "focal_length", "rotator"):
            a, b = getattr(need, field), getattr(master, field)
            if a is None or b is None:
                continue
            if field == "telescope" and a != b:
                return None
            if field == "focal_length" and not 0.98 <= b / a <= 1.02:
                return None
            if field == "rotator":
                turns = [abs(a - b + turn) for turn in (-360, 0, 360)]
                if min(turns) > self.options.rotator_tolerance_deg:
                    return None
        if need.filter == master.filter:
            return 0
        substitute = self.options.substitute_filter
        if need.filter is None or substitute is None or master.filter != substitute.casefold():
            return None
        return 2

    def divided(self, need: Need, master: Candidate) -> bool:
        """Whether a change of the camera lies between: after the one, up to the other."""
        if None in (need.mjd, master.mjd):
            return False
        low, high = sorted((need.mjd, master.mjd))
        return any(low < change.mjd <= high for change in self.concerning(need.setup.camera))

    def concerning(self, camera: str | None) -> list[Change]:
        if camera is None:
            return []
        same = [one for one in self.changes if one.camera == camera]
        alike = [one for one in self.changes if one.camera in camera or camera in one.camera]
        return same or alike

    def flat(self, need: Need, master: Candidate, choice: Choice) -> tuple[Choice, int] | None:
        """Interval and limit, interval, anywhere within the limit; then the same with L."""
        level, step = choice.level, 0
        if None not in (need.mjd, master.mjd):
            logged = "flat" in self.options.maintenance_bounds
            changes = self.concerning(need.setup.camera) if logged else []
            oldest = self.options.flat_max_age_days
            if oldest is not None and need.mjd - master.mjd > oldest:
                return None
            late = master.mjd - need.mjd > self.options.flat_future_days
            if logged and self.divided(need, master):
                if late:
                    return None
                level, step = max(level, 2), 2
            elif late and not changes:
                return None
            elif late:
                level, step = max(level, 1), 1
        return choice._replace(level=level), step if master.filter == need.filter else step + 3

    def dark(self, need: Need, master: Candidate, choice: Choice, slot: str) -> Choice | None:
        """Exposures, and the bias inside."""
        biases = self.ranked(need, "bias")
        bias = biases[0] if biases else None
        own = self.own_bias(need, master)
        level = choice.level
        if master.bias_inside is None:
            level = max(level, 1)
        bare = master.bias_inside is False
        known = (need.bias_off or bias is not None) and (bare or own is not None)
        if bare != need.bias_off and not known:
            return None
        fitted = slot == "dark" and self.options.dark_scale == "optimise" and known
        k = 1.0
        if not self.same(need.exposure, master.exposure):
            if self.options.dark_policy == "exact":
                return None
            ratio = self.options.dark_policy == "scale" and self.options.dark_scale != "none"
            if known and (ratio or fitted) and need.exposure and master.exposure:
                k, level = need.exposure / master.exposure, max(level, 2)
            else:
                level = 3
        if bare == need.bias_off and not need.bias_off and k == 1.0 and not fitted:
            return choice._replace(level=level)  # whole, with its bias
        bias = None if need.bias_off else bias
        own = None if bare else own
        level = max([level, *(one.level for one in (bias, own) if one is not None)])
        return Choice(master.path, level, k, bias and bias.path, own and own.path, fitted)

    def own_bias(self, need: Need, dark: Candidate) -> Choice | None:
        """The best bias for the dark itself, among those that cover the frame's pixels."""
        its = Need(
            dark.setup, dark.temperature, None, None, dark.telescope, None, None, dark.mjd,
            dark.night,
        )  # fmt: skip
        setups = {one.path: one.setup for one in self.masters}
        biases = self.ranked(its, "bias")
        return next(
            (one for one in biases if self.on_the_same_pixels(need.setup, setups[one.path])), None
        )

    def same(self, a: float | None, b: float | None) -> bool:
        least = max(1e-6, self.options.exposure_tolerance)
        return None not in (a, b) and abs(a - b) <= least * max(a, b)

    def preference(
        self, need: Need, slot: str, found: tuple[Choice, int], master: Candidate
    ) -> tuple:
        """Level, fall-back, exposure, new or library, kind, temperature beyond tolerance, date."""
        choice, step = found
        exposure = (0, 0.0)
        if slot in ("dark", "darkflat") and not self.same(need.exposure, master.exposure):
            if need.exposure is None or master.exposure is None:
                exposure = (2, 0.0)
            else:
                longer = master.exposure > need.exposure
                policy = self.options.dark_policy
                shorter_first = policy == "longest_not_longer"
                shorter_first |= policy == "scale" and choice.k != 1.0
                exposure = (longer and shorter_first, abs(master.exposure - need.exposure))
        apart = 0.0
        if slot != "flat" and None not in (need.temperature, master.temperature):
            apart = abs(need.temperature - master.temperature)
            apart = apart if apart > self.options.temperature_tolerance_degC else 0.0
        return (
            choice.level,
            step,
            exposure,
            master.made != (self.options.prefer == "new"),
            KINDS[slot].index(master.kind),
            apart,
            *self.date(need, master),
            master.path,
        )

    def date(self, need: Need, master: Candidate) -> tuple:
        """Nights between, an earlier night before a later one, the newest; what is unknown last."""
        age = float("inf") if master.mjd is None else -master.mjd
        if self.options.by_date == "newest" or need.night is None:
            return (age,)
        if master.night is None:
            return 1e9, 0, age
        return abs(master.night - need.night), int(master.night > need.night), age
