"""Masters that serve nobody by what a ledger says of them, and what frames get in their place."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator

from plateworks.errors import PlateworksError
from plateworks.likeness import nearest
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.match import Match
from plateworks.matching.vouching import CERTIFIED, not_vouched
from plateworks.planning.plan import Plan
from plateworks.planning.words import words_now
from plateworks.printable import printable

#: Kind of a set -> the slot of what its frames are freed of.
_FREED_OF = {"flat": "darkflat", "dark": "bias", "darkflat": "bias"}
#: Masters that are named.
_MOST = 15


def withheld(plan: Plan) -> list[str]:
    """Return a sentence for each master that frames do without, with what they take instead."""
    options = plan.settings.matching
    if options.certified != "require" and all(m.word is None for m in plan.matcher.masters):
        return []
    known: dict[tuple[object, ...], Match | None] = {}
    lost: dict[Candidate, tuple[str, Counter[tuple[str, str]]]] = {}
    for what, need, slot, match in _slots(plan):
        key = slot, need.timeless, need.night, need.mjd is None
        if key not in known:
            known[key] = plan.matcher.passed_over(need, slot)
        first = known[key]
        if first is not None:
            _, counts = lost.setdefault(first.master, (_why(plan, need, first.master), Counter()))
            counts[what, "" if match is None else match.master.path] += 1
    said = [
        f"Master {master.kind} {master.path} {why}; {_instead(counts)}."
        for master, (why, counts) in sorted(lost.items(), key=lambda one: one[0].path)
    ]
    more = [f"... and {len(said) - _MOST} masters more"] if len(said) > _MOST else []
    return [*map(printable, said[:_MOST]), *more]


def said_of_nothing(plan: Plan) -> list[str]:
    """Return a sentence for each word of a person on a master that is neither there nor planned."""
    planned = {os.path.abspath(one.path) for one in plan.matcher.masters}
    said = []
    for path, word in words_now(plan.settings, plan.given).items():
        if not word.is_ours and path not in planned and not os.path.exists(path):
            near = nearest(path, planned)
            meant = "" if near is None else f"; the nearest is {near}"
            said.append(f"A ledger says that {path} was {word.clause}; there is none{meant}.")
    return said


def taken_back_since(plan: Plan) -> list[str]:
    """Return a clause for each master of a plan that was found poor, or withdrawn, since it began.

    What was made with it meanwhile is counted: the next run makes that anew.
    """
    try:
        words = words_now(plan.settings, plan.given)
    except PlateworksError as error:
        return [str(error).partition("\n")[0]]
    said = []
    for master in plan.matcher.masters:
        word = words.get(os.path.abspath(master.path))
        if word is not None and word.bars and word != master.word:
            made = ", ".join(_counted(_made_with(plan, master)))
            anew = f"; the next run gives {made} the next best" if made else ""
            said.append(f"{master.path}: it was {word.clause}{anew}")
    return said


def _slots(plan: Plan) -> Iterator[tuple[str, Need, str, Match | None]]:
    """Yield what is calibrated, what it needs, the slot, and the match that stands there."""
    for light in plan.lights:
        for slot, match in (("dark", light.first_dark), ("flat", light.flat)):
            if match is None or not match.pinned:
                yield "light", light.need, slot, match
    for master in plan.to_make:
        kind = master.source.key.kind
        for frame, match in zip(master.source.frames, master.matches, strict=False):
            yield kind, plan.need_of(frame), _FREED_OF[kind], match


def _why(plan: Plan, need: Need, master: Candidate) -> str:
    refusal = not_vouched(need, master, plan.settings.matching)
    assert refusal is not None
    if refusal.field == CERTIFIED:
        return "is certified by nobody (matching.certified)"
    return f"was {refusal.found}"


def _instead(counts: Counter[tuple[str, str]]) -> str:
    by_master: dict[str, Counter[str]] = {}
    for (what, instead), count in sorted(counts.items()):
        by_master.setdefault(instead, Counter())[what] += count
    return ", ".join(
        f"{' and '.join(_counted(some))} {_verb(some)} {f'{path} instead' if path else 'no other'}"
        for path, some in by_master.items()
    )


def _verb(counts: Counter[str]) -> str:
    return "takes" if counts.total() == 1 else "take"


def _made_with(plan: Plan, master: Candidate) -> Counter[str]:
    lights = (("light", (one.first_dark, one.flat)) for one in plan.to_calibrate)
    masters = ((f"master {one.source.key.kind}", one.matches) for one in plan.to_make)
    return Counter(what for what, taken in (*lights, *masters) if _takes(taken, master))


def _takes(matches: Iterable[Match | None], master: Candidate) -> bool:
    return any(match is not None and master in match.masters for match in matches)


def _counted(counts: Counter[str]) -> list[str]:
    return [f"{n} {what}{'s' if n > 1 else ''}" for what, n in sorted(counts.items())]
