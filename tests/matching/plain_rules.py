"""The rules of matching written once more, slowly and plainly, from config/README.md alone.

Every master is judged by itself for one need at one moment; nothing is kept from one to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plain_costs import KINDS, Choice, Costs
from plateworks.matching.candidates import Candidate, Need

PIXELS = ("width", "height", "x_origin", "y_origin", "origin_binned", "row_order", "flip", "bayer")


def told(fit: int, made_with: Sequence[int | None]) -> int:
    """The level that is told of a light: that of its match, or that of the master's own frames.

    The latter are the levels of what each frame of the master gets; None: neither dark nor bias.
    """
    return max([fit, *(3 if one is None else one for one in made_with)])


class Rules(Costs):
    """Which masters may serve, and which does."""

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
        for field in ("serial", "raw_bits", "egain", "amplifiers"):
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
