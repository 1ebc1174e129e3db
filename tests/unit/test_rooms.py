"""The rooms of the package: imports run one way, and Snakemake stays out."""

import ast
import json
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from frames import ROOT

PACKAGE = ROOT / "scripts" / "plateworks"

#: Room -> the rooms it may import from.  A room uses those above it, and nothing below.
ALLOWED = {
    "bayer": set(),
    "digests": set(),
    "errors": set(),
    "allocation": set(),
    "locks": set(),
    "files": {"locks"},
    "stopping": set(),
    "children": {"stopping"},
    "versions": set(),
    "template": {"errors"},
    "records": {"errors"},
    "troubles": {"errors"},
    "scratch": {"errors", "locks", "troubles"},
    "printable": set(),
    "wording": set(),
    "paint": {"printable"},
    "csvtable": {"errors", "files", "printable", "troubles"},
    "failures": set(),
    "idle": set(),
    "leaving": set(),
    "news": set(),
    "renewing": {"files"},
    "sentences": {"errors", "printable", "troubles"},
    "sealed": {"digests", "files"},
    "shelf": {"digests", "files"},
    "likeness": set(),
    "darklaw": set(),
    "mastercost": set(),
    "startup": set(),
    "settled": set(),
    "parts": set(),
    "abandoned": {"files", "locks", "scratch"},
    "runs": {"errors", "locks", "printable"},
    "presence": {"runs"},
    "orphans": {"locks", "presence", "printable", "runs"},
    "attendance": {"presence", "printable"},
    "pixels": {"bayer", "darklaw"},
    "metadata": {"bayer", "errors", "files", "printable", "troubles"},
    "settings": {"bayer", "errors", "printable", "metadata", "template"},
    "ledger": {"csvtable", "errors", "locks", "printable", "troubles"},
    "inventory": {
        "digests", "errors", "files", "locks", "printable", "records", "sealed", "troubles",
        "metadata", "settings",
    },
    "matching": {
        "errors", "likeness", "mastercost", "wording", "metadata", "settings", "ledger",
        "inventory",
    },
    "orders": {"darklaw", "digests", "metadata", "settings"},
    "planning": {
        "csvtable", "darklaw", "digests", "errors", "likeness", "mastercost", "printable", "sealed",
        "template", "metadata", "settings", "ledger", "inventory", "matching",
    },
    "products": {
        "csvtable", "darklaw", "digests", "errors", "files", "locks", "mastercost", "scratch",
        "troubles", "versions", "records", "pixels", "metadata", "settings", "ledger", "orders",
        "shelf", "allocation",
    },
    "sky": {
        "digests", "errors", "files", "children", "csvtable", "scratch", "troubles", "versions",
        "pixels", "wording", "metadata", "settings", "orders", "products", "shelf",
    },
    "private": {"errors"},
    "camera": {
        "csvtable", "errors", "files", "locks", "printable", "private", "stopping", "template",
        "wording", "settings", "orders",
    },
    "interop": {
        "csvtable", "errors", "files", "children", "versions", "pixels", "metadata", "settings",
        "orders", "products", "sky",
    },
    "quality": {"darklaw", "errors", "metadata", "ledger", "pixels", "orders", "products", "sky"},
    "jobs": {
        "abandoned", "digests", "errors", "likeness", "orphans", "parts", "records", "runs",
        "metadata", "settings", "ledger", "inventory", "matching", "orders", "planning",
        "products", "shelf", "sky", "troubles", "versions",
    },
    "report": {
        "csvtable", "digests", "errors", "failures", "files", "likeness", "mastercost", "versions",
        "printable", "records", "sealed", "wording", "metadata", "settings", "ledger", "inventory",
        "matching", "orders", "planning", "products", "quality", "jobs",
    },
    "demo": {"errors", "files", "pixels", "metadata", "settings", "orders", "products", "sky"},
    "logs": {"errors", "orphans", "printable", "scratch", "settled", "stopping", "troubles"},
    "watch": {"children", "news", "renewing", "stopping"},
    "relay": {"stopping"},
    "round": {"stopping"},
    "forkserver": {"stopping"},
    "forking": {"forkserver"},
    "forkedscripts": {"forking", "parts"},
}  # fmt: skip

#: Packages too slow to import where a run is only planned.
HEAVY = ("ccdproc", "pandas", "scipy", "astropy", "numpy", "astrometry", "astroscrappy")

#: Packages that a job loads where it needs them: each would slow the start of thousands.
WAITING = (
    "ccdproc", "pandas", "scipy", "PIL", "jinja2", "yaml", "jsonschema", "astrometry",
    "astroscrappy", "sep", "photutils", "astropy.wcs", "astropy.table", "astropy.stats",
)  # fmt: skip


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def scripts() -> list[Path]:
    return sorted(PACKAGE.parent.glob("*.py"))


def slow_imports(code: str, slow: tuple[str, ...]) -> str:
    """Run imports in a fresh interpreter; tell which of the `slow` packages they load."""
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    code = f"{code}\nimport sys; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> set[str]:
    """All modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_above_it(path):
    room = room_of(path)
    if room == "__init__":
        return
    rooms = {name.split(".")[1] for name in imported(path) if name.startswith("plateworks.")}
    strangers = {
        one for one in rooms if (PACKAGE / one).is_dir() or (PACKAGE / f"{one}.py").exists()
    }
    assert strangers - {room} <= ALLOWED[room]


def test_the_rooms_stand_in_the_order_of_their_imports():
    order = list(ALLOWED)
    for room, above in ALLOWED.items():
        assert all(order.index(one) < order.index(room) for one in above), room


def test_no_files_import_each_other_in_a_circle():
    names = {module_name(path): path for path in modules()}
    graph = {name: (imported(path) & set(names)) - {name} for name, path in names.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the files of the circle


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_imports_snakemake(path):
    assert not {name for name in imported(path) if name.split(".")[0] == "snakemake"}


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_holds_one_concept(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_every_room_is_known_here():
    assert {room_of(path) for path in modules()} - {"__init__"} == set(ALLOWED)


def test_files_are_written_atomically_in_one_way():
    replacing = [path.name for path in modules() if "os.replace" in path.read_text("utf-8")]
    assert replacing == ["files.py"]


def test_planning_a_run_imports_nothing_slow():
    code = (
        "import plateworks.jobs.jobs, plateworks.report.preview,"
        "plateworks.report.outcome, plateworks.sky.preflight"
    )
    assert slow_imports(code, HEAVY) == "[]"


#: Each script is a fork of a process that has loaded what all of them load anyway.
IMPORTS_OF_EACH = """
import json, os, sys
import astropy.io.fits

for name, code in json.loads(sys.argv[1]).items():
    print(name, end=" ", flush=True)
    if os.fork() == 0:
        exec(code, {})
        print([one for one in json.loads(sys.argv[2]) if one in sys.modules], flush=True)
        os._exit(0)
    assert os.wait()[1] == 0
"""


def test_a_script_starts_with_nothing_that_most_of_its_jobs_do_without():
    code = {}
    for path in scripts():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        lines = [ast.unparse(n) for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
        code[path.name] = "; ".join(lines)
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS_OF_EACH, json.dumps(code), json.dumps(WAITING)],
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)}, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"{name} []" for name in code]


@pytest.mark.parametrize("path", scripts(), ids=lambda p: p.name)
def test_a_script_is_thin(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 30


def test_rules_hold_no_functions_and_no_run_blocks():
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]:
        text = path.read_text(encoding="utf-8")
        lines = [line.strip() for line in text.splitlines()]
        assert "run:" not in lines, path
        has_rules = any(line.startswith(("rule ", "rule:")) for line in lines)
        assert not (has_rules and any(line.startswith("def ") for line in lines)), path
