"""What Snakemake's report says beside the page of a night: `snakemake --report`."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any


def labels_of_night(results: str, wildcards: Any) -> dict[str, str]:
    """Return night, filters and verdict of a night, by the numbers that lie beside its page.

    Parameters
    ----------
    results : str
        The folder of results.
    wildcards : object
        Of the job, with the attribute ``session``.
    """
    session = wildcards.session
    labels = {"night": session, "filters": "", "verdict": ""}
    with suppress(OSError, ValueError, LookupError, TypeError):
        told = json.loads(Path(results, "report", f"{session}.json").read_bytes())
        filters = ", ".join(one["filter"] or "none" for one in told["filters"])
        labels |= {"filters": filters, "verdict": str(told["headline"])}
    return labels
