"""Writes the tables that tell what is done to a frame, step by step.

    make docs

They are read from :data:`plateworks.products.recipe.LIGHT`, which is what calibrating follows, and
from :data:`plateworks.products.amplifiersteps.AMPLIFIERS`, by which raw frames become pictures.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from plateworks.products.amplifiersteps import AMPLIFIERS  # noqa: E402
from plateworks.products.recipe import LIGHT  # noqa: E402

#: Page -> the mark before its table, and the steps in it.
PAGES = {
    ROOT / "README.md": ("steps", LIGHT),
    ROOT / "docs" / "amplifiers.md": ("amplifiers", AMPLIFIERS),
}


def with_steps(page: Path) -> str:
    """Return the text of a page with the table of steps as they are now."""
    mark, steps = PAGES[page]
    rows = [f"| {number} | {step.name} | {step.formula} |" for number, step in enumerate(steps, 1)]
    table = "\n".join(["| | step | what becomes of a pixel |", "|--:|---|---|", *rows, ""])
    before = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", re.DOTALL)
    return before.sub(rf"\g<1>{table}\g<2>", page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    for one in PAGES:
        one.write_text(with_steps(one), encoding="utf-8")
