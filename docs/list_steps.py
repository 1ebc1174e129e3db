"""Writes the table of README.md that tells what is done to a light, step by step.

    make docs

It is read from :data:`plateworks.products.recipe.LIGHT`, which is what calibrating follows.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from plateworks.products.recipe import LIGHT  # noqa: E402

PAGE = ROOT / "README.md"

_TABLE = re.compile(r"(<!-- steps -->\n).*?(<!-- end -->)", re.DOTALL)


def with_steps(page: str) -> str:
    """Return a page with the table of steps as they are now."""
    rows = [f"| {number} | {step.name} | {step.formula} |" for number, step in enumerate(LIGHT, 1)]
    table = "\n".join(["| | step | what becomes of a pixel |", "|--:|---|---|", *rows, ""])
    return _TABLE.sub(rf"\g<1>{table}\g<2>", page)


if __name__ == "__main__":
    PAGE.write_text(with_steps(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
