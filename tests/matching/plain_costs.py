"""What is better of two masters that may serve, by config/README.md; see :mod:`plain_rules`."""

from __future__ import annotations

from typing import NamedTuple

from plain_measures import Measures
from plateworks.matching.candidates import Candidate, Need

KINDS = {"bias": ["bias"], "dark": ["dark"], "darkflat": ["darkflat", "dark"], "flat": ["flat"]}


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


class Costs(Measures):
    """In which order masters are preferred."""

    def margin(self, need: Need, master: Candidate) -> float:
        """What is later, or not preferred, must be better by the margin for each."""
        second = master.made != (self.options.prefer == "new")
        return 1 / (1 - self.options.change_margin) ** (second + self.is_later(need, master))

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

    def date(self, need: Need, master: Candidate) -> tuple:
        """Nights between, an earlier night before a later one, the newest; what is unknown last."""
        age = float("inf") if master.mjd is None else -master.mjd
        if self.options.by_date == "newest" or need.night is None:
            return (age,)
        if master.night is None:
            return 1e9, 0, age
        return abs(master.night - need.night), int(master.night > need.night), age
