"""Choosing masters: among those that may serve, the best, and the one that came second.

What does not depend on time is compared once for all frames that differ only in time
(:mod:`plateworks.matching.comparison`).  Time enters through a few dates at which something
changes: a flat becomes too far in the future, a dark is no longer fresh.  Between two such dates of
a night the choice is the same, so it is made once for each stretch.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence

from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import SLOTS, Candidate, Need, need_of_bias, nights_later
from plateworks.matching.comparison import compare
from plateworks.matching.cost import cost_of
from plateworks.matching.darkrules import (
    NO_BIASES,
    Biases,
    is_fitted,
    judge_dark,
    takes_biases,
)
from plateworks.matching.flatrules import bounded, judge_flat
from plateworks.matching.keeping import old_first
from plateworks.matching.maintenance import MaintenanceLog
from plateworks.matching.match import ACCEPTABLE, EXACT, GOOD, Finding, Match, Refusal
from plateworks.matching.misses import (
    Absent,
    Miss,
    is_likely,
    miss_by_comparison,
    miss_of,
    miss_of_absent,
)
from plateworks.matching.nearby import Nearby, alike
from plateworks.matching.placement import place
from plateworks.matching.preference import preference
from plateworks.matching.timespans import (
    MATTERS,
    Field,
    Fit,
    Judged,
    Key,
    Stretch,
    dates_of,
    fresh,
)
from plateworks.matching.vouching import not_vouched, with_doubt
from plateworks.settings.matching import Matching


class Matcher:
    """Chooses among `masters` by the rules of the configuration.

    Parameters
    ----------
    masters : iterable of Candidate
    options : Matching
    log : MaintenanceLog, optional
    absent : iterable of Absent
        Masters that would be there if something did not stand in the way; refusals know them.
    """

    def __init__(
        self,
        masters: Iterable[Candidate],
        options: Matching,
        log: MaintenanceLog | None = None,
        absent: Iterable[Absent] = (),
    ):
        self.options = options
        self._log = log or MaintenanceLog()
        self.masters = tuple(masters)
        self._by_kind: dict[str, list[Candidate]] = {}
        for master in self.masters:
            self._by_kind.setdefault(master.kind, []).append(master)
        self._absent = tuple(absent)
        self._misses: dict[Key, list[Miss]] = {}
        self._fields: dict[Key, Field] = {}
        self._judged_flats: dict[Key, dict[Key, Stretch]] = {}
        self._own_biases: dict[tuple[Candidate, Setup], Match | None] = {}

    def with_more(self, masters: Iterable[Candidate]) -> Matcher:
        """Return one that knows some more masters."""
        return Matcher((*self.masters, *masters), self.options, self._log, self._absent)

    def best(self, need: Need, slot: str) -> Match | None:
        """Return the best master for a slot (a key of :data:`SLOTS`), or None."""
        best = self._stretch(need, slot).best
        return None if best is None else self._as_of_now(need, slot, best)

    def ranked(self, need: Need, slot: str) -> list[Match]:
        """Return every master that may fill a slot, the best first."""
        return self._whole(need, slot).ranked

    def passed_over(self, need: Need, slot: str) -> Match | None:
        """Return the match that would be the best if a ledger said nothing against its master."""
        near = self._stretch(need, slot).near
        spoken = [one for one in near.refused if not_vouched(need, one[0], self.options)]
        judged = (self._judge_itself(need, slot, *one) for one in spoken)
        more = [one for one in judged if isinstance(one, Match)]
        ranked = sorted(
            [*near.ranked, *more], key=lambda m: preference(need, slot, m, self.options)
        )
        first = next(iter(ranked), None)
        accepted = first is not None and first.level <= self.options.accept_level.of(slot)
        return first if accepted and first in more else None

    def _stretch(self, need: Need, slot: str) -> Stretch:
        """Choose among all candidates, once for each stretch."""
        field = self._field(need, slot)
        key = need.night, -1 if need.mjd is None else bisect_right(field.dates, need.mjd)
        if key not in field.judged:
            if field.nearby is None:
                field.nearby = self._nearby(need, slot, field.fit)
            bias = self.best(need, "bias") if slot in ("dark", "darkflat") else None
            near = [field.fit[place] for place in field.nearby.of(need, bias and bias.master.path)]
            judged = self._judged(need, slot, near)
            best = self._told(need, slot, judged.ranked) if judged.ranked else None
            whole = judged if len(near) == len(field.fit) else None
            field.judged[key] = Stretch(need, judged, best, whole)
        return field.judged[key]

    def _whole(self, need: Need, slot: str) -> Judged:
        """Judge all candidates, also those that cannot come first."""
        stretch = self._stretch(need, slot)
        if stretch.whole is None:
            fit = self._field(need, slot).fit
            stretch.whole = self._judged(stretch.need, slot, fit)
        return stretch.whole

    def _judged(self, need: Need, slot: str, fit: Sequence[Fit]) -> Judged:
        judged = [self._judge(need, slot, *one) for one in fit]
        matches = [one for one in judged if isinstance(one, Match)]
        refused = [
            candidate
            for candidate, one in zip(fit, judged, strict=True)
            if isinstance(one, Refusal)
        ]
        ranked = sorted(matches, key=lambda m: preference(need, slot, m, self.options))
        return Judged(old_first(need, slot, ranked, self.options), refused)

    def _nearby(self, need: Need, slot: str, fit: Sequence[Fit]) -> Nearby:
        """Find out which candidates differ in their night alone; a dark may have its own bias."""
        kinds: list[Hashable | None] = []
        own: list[str | None] = []
        for master, timeless in fit:
            kind = alike(slot, master, timeless, self.options)
            bias = None
            if kind is not None and self._has_biases(need, slot, master):
                match = self._own_bias(master, need.setup)
                bias = match.master if match is not None and match.level == EXACT else None
                kind = None if bias is None else (kind, bias.frames, bias.constant)
            kinds.append(kind)
            own.append(None if bias is None else bias.path)
        return Nearby([master for master, _ in fit], kinds, own)

    def _has_biases(self, need: Need, slot: str, master: Candidate) -> bool:
        """Whether it matters which biases stand beside a master."""
        return slot in ("dark", "darkflat") and takes_biases(need, slot, master, self.options)

    def _told(self, need: Need, slot: str, ranked: Sequence[Match]) -> Match:
        """Return the best of some matches with its cost, and what came second."""
        best = ranked[0]
        second = ranked[1].master.path if len(ranked) > 1 else ""
        return best._replace(cost=cost_of(need, best, slot, self.options), runner_up=second)

    def _as_of_now(self, need: Need, slot: str, match: Match) -> Match:
        """Say the days as they are for this frame; a stretch was judged at some moment of it."""
        if not match.dated:
            return match
        judged = self._judge(need, slot, match.master, match.timeless)
        return match if isinstance(judged, Refusal) else match._replace(findings=judged.findings)

    def biases(self, need: Need, dark: Candidate) -> Biases:
        """Return the best master biases for a frame, and for a dark that is scaled to suit it."""
        return Biases(self.best(need, "bias"), self._own_bias(dark, need.setup))

    def _own_bias(self, dark: Candidate, setup: Setup) -> Match | None:
        """Return the best bias to free a dark with, of those that suit frames of a setup."""
        if (dark, setup) not in self._own_biases:
            need = need_of_bias(dark)
            fit = (
                self._as_of_now(need, "bias", match)
                for match in self._stretch(need, "bias").near.ranked  # of each setup the best
                if not isinstance(place(setup, match.master.setup, match.master.path), Refusal)
            )
            self._own_biases[dark, setup] = next(fit, None)
        return self._own_biases[dark, setup]

    def refusals(self, need: Need, slot: str) -> list[Refusal]:
        """Return every candidate of a slot that is refused, also for its level, and why."""
        timeless = [miss.refusal for miss in self._timeless(need, slot)]
        return timeless + self._refused_now(need, slot)

    def misses(self, need: Need, *slots: str) -> list[Refusal]:
        """Return every candidate of some slots that is refused, the nearest miss first."""
        return [miss.refusal for miss in self.nearest(need, *slots)]

    def nearest(self, need: Need, *slots: str) -> list[Miss]:
        """Return how far each is from being let in: the first in the fewest, least hard points."""
        found = [miss for slot in slots for miss in self._timeless(need, slot)]
        found += (miss_of(one) for slot in slots for one in self._refused_now(need, slot))
        return sorted(found, key=lambda miss: miss.order)

    def _refused_now(self, need: Need, slot: str) -> list[Refusal]:
        """Return those that are refused for their date or their level."""
        accept, whole = self.options.accept_level.of(slot), self._whole(need, slot)
        judged = (self._judge(need, slot, *one) for one in whole.refused)
        poor = (self._as_of_now(need, slot, one) for one in whole.ranked if one.level > accept)
        found = (*judged, *(one.refused_by_level(accept) for one in poor))
        return [one for one in found if isinstance(one, Refusal)]

    def _timeless(self, need: Need, slot: str) -> list[Miss]:
        """Return those that are refused at any time, and those that are not made."""
        key = self._key(need, slot)
        if key not in self._misses:
            kinds = SLOTS[slot]
            found = (
                miss_by_comparison(need, master, self.options)
                for kind in kinds
                for master in self._by_kind.get(kind, ())
            )
            misses = [miss for miss in found if miss is not None]
            misses += (
                miss_of_absent(need, one, slot, self.options)
                for one in self._absent
                if one.kind in kinds and is_likely(need, one, slot, self.options)
            )
            self._misses[key] = misses
        return self._misses[key]

    # -- what can be said once -------------------------------------------------------------------

    def _key(self, need: Need, slot: str) -> Key:
        return slot, need.what, need.bright, need.setup, *MATTERS[slot](need)

    def _field(self, need: Need, slot: str) -> Field:
        key = self._key(need, slot)
        if key not in self._fields:
            field = Field([], [], {})
            for kind in SLOTS[slot]:
                for master in self._by_kind.get(kind, ()):
                    compared = compare(need, master, self.options)
                    if not isinstance(compared, Refusal):
                        field.fit.append((master, compared))
            if slot == "flat":
                # Optics decide who is a candidate, not who is the best of them: rotators that
                # differ a little share their choices.
                same = (need.setup, need.filter, *field.fit)
                field.judged = self._judged_flats.setdefault(same, {})
            changes = self._log.changes_of(need.setup.camera)
            dates = dates_of(slot, field.fit, self.options) | {one.mjd for one in changes}
            if slot in ("dark", "darkflat"):
                dates |= set(self._field(need, "bias").dates)
            field.dates.extend(sorted(dates))
            self._fields[key] = field
        return self._fields[key]

    # -- what depends on time --------------------------------------------------------------------

    def _judge(
        self, need: Need, slot: str, master: Candidate, timeless: tuple[Finding, ...]
    ) -> Match | Refusal:
        """Judge one master at one time, of which is known what does not depend on it."""
        refused = not_vouched(need, master, self.options)
        return refused or self._judge_itself(need, slot, master, timeless)

    def _judge_itself(
        self, need: Need, slot: str, master: Candidate, timeless: tuple[Finding, ...]
    ) -> Match | Refusal:
        """Judge it whether or not it may serve by what is said of it."""
        if self.options.by_date == "own" and (later := nights_later(need, master)):
            apart = f"{abs(later)} nights {'later' if later > 0 else 'earlier'}"
            return Refusal(master.path, "date", "its own night", apart, "matching.by_date")
        match = with_doubt(Match(master, timeless, timeless=timeless))
        if master.constant:
            match = match.noting(EXACT, "a constant level")
        elif need.mjd is None or master.mjd is None:
            side = "light" if need.mjd is None else "master"
            match = match.noting(ACCEPTABLE, f"date unknown in the {side}")
        elif not fresh(master.kind, master.mjd, self.options).holds(need.mjd):
            days = need.mjd - master.mjd
            age = "older" if days > 0 else "newer"
            match = match.noting(GOOD, f"{abs(days):.0f} days {age}", dated=True)
        if master.modelled is not None:
            match = match.noting(GOOD, master.modelled.text)
        if slot == "flat":
            return judge_flat(need, match, self._log, self.options)
        if slot == "bias":
            return match
        match = bounded(need, match, self._log, self.options, "dark")
        takes = self._has_biases(need, slot, master)
        biases = self.biases(need, master) if takes else NO_BIASES
        optimise = is_fitted(slot, self.options)
        return judge_dark(need, match, biases, self.options, optimise=optimise)
