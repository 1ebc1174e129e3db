"""The first thing a user sees: what was found and what will be made."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence

from plateworks import __version__
from plateworks.inventory.sets import FrameSet
from plateworks.matching.match import ACCEPTABLE, LEVEL_NAMES
from plateworks.metadata.kinds import KINDS
from plateworks.planning.lights import PlannedLight
from plateworks.planning.plan import Plan
from plateworks.planning.setaside import by_reason, lines_of, none_usable
from plateworks.printable import printable
from plateworks.report.apart import told_apart
from plateworks.report.leftover import left_over, lines_on, table_of_left_over
from plateworks.report.missing import missing
from plateworks.report.reasons import reasons
from plateworks.report.remarks import remarks
from plateworks.report.standing import Count, Standing
from plateworks.report.unread import lines_on_unread

_ORDER = list(KINDS)
_MOST = 15  # lines of one list; the tables hold the rest
_MOST_GAPS = 5
_MOST_CHANGES = 8


def summarise(plan: Plan, notes: Sequence[str] = (), *, briefly: bool = False) -> str:
    """Return the plan in a few dozen lines of plain text.

    Parameters
    ----------
    plan : Plan
    notes : sequence of str
        Further sentences a user should read before the run.
    briefly : bool
        Whether one line is enough for what was found and made, where all is there already.
    """
    standing = Standing(plan)
    return "\n".join(
        [
            f"Plateworks {__version__}",
            "",
            *(_all_there(plan) if briefly and standing.complete else _planned(plan, standing)),
            *_refused(plan),
            *_gaps(plan),
            *lines_on_unread(plan),
            *_rejects(plan),
            *_changes(plan),
            *_left_over(plan),
            *_notes([*notes, *remarks(plan)]),
            f"The whole plan: snakemake plan, then {plan.settings.results}/plan/",
            "",
        ]
    )


def _planned(plan: Plan, standing: Standing) -> list[str]:
    return [*_frames(plan), "", *_masters(plan, standing), "", *_lights(plan, standing)]


def _all_there(plan: Plan) -> list[str]:
    solved = " and solved" if "solved" in plan.settings.stages else ""
    return [
        f"All is there of {_count(len(plan.frames), 'raw frame')} in {', '.join(plan.folders)}: "
        f"{_count(len(plan.to_make), 'master')}; "
        f"{_count(len(plan.to_calibrate), 'light')}, calibrated{solved}"
    ]


def _frames(plan: Plan) -> list[str]:
    if plan.all_set_aside:
        return [*none_usable([*plan.rejects, *plan.unread], plan.folders), _to_capture(plan)]
    if not plan.frames and not plan.found:
        return [f"No frames yet.  {_to_capture(plan)}"]
    folders = plan.folders
    apart = told_apart(plan.sets, _look)
    rows = [
        (*_look(one), len(one.frames), printable(apart[one.id]))
        for one in sorted(plan.sets, key=_order)
    ]
    header = ("kind", "camera", "session", "filter", "exposure", "temp", "size", "frames", "")
    where = ", ".join(folders)
    return [f"Found {len(plan.frames)} raw frames in {where}", *_table(header, rows)]


def _look(one: FrameSet) -> tuple[str, ...]:
    """Return what the table of sets shows of one, but the number of its frames."""
    frame, key = one.frames[0], one.key
    return (
        key.kind,
        printable(frame.camera or "unknown camera"),
        key.session or "all nights",
        printable(frame.filter or "") if KINDS[key.kind].filtered else "",
        f"{key.exposure:g} s" if key.exposure is not None else "",
        f"{key.temperature:g} °C" if key.temperature is not None else "",
        f"{frame.width}x{frame.height}",
    )


def _to_capture(plan: Plan) -> str:
    folder = plan.settings.capture.raw_dir
    return f"snakemake capture takes some into {folder} (capture.raw_dir)."


def _order(one: FrameSet) -> tuple[int, str]:
    return _ORDER.index(one.key.kind), one.id


def _masters(plan: Plan, standing: Standing) -> list[str]:
    lines = [f"Masters: {_told(standing.masters)}"]
    rows = []
    apart = told_apart((master.source for master in plan.masters), lambda one: one.key.name)
    for master in sorted(plan.masters, key=lambda m: _order(m.source)):
        why = master.refused or (
            LEVEL_NAMES[master.level] if master.source.key.kind == "flat" else ""
        )
        level = master.source.constant
        frames = _count(len(master.source.frames), "frame") if level is None else f"{level:g} ADU"
        told = "; ".join(filter(None, (printable(apart[master.source.id]), why)))
        rows.append((standing.of_master(master), master.name, frames, told))
    rows += [("found", printable(os.path.basename(m.path)), m.kind, "") for m in plan.found]
    return lines + _table((), rows)


def _lights(plan: Plan, standing: Standing) -> list[str]:
    lines = [f"Lights: {_told(standing.lights)}"]
    if plan.unselected:
        lines[0] += f"; {plan.unselected} others are not selected (config keys dates and select)"
    rows = []
    go = plan.to_calibrate
    apart = told_apart({x.source.id: x.source for x in go}.values(), lambda one: one.key.name)
    kinds = Counter((x.source.id, x.level, x.word, _worst(x)) for x in go)
    for (source, _, word, why), count in sorted(kinds.items()):
        told = "; ".join(filter(None, (printable(apart[source]), why)))
        rows.append((f"{count}", source.split("/")[1], word, told))
    lines += _table((), rows)
    if plan.rejects and plan.frames and not (plan.lights or plan.unselected):
        lines.append("  no light takes part; see what is set aside")
    return lines


def _told(counts: Iterable[Count]) -> str:
    return ", ".join(f"{number} {what}" for number, what in counts)


def _refused(plan: Plan) -> list[str]:
    refused = [light for light in plan.lights if light.refused]
    lines = []
    for reason, count in Counter(light.refused for light in refused).most_common(_MOST):
        first = next(light for light in refused if light.refused == reason)
        others = f" and {count - 1} more" if count > 1 else ""
        name = printable(os.path.basename(first.frame.path))
        lines.append(f"  refused: {name}{others}: {printable(reason)}")
    return lines


def _worst(light: PlannedLight) -> str:
    """Say what makes a match no better than acceptable, and which slots stay empty."""
    matches = [("dark", light.first_dark), ("flat", light.flat)]
    empty = [f"no {slot}" for slot, match in matches if match is None]
    poor = [f"{slot}: {m.reason}" for slot, m in matches if m is not None and m.level >= ACCEPTABLE]
    return "; ".join(empty + poor)


def _gaps(plan: Plan) -> list[str]:
    gaps = [gap for gap in missing(plan) if gap.urgent]
    rows = [
        (
            f"{gap.frames} x",
            printable(gap.title),
            _count(gap.lights, "light"),
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
    lines = ["", "Set aside: " + _count(len(plan.rejects), "file")]
    if plan.all_set_aside:
        return [*lines, ""]
    if len(plan.rejects) <= _MOST:
        lines += [f"  {printable(one.path)}: {printable(one.reason)}" for one in plan.rejects]
        return [*lines, ""]
    return [*lines, *lines_of(by_reason(plan.rejects), _MOST), "  all in plan/rejects.csv", ""]


def _changes(plan: Plan) -> list[str]:
    """Say why products are made again that an earlier run has made."""
    found = reasons(plan)
    if not found:
        return []
    lines = [f"  {line}" for line in found[:_MOST_CHANGES]]
    if len(found) > _MOST_CHANGES:
        lines.append(f"  ... and {len(found) - _MOST_CHANGES} more")
    stay = ", but for those that stay (existing: keep)"
    more = stay if plan.settings.existing == "keep" else ""
    return [f"Changed since products were made, which are made again{more}:", *lines, ""]


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
    lines = ["  " + "  ".join(_aligned(row, widths)).rstrip() for row in cells]
    hidden = len(rows) - 2 * _MOST
    return lines + ([f"  ... and {hidden} more, see plan/sets.csv"] if hidden > 0 else [])


def _aligned(row: Iterable[str], widths: Iterable[int]) -> list[str]:
    return [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")
