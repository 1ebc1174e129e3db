"""What the rounds of a watch tell each other, and the watch, by files that it names to them.

What they show of the plan is told once: each would say the same again.
"""

from __future__ import annotations

import os
from pathlib import Path

#: Names the file in which the rounds of a watch keep what the last one showed.
SHOWN = "PLATEWORKS_SHOWN"
#: Names the file in which they keep where their results lie.
RESULTS = "PLATEWORKS_RESULTS"


def is_news(text: str) -> bool:
    """Whether the last round of a watch kept another text than this; outside a watch it is news."""
    return SHOWN not in os.environ or _kept() != text


def keep(text: str) -> None:
    """Keep a text for the next round of a watch, and for the watch, which sees it change."""
    if SHOWN in os.environ and _kept() != text:
        Path(os.environ[SHOWN]).write_text(text, encoding="utf-8", errors="replace")


def _kept() -> str:
    return Path(os.environ[SHOWN]).read_text(encoding="utf-8", errors="replace")


def tell_results(folder: str) -> None:
    """Tell the watch, where there is one, in which folder the results of its rounds lie."""
    if RESULTS in os.environ:
        Path(os.environ[RESULTS]).write_bytes(os.fsencode(os.path.abspath(folder)))


def results_told(path: str) -> str:
    """Return the folder that the rounds of a watch have told; empty if none came so far."""
    return os.fsdecode(Path(path).read_bytes())
