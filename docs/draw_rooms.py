"""Draws docs/rooms.svg: the rooms of the package, and which uses which, by their imports.

    make docs

Rooms stand on a stair in the order of :data:`ORDER`, and each hangs a line down.  A room that uses
another has a dot where its own line, which runs to the left, meets that of the other.  So all dots
are below the stair as long as imports run one way.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "scripts" / "plateworks"
PICTURE = ROOT / "docs" / "rooms.svg"

#: The single files of the package, which every room may use.
GROUND = "ground"
#: What Snakemake reads: it uses rooms, and no room uses it.
RULES = "rules"

#: A room uses those before it in this list, and none behind it.
ORDER = (
    GROUND, "pixels", "metadata", "settings", "ledger", "inventory", "matching", "orders",
    "planning", "products", "sky", "camera", "interop", "quality", "jobs", "report", "demo", RULES,
)  # fmt: skip

_IMPORT = re.compile(r"^\s*(?:from|import) plateworks\.(\w+)", re.MULTILINE)


def uses() -> dict[str, set[str]]:
    """Return each room, in the order of the picture, with the others that its files import.

    Raises
    ------
    ValueError
        If a room is not in :data:`ORDER`, or uses one that stands behind it there.
    """
    found: dict[str, set[str]] = {room: set() for room in ORDER}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = _room(path.relative_to(PACKAGE).parts[0])
        if room not in found:
            raise ValueError(f"{path} is in no room of ORDER in {__file__}: give {room} its place.")
        found[room] |= {_room(name) for name in _imported(path)} - {room}
    for path in (ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk"), *PACKAGE.parent.glob("*.py")):
        found[RULES] |= {_room(name) for name in _IMPORT.findall(path.read_text(encoding="utf-8"))}
    for room, others in found.items():
        behind = sorted(other for other in others if ORDER.index(other) > ORDER.index(room))
        if behind:
            raise ValueError(f"{room} uses {', '.join(behind)}, which stand behind it in ORDER.")
    return found


def _room(name: str) -> str:
    return name if (PACKAGE / name).is_dir() else GROUND


def _imported(path: Path) -> Iterator[str]:
    """Yield the rooms and single files of the package that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, _, rest = name.partition(".")
            if package == PACKAGE.name:
                yield rest.partition(".")[0]


def question(room: str) -> str:
    """Return what stands beside a room: the first sentence of its docstring."""
    if room == GROUND:
        names = [path.stem for path in sorted(PACKAGE.glob("*.py")) if path.stem != "__init__"]
        return ", ".join(names)
    if room == RULES:
        return "Snakefile, rules/*.smk, scripts/*.py"
    text = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))) or ""
    return re.split(r"(?<=\?)\s|\.(?:\s|$)", text, maxsplit=1)[0]


# --- drawing, in pixels ---------------------------------------------------------------------

_STEP_X, _STEP_Y = 34, 34
_BOX_WIDTH, _BOX_HEIGHT = 92, 24
_EDGE, _TEXT_WIDTH = 12, 340

_STYLE = (
    "text{font:13px Helvetica,Arial,sans-serif;fill:#222}"
    ".name{font-weight:bold;text-anchor:middle}"
    ".box{fill:#e8eef7;stroke:#4a6fa5}"
    ".line{fill:none;stroke:#c5cedb}"
    ".use{fill:#4a6fa5}"
)


def _column(place: int) -> int:
    """Return where the line of a room hangs."""
    return _EDGE + place * _STEP_X + _STEP_X // 2


def _row(place: int) -> int:
    return _EDGE + place * _STEP_Y + _BOX_HEIGHT // 2


def draw(used: dict[str, set[str]]) -> str:
    """Return the picture of rooms and what they use, as SVG."""
    rooms = list(used)
    lines, dots, boxes = [], [], []
    for place, room in enumerate(rooms):
        left, middle = _EDGE + place * _STEP_X, _row(place)
        others = sorted(rooms.index(other) for other in used[room])
        users = [rooms.index(one) for one in rooms if room in used[one]]
        if users:
            x = _column(place)
            lines.append(f'<path class="line" d="M{x} {middle}V{_row(max(users))}"/>')
        if others:
            lines.append(f'<path class="line" d="M{left} {middle}H{_column(others[0])}"/>')
        for other in others:
            title = f"<title>{room} uses {rooms[other]}</title>"
            dots.append(
                f'<circle class="use" cx="{_column(other)}" cy="{middle}" r="5">{title}</circle>'
            )
        boxes.append(
            f'<rect class="box" x="{left}" y="{middle - _BOX_HEIGHT // 2}" '
            f'width="{_BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="4"/>'
            f'<text class="name" x="{left + _BOX_WIDTH // 2}" y="{middle + 4}">{room}</text>'
            f'<text x="{left + _BOX_WIDTH + 8}" y="{middle + 4}">{escape(question(room))}</text>'
        )
    width = 2 * _EDGE + (len(rooms) - 1) * _STEP_X + _BOX_WIDTH + _TEXT_WIDTH
    height = 2 * _EDGE + (len(rooms) - 1) * _STEP_Y + _BOX_HEIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
        f"<title>The rooms of Plateworks</title><style>{_STYLE}</style>"
        f'<rect width="{width}" height="{height}" fill="white"/>'
    )
    return "\n".join([head, *lines, *dots, *boxes, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(draw(uses()), encoding="utf-8")
