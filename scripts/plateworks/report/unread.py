"""Files that could not be read when a run was planned: what a run without them is worth."""

from __future__ import annotations

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
