"""Writes the table of docs/damage.md that tells between which bounds a number of a header lies.

    make docs

It is read from :data:`plateworks.metadata.bounds.BOUNDS`, by which headers are read.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from plateworks.metadata.bounds import BOUNDS  # noqa: E402

PAGE = ROOT / "docs" / "damage.md"

_TABLE = re.compile(r"(<!-- bounds -->\n).*?(<!-- end -->)", re.DOTALL)


def with_bounds(page: str) -> str:
    """Return a page with the table of bounds as they are now."""
    rows = [
        f"| `{name}` | {limits.low:,.8g} | {limits.high:,.8g} | {limits.unit} |"
        for name, limits in BOUNDS.items()
    ]
    table = "\n".join(["| number | from | to | unit |", "|---|--:|--:|---|", *rows, ""])
    return _TABLE.sub(rf"\g<1>{table}\g<2>", page)


if __name__ == "__main__":
    PAGE.write_text(with_bounds(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
