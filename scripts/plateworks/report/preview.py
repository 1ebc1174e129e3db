"""The first thing a user sees: what was found and what will be made."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

from plateworks import __version__
from plateworks.inventory.scan import Reject
from plateworks.inventory.sets import FrameSet
from plateworks.matching.match import ACCEPTABLE, LEVEL_NAMES
from plateworks.metadata.kinds import KINDS
from plateworks.planning.lights import PlannedLight, slots_done
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.setaside import by_reason, lines_of, none_usable, without_numbers
from plateworks.printable import printable
from plateworks.report.apart import told_apart
from plateworks.report.leftover import left_over, lines_on, table_of_left_over
from plateworks.report.missing import missing
from plateworks.report.reasons import lines_on_changes
from plateworks.report.remarks import remarks
from plateworks.report.rolled import Roll, rolled
from plateworks.report.standing import Count, Standing
from plateworks.report.unread import lines_on_unread
from plateworks.wording import counted

_ORDER = list(KINDS)
_MOST = 15  # lines of one list; the tables hold the rest
_MOST_ROLLS = 9  # lines of one table before more is put together
_MOST_GAPS = 5
_WIDTH = 80  # columns of a plain terminal


def summarise(
    plan: Plan,
    notes: Sequence[str] = (),
    standing: Standing | None = None,
    *,
    briefly: bool = False,
) -> str:
    """Return the plan in a few dozen lines of plain text.

    Parameters
    ----------
    plan : Plan
    notes : sequence of str
        Further sentences a user should read before the run.
    standing : Standing, optional
        What of the plan is there, where somebody has looked already.
    briefly : bool
        Whether one line is enough for what was found and made, where all is there already.
    """
    standing = standing or Standing(plan)
    return "\n".join(
        [
            f"Plateworks {__version__}",
            "",
            *(_all_there(plan) if briefly and standing.complete else _planned(plan, standing)),
            *_refused(plan),
            *_gaps(plan),
            *lines_on_unread(plan),
            *_rejects(plan),
            *lines_on_changes(plan, standing.outdated),
            *_left_over(plan),
            *_notes([*notes, *standing.notes, *remarks(plan)]),
            f"The whole plan: snakemake plan, then {plan.settings.results}/plan/",
            "",
        ]
    )


def _planned(plan: Plan, standing: Standing) -> list[str]:
    return [*_frames(plan), "", *_masters(plan, standing), "", *_lights(plan, standing)]


def _all_there(plan: Plan) -> list[str]:
    solved = " and solved" if "solved" in plan.settings.stages else ""
    return [
        f"All is there of {counted(len(plan.frames), 'raw frame')} in {', '.join(plan.folders)}: "
        f"{counted(len(plan.to_make), 'master')}; "
        f"{counted(len(plan.to_calibrate), 'light')}, calibrated{solved}"
    ]


def _frames(plan: Plan) -> list[str]:
    if plan.all_set_aside:
        return [*none_usable([*plan.rejects, *plan.unread], plan.folders), _to_capture(plan)]
    if not plan.frames and not plan.found:
        return [f"No frames yet.  {_to_capture(plan)}"]
    rolls = rolled(sorted(plan.sets, key=_order), lambda one: one, lambda _: None, _MOST_ROLLS)
    apart = _apart((roll.stand_in for roll in rolls), _look)
    rows = [
        (
            roll.kind,
            *_camera(roll.first),
            roll.session,
            printable(roll.filter),
            roll.exposure,
            roll.temperature,
            f"{roll.first.frames[0].width}x{roll.first.frames[0].height}",
            roll.frames,
            apart[roll.stand_in.id],
        )
        for roll in rolls
    ]
    header = ("kind", "camera", "session", "filter", "exposure", "temp", "size", "frames", "")
    found = counted(len(plan.frames), "raw frame")
    return [f"Found {found} in {', '.join(plan.folders)}", *_table(header, rows)]


def _camera(one: FrameSet) -> tuple[str]:
    return (printable(one.frames[0].camera or "unknown camera"),)


def _look(one: FrameSet) -> tuple[object, ...]:
    """Return what the table of sets shows of one, but the number of its frames."""
    frame, key = one.frames[0], one.key
    shown = frame.filter if KINDS[key.kind].filtered else None
    night = key.session, key.exposure, key.temperature
    return key.kind, *_camera(one), shown, *night, frame.width, frame.height


def _apart(sets: Iterable[FrameSet], look: Callable[[FrameSet], Hashable]) -> Mapping[str, str]:
    """Return what each set differs in from those that look like it, by its id, to be shown."""
    told = told_apart({one.id: one for one in sets}.values(), look)
    return {name: printable(words) for name, words in told.items()}


def _to_capture(plan: Plan) -> str:
    folder = plan.settings.capture.raw_dir
    return f"snakemake capture takes some into {folder} (capture.raw_dir)."


def _order(one: FrameSet) -> tuple[int, str]:
    return _ORDER.index(one.key.kind), one.id


def _masters(plan: Plan, standing: Standing) -> list[str]:
    rolls = rolled(
        sorted(plan.masters, key=lambda one: _order(one.source)),
        lambda one: one.source,
        lambda one: (standing.of_master(one), without_numbers(_doubt(one)), one.source.constant),
        _MOST_ROLLS,
    )
    apart = _apart((roll.stand_in for roll in rolls), lambda one: one.key.name)
    rows = []
    for roll in rolls:
        first = roll.things[0]
        several = len(roll.things) > 1
        told = (roll.session if several else "", apart[roll.stand_in.id], _doubt(first))
        name = f"{len(roll.things)} x {roll.words}" if several else first.name
        why = "; ".join(filter(None, told))
        rows.append((standing.of_master(first), printable(name), _taken(roll), why))
    rows += [("found", *one, "") for one in _found(plan)]
    there = (model for model in plan.models or () if not model.darks)
    rows += [("found", printable(os.path.basename(m.path)), "dark model", m.hull) for m in there]
    return [f"Masters: {_told(standing.masters)}", *_table((), rows)]


def _taken(roll: Roll[PlannedMaster]) -> str:
    """Say of how many frames masters are made, or of which level one is without any."""
    if roll.first.constant is not None:
        return f"{roll.first.constant:g} ADU"
    counts = sorted({len(one.frames) for one in roll.sets})
    if len(counts) > 1:
        return f"{counts[0]} to {counts[-1]} frames"
    return counted(counts[0], "frame") + (" each" if len(roll.things) > 1 else "")


def _doubt(master: PlannedMaster) -> str:
    """Say why a master is not made, and how good the matches of flats are."""
    flat = master.source.key.kind == "flat"
    return printable(master.refused) or (LEVEL_NAMES[master.level] if flat else "")


def _found(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield name and kind of the masters found, or the number of each kind where they are many."""
    if len(plan.found) <= _MOST_ROLLS:
        yield from ((printable(os.path.basename(one.path)), one.kind) for one in plan.found)
        return
    for kind, count in Counter(one.kind for one in plan.found).items():
        yield counted(count, "master"), kind


def _lights(plan: Plan, standing: Standing) -> list[str]:
    headline = f"Lights: {_told(standing.lights)}"
    if plan.unselected:
        headline += f"; {plan.unselected} others are not selected (config keys dates and select)"
    go = sorted(plan.to_calibrate, key=lambda one: (one.source.id, one.level, one.word))
    rolls = rolled(
        go,
        lambda one: one.source,
        lambda one: (one.word, without_numbers(_worst(one))),
        _MOST_ROLLS,
    )
    apart = _apart((roll.stand_in for roll in rolls), lambda one: one.key.name)
    some_done = any(map(standing.of_light, go))
    rows = []
    for roll in rolls:
        several, first = len(roll.sets) > 1, roll.things[0]
        name = roll.words if several else roll.first.name
        told = (roll.session if several else "", apart[roll.stand_in.id], printable(_worst(first)))
        count = _done(roll, standing) if some_done else f"{len(roll.things)}"
        rows.append((count, printable(name), first.word, "; ".join(filter(None, told))))
    lines = [headline, *_table((), rows)]
    if plan.rejects and plan.frames and not (plan.lights or plan.unselected):
        lines.append("  no light takes part; see what is set aside")
    return lines


def _done(roll: Roll[PlannedLight], standing: Standing) -> str:
    """Say how many lights are done, and how many are to do: ``22 lights: 10 done, 12 to do``."""
    done = sum(map(standing.of_light, roll.things))
    counts = ((done, "done"), (len(roll.things) - done, "to do"))
    parts = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f"{counted(len(roll.things), 'light')}: {parts}"


def _told(counts: Iterable[Count]) -> str:
    return ", ".join(f"{number} {what}" for number, what in counts)


def _refused(plan: Plan) -> list[str]:
    refused = [Reject(one.frame.path, one.refused) for one in plan.lights if one.refused]
    groups = by_reason(refused)
    lines = [f"  refused: {group}" for group in groups[:_MOST]]
    hidden = sum(len(group.paths) for group in groups[_MOST:])
    return lines + ([f"  ... and {hidden} more refused, see plan/refusals.csv"] if hidden else [])


def _worst(light: PlannedLight) -> str:
    """Say what makes a match no better than acceptable, and which slots stay empty."""
    matches = [("dark", light.first_dark), ("flat", light.flat)]
    out = slots_done(light.need, light.frame)
    empty = [f"no {slot}" for slot, match in matches if match is None and slot not in out]
    poor = [f"{slot}: {m.reason}" for slot, m in matches if m is not None and m.level >= ACCEPTABLE]
    return "; ".join(empty + poor)


def _gaps(plan: Plan) -> list[str]:
    gaps = [gap for gap in missing(plan) if gap.urgent]
    rows = [
        (
            f"{gap.frames} x",
            printable(gap.title),
            counted(gap.lights, "light"),
            f"{gap.now} -> {gap.then}",
            f"or set {gap.setting}" if gap.setting else "",
        )
        for gap in gaps[:_MOST_GAPS]
    ]
    lines = ["", "To capture next:", *_table((), rows)] if rows else []
    if len(gaps) > _MOST_GAPS:
        lines.append(f"  ... and {len(gaps) - _MOST_GAPS} more, see plan/missing.csv")
    return lines


def _rejects(plan: Plan) -> list[str]:
    if not plan.rejects:
        return [""]
    lines = ["", "Set aside: " + counted(len(plan.rejects), "file")]
    if plan.all_set_aside:
        return [*lines, ""]
    groups = by_reason(plan.rejects)
    alike = len(groups) < len(plan.rejects)
    return [*lines, *lines_of(groups, _MOST), *(["  all in plan/rejects.csv"] if alike else []), ""]


def _left_over(plan: Plan) -> list[str]:
    """Name what an earlier run made and this plan does not: a run may have nothing else to do."""
    lines = lines_on(left_over(plan) or (), f"a run writes {table_of_left_over(plan)}")
    return [*lines, ""] if lines else []


def _notes(said: Sequence[str]) -> list[str]:
    return ["Please note:", *(f"  {printable(line)}" for line in said), ""] if said else []


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    shown = [header, *rows[: 2 * _MOST]] if header else list(rows[: 2 * _MOST])
    cells = [[str(cell) for cell in row] for row in shown]
    if not cells:
        return []
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = _set_out(cells, widths, "  ")
    closer = _set_out(cells, widths, " ")
    if max(map(len, closer)) <= _WIDTH < max(map(len, lines)):
        lines = closer
    hidden = len(rows) - 2 * _MOST
    return lines + ([f"  ... and {hidden} more, see plan/sets.csv"] if hidden > 0 else [])


def _set_out(rows: Iterable[Iterable[str]], widths: Sequence[int], gap: str) -> list[str]:
    return ["  " + gap.join(_aligned(row, widths)).rstrip() for row in rows]


def _aligned(row: Iterable[str], widths: Iterable[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
