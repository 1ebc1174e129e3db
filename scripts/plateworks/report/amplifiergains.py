"""What people read of the gains that were measured of amplifiers."""

from __future__ import annotations

import json
from collections.abc import Iterable


def unknown_gains(paths: Iterable[str]) -> list[str]:
    """Say of each file of gains that tells none why it does not, and what became of its frames."""
    said = []
    for path in paths:
        try:
            with open(path, encoding="utf-8") as stream:
                why = json.load(stream).get("why_not")
        except (OSError, ValueError, AttributeError):
            continue  # not made, or its jobs say what is wrong with it
        if why:
            said.append(f"{path}: {why}: amplifiers stay as they are read, the flat evens them")
    return said
