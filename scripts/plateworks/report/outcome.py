"""What a run left behind, in a few lines: the last thing a user sees."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from plateworks.failures import Failure
from plateworks.inventory.pathrules import below
from plateworks.inventory.scan import Reject
from plateworks.jobs.jobs import Jobs
from plateworks.metadata.caveats import CAVEAT, FAILED, caveat_of, texts_of
from plateworks.metadata.darkmodels import WHY_NOT
from plateworks.planning.plan import Plan
from plateworks.planning.setaside import by_reason
from plateworks.printable import printable
from plateworks.report.amplifiergains import doubtful_gains, of_other_nights, unknown_gains
from plateworks.report.cameralines import lines_on_cameras
from plateworks.report.flagged import lines_on_verdicts
from plateworks.report.handedover import lines_on_debayered, lines_on_handed, lines_on_left
from plateworks.report.leftout import left_out
from plateworks.report.leftover import left_over, lines_on, table_of_left_over, write_left_over
from plateworks.report.lostmasters import lost_masters
from plateworks.report.mastersindoubt import lines_on_masters
from plateworks.report.unread import lines_on_set_aside, lines_on_unread
from plateworks.report.withheld import taken_back_since

_POOR = "poor solution"  # what solving warns of begins so
_MOST = 8  # frames of one kind that are named


def conclude(jobs: Jobs, failures: Sequence[Failure] = (), captured: Sequence[str] = ()) -> str:
    """Return what of the plan is made, where it lies, what failed, and what needs a look.

    Parameters
    ----------
    jobs : Jobs
        The jobs of the run; their products are looked for on disk.
    failures : sequence of Failure
        Those of its jobs that failed.
    captured : sequence of str
        Lines on the frames that the camera took.
    """
    results = jobs.results
    lines = [
        _line(("master", "masters"), jobs.master_files(), results),
        _line(("model of the dark", "models of the dark"), jobs.model_files(), results),
        _line(("file of amplifier gains", "files of amplifier gains"), jobs.gain_files(), results),
        _line(
            ("cosmetic list or mask", "cosmetic lists and masks"), jobs.cosmetic_files(), results
        ),
        _line(("calibrated frame", "calibrated frames"), jobs.calibrated_files(), results),
        _solved(jobs),
        _line(("page of the night", "pages of nights"), jobs.night_pages(), results),
    ]
    lines = [line for line in lines if line] + lines_on_debayered(jobs.debayered())
    lines += lines_on_handed(jobs.handed_over())
    if os.path.exists(f"{results}/plan/frames.csv"):
        lines.append(f"                 tables of the plan        {results}/plan/")
    lines += lines_on_cameras(f"{results}/report/cameras.csv")
    lines = ["", "Made so far", *lines] if lines else []
    look = [*_to_look_at(jobs), *lines_on_set_aside(jobs)]
    lines += ["", "Needs a look", *look] if look else []
    lines += [*_failed(failures), *lines_on_unread(jobs.plan), *_left_over(jobs.plan)]
    return "\n".join([*captured, *lines, *_page(jobs), ""])


def lacks(path: str, stage: str) -> bool:
    """Whether a product says that it was set aside or, of the stage ``solved``, has no solution."""
    failed, solved = texts_of(path, FAILED, "PLTSOLVD")
    return solved != "True" if stage == "solved" else bool(failed)


def remains(jobs: Jobs) -> str:
    """Return what a run with nothing to do is worth: what products lack, and what is not read.

    Parameters
    ----------
    jobs : Jobs
        The jobs of the run; their products are looked for on disk.

    Returns
    -------
    str
        Empty where all files were read, no frame is set aside, and all that were searched for have
        a solution.
    """
    aside = [path for path in jobs.calibrated_files() if lacks(path, "calibrated")]
    searched = [path for path in _unsolved(jobs) if texts_of(path, FAILED) == [""]]
    parts = [
        f"{len(some)} of {len(files)} {what} "
        f"(the first: {os.path.basename(some[0])}: {_why(some[0])})"
        for some, files, what in (
            (aside, jobs.calibrated_files(), "calibrated frames are set aside"),
            (searched, jobs.solved_files(), "solved frames are without solution"),
        )
        if some
    ]
    said = [printable(f"Nothing more can be made, but {' and '.join(parts)}.")] if parts else []
    return "\n".join([*said, *lines_on_unread(jobs.plan)])


def _failed(failures: Sequence[Failure]) -> list[str]:
    """Name the jobs that failed, each with its reason; those of one reason in one line."""
    if not failures:
        return []
    alike: dict[str, list[Failure]] = {}
    for failure in failures:
        alike.setdefault(failure.why(), []).append(failure)
    told = []
    for why, some in alike.items():
        more = sum(max(1, failure.products) for failure in some) - 1
        told.append(f"{some[0].product}{f' and {more} more' if more else ''}: {why}")
    return [
        "",
        *_named("failed", "job", told, "their logs", len(failures)),
        "  Nothing else is lost: once that is mended, the next run makes what is missing.",
    ]


def _left_over(plan: Plan) -> list[str]:
    """Write the table of products that belong to no plan any more; return lines on them."""
    found = left_over(plan)
    if found is None:
        return []
    table = table_of_left_over(plan)
    write_left_over(found, table)
    lines = lines_on(found, table)
    return ["", *lines] if lines else []


def _line(
    words: tuple[str, str], files: Sequence[str], results: str, there: int | None = None
) -> str:
    """Return how many of some files are there, unless that is counted otherwise.

    The words are for one of them, and for several.
    """
    if not files:
        return ""
    what = words[len(files) > 1]
    # The folder below the results that holds them all; the results where there is none.
    tops = {below(path, [results]).rpartition("/")[0].partition("/")[0] for path in files}
    where = os.path.join(results, tops.pop() if len(tops) == 1 else "", "")
    there = sum(map(os.path.exists, files)) if there is None else there
    return f"  {there:5d} of {len(files):5d} {what:<26}{where}"


def _solved(jobs: Jobs) -> str:
    """Count the frames with a solution by their headers; a file that is there may have none."""
    files = jobs.solved_files()
    made = sum(map(os.path.exists, files))
    if not made and "solved" not in jobs.plan.settings.stages:
        return ""
    return _line(
        ("solved frame", "solved frames"), files, jobs.results, made - len(_unsolved(jobs))
    )


def _page(jobs: Jobs) -> list[str]:
    """Say where the page of the night is, of the last of them, or of the plan; and of cameras."""
    pages = [path for path in jobs.night_pages() if os.path.exists(path)]
    cameras = [path for path in jobs.camera_pages() if os.path.exists(path)]
    plan = f"{jobs.results}/plan/plan.html"
    if not pages and os.path.exists(plan):
        pages = [plan]
    told = [f"Look at {max(pages)}{_others(pages)}"] if pages else []
    if cameras:
        told.append(f"{'and' if told else 'Look'} at {cameras[0]}{_others(cameras)}")
    return ["", *map(printable, told)] if told else []


def _others(pages: Sequence[str]) -> str:
    return f", and {len(pages) - 1} more beside it" if len(pages) > 1 else ""


def _unsolved(jobs: Jobs) -> list[str]:
    made = filter(os.path.exists, jobs.solved_files())
    return [path for path in made if lacks(path, "solved")]


def _why(path: str) -> str:
    return next(filter(None, texts_of(path, "SOLVEWHY", FAILED)), "it says no reason")


def _to_look_at(jobs: Jobs) -> list[str]:
    """Name the frames that were left out of masters, and the products that warn of themselves."""
    poor = [f"{one.path}: {one.reason}" for one in left_out(jobs.plan)]
    lines = _named("left out of masters", "frame", poor, "the tables FRAMES of the masters")
    since = taken_back_since(jobs.plan)
    lines += _named("not to serve any more", "master", since, "masters/ledger.csv")
    lost = lost_masters(jobs.plan)
    lines += _named("set aside that could serve lights", "file", lost, "plan/rejects.csv")
    for thing, files in (
        ("master", jobs.master_files()),
        ("list or mask", jobs.cosmetic_files()),
        ("calibrated frame", jobs.calibrated_files()),
    ):
        aside, warned = _told_by(files, FAILED, CAVEAT)
        lines += _named("set aside", thing, aside, "the cards PWFAIL")
        lines += _named("with a warning", thing, warned, "the cards PWWARN")
    [unfit] = _told_by(jobs.model_files(), WHY_NOT)
    lines += _named("that does not serve", "model of the dark", unfit, f"the cards {WHY_NOT}")
    unknown = unknown_gains(jobs.gain_files())
    lines += _named("without gains", "setup of amplifiers", unknown, "the files")
    unsure = doubtful_gains(jobs.gain_files())
    lines += _named("in doubt", "measurement of gains", unsure, "the files")
    others = of_other_nights(jobs.gain_files())
    lines += _named("by a later night", "measurement of gains", others, "the files")
    unsolved = [Reject(os.path.basename(path), _why(path)) for path in _unsolved(jobs)]
    told = list(map(str, by_reason(unsolved)))
    lines += _named("without solution", "frame", told, "the cards SOLVEWHY", len(unsolved))
    # A solved frame carries on what its calibrated one warns of, which is said already.
    texts = ((path, caveat_of(path)) for path in jobs.solved_files())
    doubtful = [f"{path}: {text[text.index(_POOR) :]}" for path, text in texts if _POOR in text]
    lines += _named("of a poor solution", "solved frame", doubtful, "report/solved.csv")
    lines += lines_on_masters(f"{jobs.results}/report/masters.csv")
    lines += lines_on_verdicts(f"{jobs.results}/report/lights.csv")
    lines += lines_on_left(jobs.handed_over())
    return lines


def _told_by(files: Iterable[str], *keywords: str) -> list[list[str]]:
    """Return for each keyword what the files say that have its card."""
    said: list[list[str]] = [[] for _ in keywords]
    for path in files:
        for lines, text in zip(said, texts_of(path, *keywords), strict=True):
            if text:
                lines.append(f"{path}: {text}")
    return said


def _named(
    what: str, thing: str, told: Sequence[str], where: str, count: int | None = None
) -> list[str]:
    """Return a line that counts things, as many as are told of or `count`, and those told of."""
    if not told:
        return []
    count = len(told) if count is None else count
    lines = [f"  {count:5d} {thing}{'s' if count > 1 else ''} {what}"]
    lines += [f"    {printable(one)}" for one in told[:_MOST]]
    if len(told) > _MOST:
        lines.append(f"    ... and {len(told) - _MOST} more, see {where}")
    return lines
