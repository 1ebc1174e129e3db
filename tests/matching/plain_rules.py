"""The rules of matching written once more, slowly and plainly, from config/README.md alone.

Every master is judged by itself for one need at one moment; nothing is kept from one to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.maintenance import Change
from plateworks.settings.matching import Matching

KINDS = {"bias": ["bias"], "dark": ["dark"], "darkflat": ["darkflat", "dark"], "flat": ["flat"]}

PIXELS = ("width", "height", "x_origin", "y_origin", "origin_binned", "row_order", "flip", "bayer")


class Choice(NamedTuple):
    """What stands in a slot."""

    path: str
    level: int
    k: float
    bias: str | None
    dark_bias: str | None
    optimise: bool
    beyond: float = 0.0  # the K that is beyond the limit
    unscaled: bool = False


def told(fit: int, made_with: Sequence[int | None]) -> int:
    """The level that is told of a light: that of its match, or that of the master's own frames.

    The latter are the levels of what each frame of the master gets; None: neither dark nor bias.
    """
    return max([fit, *(3 if one is None else one for one in made_with)])


class Rules(NamedTuple):
    masters: Sequence[Candidate]
    options: Matching
    changes: Sequence[Change]

    def ranked(self, need: Need, slot: str) -> list[Choice]:
        """Every master that may serve, the best first."""
        judged = [(self.judge(need, one, slot), one) for one in self.masters]
        judged = [(found, one) for found, one in judged if found is not None]
        judged.sort(key=lambda pair: self.preference(need, slot, *pair))
        if slot in ("darkflat", "flat"):
            judged = self.old_first(need, slot, judged)
        return [choice for (choice, _), _ in judged]

    def old_first(self, need: Need, slot: str, judged: list) -> list:
        """What flats and lights had stays, unless a later one is better by more than the margin.

        Flats by their cost, the darks of flats by their noise.
        """
        if not judged or (slot == "darkflat" and self.options.dark_policy != "scale"):
            return judged
        (_, step), first = judged[0]
        if not self.is_later(need, first):
            return judged
        accept = min(2, self.options.accept_level.of(slot))
        for place, ((choice, its_step), master) in enumerate(judged):
            earlier = not self.is_later(need, master)
            if earlier and choice.level <= accept and its_step <= step:
                dear = [self.worth(need, slot, judged[i]) for i in (0, place)]
                if dear[0] < dear[1]:
                    return judged
                return [judged[place], *judged[:place], *judged[place + 1 :]]
        return judged

    def dark_or_bias(self, need: Need, slot: str) -> tuple[str, int] | None:
        """What a light (slot dark) or a flat (darkflat) is freed of: path and level."""
        darks, biases = self.ranked(need, slot), [] if need.bias_off else self.ranked(need, "bias")
        dark = darks[0] if darks else None
        if not biases:
            return dark and (dark.path, dark.level)
        masters = {one.path: one for one in self.masters}
        scales = self.options.dark_policy == "scale"
        if slot == "darkflat":
            level = 2
            if None not in (need.exposure, need.temperature):
                electrons = need.exposure * self.leak(need.temperature)
                level = 1 if electrons <= 10 else 2 if electrons <= 50 else 3
        elif dark is not None and dark.level == 3:
            level = 2 if any(one.beyond for one in darks) else 3
        else:
            level = 2 if dark is not None and self.options.dark_current is not None else 3
        level = max(level, biases[0].level)
        alone = biases[0]._replace(level=level, k=0.0)
        if dark is None:
            return alone.path, level
        worst = min(2, self.options.accept_level.of(slot))
        costs = [self.cost(need, slot, one, masters[one.path]) for one in (alone, dark)]
        # The noise of bias alone is that of the bias, though it counts as a dark scaled by 0.
        costs[0] = (costs[0] ** 2 + self.noise(biases[0]) ** 2) ** 0.5
        margin = 1 - self.options.change_margin
        if not scales:
            first = level < dark.level
        elif max(level, dark.level) > worst:
            first = level <= worst
        else:
            frames = [(1 + cost**2) ** 0.5 for cost in costs]
            first = frames[0] < frames[1] * margin
        one, other = (biases[0], dark) if first else (dark, biases[0])
        levels = {id(dark): dark.level, id(biases[0]): level}
        if slot == "darkflat" and scales:
            apart = "dark" in self.options.maintenance_bounds
            apart = apart and self.divided(need, masters[dark.path])
            steps = {id(dark): 2 if apart else 0, id(biases[0]): 0}
            pair = [
                ((i._replace(level=levels[id(i)]), steps[id(i)]), masters[i.path])
                for i in (one, other)
            ]
            return self.old_first(need, slot, pair)[0][0][0][:2]
        return one.path, levels[id(one)]

    def worth(self, need: Need, slot: str, judged: tuple) -> float:
        """What a later one is compared by: the noise of the frame, of flats the error."""
        (choice, _), master = judged
        if slot == "flat":
            return self.cost(need, slot, choice, master) * self.margin(need, master)
        return (1 + self.noise(choice) ** 2) ** 0.5 * self.margin(need, master)

    def margin(self, need: Need, master: Candidate) -> float:
        """What is later, or not preferred, must be better by the margin for each."""
        second = master.made != (self.options.prefer == "new")
        return 1 / (1 - self.options.change_margin) ** (second + self.is_later(need, master))

    def judge(self, need: Need, master: Candidate, slot: str) -> tuple[Choice, int] | None:
        """The choice of a master and its step in the order of the fall-backs, None if refused."""
        if master.kind not in KINDS[slot]:
            return None
        known = None not in (need.night, master.night)
        if self.options.by_date == "own" and known and need.night != master.night:
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

    def points(self, need: Need, master: Candidate, slot: str) -> int:
        """In how many points a master fails: pixels, camera and optics, each by itself; else time.

        Everything else that the driver was told is one point.
        """
        ours, theirs = need.setup, master.setup
        failed = int(not self.on_the_same_pixels(ours, theirs))
        told = ["camera", "xbin", "ybin", "gain", "offset", "readout_mode", "serial", "raw_bits"]
        failed += sum(self.contradict(getattr(ours, one), getattr(theirs, one)) for one in told)
        if slot == "flat":
            fields = ("filter", "telescope", "focal_length", "rotator")
            failed += sum(self.fails_in(one, need, master) for one in fields)
        same = {one: getattr(ours, one) for one in (*told, *PIXELS)}
        alike = replace(master, setup=replace(theirs, **same))
        failed += self.setup(need, alike) is None
        return max(failed, 1)

    def fails_in(self, field: str, need: Need, master: Candidate) -> bool:
        """Whether a flat fails in one field of the optics, as if all else were equal."""
        others = {"filter", "telescope", "focal_length", "rotator"} - {field}
        equal = {one: getattr(need, one) for one in others}
        return self.optics(need, replace(master, **equal)) is None

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
        if abs(a - b) <= self.options.temperature_good_degC:
            return 1
        if not need.bright or (master.kind != "bias" and need.exposure is None):
            moved = 0.4 * round(abs(a - b), 9)
            little = master.kind == "bias" and self.options.dark_policy == "scale" and moved <= 5
            return 2 if little else 3
        electrons = 0.4 * abs(a - b)  # that the bias moves, and then the dark current
        if master.kind != "bias":
            electrons += need.exposure * abs(self.leak(a) - self.leak(b))
        return 2 if electrons <= 50 else 3

    def leak(self, temperature: float) -> float:
        """Electrons in a second: 2 at 20 degrees, twice as many 6 degrees on."""
        return 2 * 2 ** ((temperature - 20) / 6)

    def found(self, need: Need, k: float) -> bool:
        """Whether it can be found in a frame that its dark was scaled by K."""
        if abs(k - 1) <= 0.02:
            return False
        if not need.bright or need.exposure is None or need.temperature is None:
            return True
        return need.exposure * self.leak(need.temperature) > 10

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
            ahead = self.options.flat_future_days
            late = ahead is not None and master.mjd - need.mjd > ahead
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
            ratio = self.options.dark_policy.startswith("scale")
            ratio = ratio and self.options.dark_scale != "none"
            if known and (ratio or fitted) and need.exposure and master.exposure:
                k = need.exposure / master.exposure
            limit = self.options.dark_scale_limit
            if k != 1.0 and (limit is None or k <= limit):
                level = max(level, 2 if self.found(need, k) else 0)
            else:
                level = 2 if self.adds_little(need, master) and level < 3 else 3
                choice = choice._replace(beyond=0.0 if k == 1.0 else k, unscaled=True)
                k = 1.0
        if bare == need.bias_off and not need.bias_off and k == 1.0 and not fitted:
            return choice._replace(level=level)  # whole, with its bias
        bias = None if need.bias_off else bias
        own = None if bare else own
        level = max([level, *(one.level for one in (bias, own) if one is not None)])
        return choice._replace(
            level=level, k=k, bias=bias and bias.path, dark_bias=own and own.path, optimise=fitted
        )

    def adds_little(self, need: Need, dark: Candidate) -> bool:
        """Whether the seconds between two exposures are few, or hold little beside a flat."""
        both = self.options.dark_policy == "scale" and need.exposure and dark.exposure is not None
        if both and abs(dark.exposure / need.exposure - 1) <= 0.02:
            return True
        seconds = (need.exposure, dark.exposure, need.temperature)
        if self.options.dark_policy != "scale" or not need.bright or None in seconds:
            return False
        return abs(seconds[0] - seconds[1]) * self.leak(need.temperature) <= 50

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
        """What is accepted, fall-back, cost; or, as guides say, by exposures; then by date."""
        choice, step = found
        options = self.options
        apart = self.degrees(need, master) if slot != "flat" else 0.0
        kind = KINDS[slot].index(master.kind)
        rest = (kind, apart, *self.date(need, master), master.path)
        second = master.made != (options.prefer == "new")
        if slot != "flat" and options.dark_policy == "scale":
            dear = (1 + self.cost(need, slot, choice, master) ** 2) ** 0.5
            dear *= self.margin(need, master)
            return (choice.level > options.accept_level.of(slot), step, dear, *rest)
        exposure = (0, 0.0)
        if slot in ("dark", "darkflat") and not self.same(need.exposure, master.exposure):
            if need.exposure is None or master.exposure is None:
                exposure = (2, 0.0)
            else:
                longer, policy = master.exposure > need.exposure, options.dark_policy
                shorter_first = policy == "longest_not_longer"
                shorter_first |= policy == "scale_longest_not_longer" and choice.k != 1.0
                exposure = (longer and shorter_first, abs(master.exposure - need.exposure))
        return (choice.level, step, exposure, second, *rest)

    def cost(self, need: Need, slot: str, choice: Choice, master: Candidate) -> float:
        """Noise of all masters together, and in quadrature doubt, warmth, age and dark current."""
        doubt = {0: 0.0, 1: 0.2, 2: 0.7, 3: 3.0}[choice.level]
        seconds = None not in (need.exposure, master.exposure) and need.exposure
        if choice.unscaled:
            doubt = 3.0 if need.bright else doubt
            if seconds:
                doubt *= 1 + abs(need.exposure - master.exposure) / need.exposure
        elif choice.k > 1:
            doubt = max(doubt, 3.0 * (choice.k - 1))
        else:
            doubt = max(doubt, 1.4 * (1 - choice.k))
        age = 0.0
        if self.options.by_date == "nearest" and None not in (need.night, master.night):
            kind = {"darkflat": "dark"}.get(master.kind, master.kind)
            age = abs(need.night - master.night) / max(1.0, self.options.fresh_days.of(kind))
            age = age if slot == "flat" else min(1.0, age)
        more = doubt**2 + (0.1 * age) ** 2
        if slot != "flat":
            more += (0.1 * self.degrees(need, master)) ** 2
        if slot in ("dark", "darkflat"):
            more += self.left(need, choice, master) ** 2
        return (self.noise(choice) ** 2 + more) ** 0.5

    def noise(self, choice: Choice) -> float:
        """That of all masters together, in those of one frame."""
        frames = {one.path: one.frames or 10 for one in self.masters}
        shares: dict[str, float] = {}
        for path, share in (
            (choice.path, choice.k), (choice.bias, 1.0), (choice.dark_bias, -choice.k)
        ):  # fmt: skip
            if path is not None:
                shares[path] = shares.get(path, 0.0) + share
        return sum(share**2 / frames[path] for path, share in shares.items()) ** 0.5

    def left(self, need: Need, choice: Choice, master: Candidate) -> float:
        """Dark current that stays in the frame."""
        rate = self.options.dark_current
        if not rate or not need.exposure or choice.optimise:
            return 0.0
        if master.kind == "bias":
            return rate * need.exposure
        seconds = 0.0
        if choice.unscaled and master.exposure is not None:
            seconds = abs(need.exposure - master.exposure)
        if None not in (need.temperature, master.temperature):
            doublings = (master.temperature - need.temperature) / 6.0
            seconds += need.exposure * abs(2.0**doublings - 1)
        return rate * seconds

    def degrees(self, need: Need, master: Candidate) -> float:
        """How far temperatures are apart beyond the tolerance."""
        if None in (need.temperature, master.temperature):
            return 0.0
        apart = abs(need.temperature - master.temperature)
        return apart if apart > self.options.temperature_tolerance_degC else 0.0

    def is_later(self, need: Need, master: Candidate) -> bool:
        known = None not in (need.night, master.night)
        return self.options.by_date == "nearest" and known and master.night > need.night

    def date(self, need: Need, master: Candidate) -> tuple:
        """Nights between, an earlier night before a later one, the newest; what is unknown last."""
        age = float("inf") if master.mjd is None else -master.mjd
        if self.options.by_date == "newest" or need.night is None:
            return (age,)
        if master.night is None:
            return 1e9, 0, age
        return abs(master.night - need.night), int(master.night > need.night), age
