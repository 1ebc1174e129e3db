"""Files that could not be read, and may be another time: what a run without them is worth."""

from __future__ import annotations

from plateworks.jobs.jobs import Jobs
from plateworks.metadata.caveats import is_to_retry
from plateworks.planning.plan import Plan
from plateworks.planning.setaside import by_reason, lines_of

_MOST = 15


def lines_on_unread(plan: Plan) -> list[str]:
    """Return what stands before and after a run whose plan lacks files; nothing if none lack."""
    if not plan.unread:
        return []
    files = "1 file or folder" if len(plan.unread) == 1 else f"{len(plan.unread)} files or folders"
    return [
        "",
        f"Could not be read, so that nobody knows what this run lacks: {files}",
        *lines_of(by_reason(plan.unread), _MOST),
        "  The run goes on without, and ends with an error.  The next one reads them, and makes",
        "  again what they change.  What shall never be read is named by the config key exclude.",
    ]


def lines_on_set_aside(jobs: Jobs) -> list[str]:
    """Return what stands after a run in which lights could not be read; nothing if all could."""
    trials = [path for path in jobs.trial_previews() if is_to_retry(path)]
    count = sum(map(is_to_retry, jobs.calibrated_files()))
    said = [f"  Of the lights set aside, {count} may be read another time."] if count else []
    said += [
        f"  A trial of flats goes without lights that could not be read: {one}" for one in trials
    ]
    return [*said, "  The next run tries again; this one ends with an error."] if said else []


def is_without(jobs: Jobs) -> bool:
    """Whether something is left out, of a plan or of what was made by it, that may be read yet."""
    return bool(jobs.plan.unread) or any(map(is_to_retry, jobs.made_of_lights()))
