"""How far a master is from a need, measured as config/README.md says; see :mod:`plain_rules`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.maintenance import Change
from plateworks.settings.matching import Matching


@dataclass(frozen=True)
class Measures:
    """The masters there are, what the user wants, and what the log of the camera says."""

    masters: Sequence[Candidate]
    options: Matching
    changes: Sequence[Change]

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

    def same(self, a: float | None, b: float | None) -> bool:
        least = max(1e-6, self.options.exposure_tolerance)
        return None not in (a, b) and abs(a - b) <= least * max(a, b)

    def degrees(self, need: Need, master: Candidate) -> float:
        """How far temperatures are apart beyond the tolerance."""
        if None in (need.temperature, master.temperature):
            return 0.0
        apart = abs(need.temperature - master.temperature)
        return apart if apart > self.options.temperature_tolerance_degC else 0.0

    def is_later(self, need: Need, master: Candidate) -> bool:
        known = None not in (need.night, master.night)
        return self.options.by_date == "nearest" and known and master.night > need.night
