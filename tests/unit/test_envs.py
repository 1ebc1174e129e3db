"""The conda environments hold, pinned, every package that the scripts of their rules import."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "scripts" / "plateworks"
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
#: Packages whose modules have other names.
DISTRIBUTIONS = {"PIL": "pillow", "yaml": "pyyaml", "alpaca": "alpyca"}
#: Packages that conda knows by other names.
OF_CONDA = {"python-xxhash": "xxhash"}
#: A package with its version, or the first parts of it.
_PIN = re.compile(r"(?P<name>[a-z0-9_-]+) ?={1,2} ?(?P<version>\d+(\.\d+)*)")


def pins(env: Path) -> dict[str, str]:
    """Return name and version of every package of an environment; each must have a version."""
    packages = []
    for entry in yaml.safe_load(env.read_text())["dependencies"]:
        packages += entry["pip"] if isinstance(entry, dict) else [entry]
    matches = {text: _PIN.fullmatch(text) for text in packages}
    loose = [text for text, match in matches.items() if match is None]
    assert not loose, f"{env.name} does not say which version of {loose}"
    names = {text: OF_CONDA.get(match["name"], match["name"]) for text, match in matches.items()}
    return {names[text]: match["version"] for text, match in matches.items()}


@cache
def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().split()
    return {name.lower(): version for name, version in (line.split("==") for line in lines)}


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the modules that a file imports, anywhere in it, or names for importlib.

    What it imports for type checkers alone is not needed.
    """
    found = set()
    tree = ast.parse(path.read_text())
    tree.body = [node for node in tree.body if not _for_types(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Constant) and _is_module(node.value):
            found.add(node.value)
    return frozenset(found)


def _for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _is_module(value: object) -> bool:
    # Three names of packages are other things too: the suffix of a file, a program in headers, and
    # a month.  One is named since it is to be done without.
    known = {"plateworks", *constraints()} - {"xisf", "ccdproc", "sep", "numcodecs"}
    return isinstance(value, str) and value.partition(".")[0] in known


def needed(script: Path) -> set[str]:
    """Return the packages that a script needs, by itself or through the package."""
    packages, seen, waiting = set(), set(), [script]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in imports(path):
            top, *rest = name.split(".")
            if top == "plateworks":
                module = PACKAGE.joinpath(*rest)
                sources = (module.with_suffix(".py"), module / "__init__.py")
                waiting += [source for source in sources if source.exists()]
            elif top not in sys.stdlib_module_names:
                packages.add(DISTRIBUTIONS.get(top, top).lower())
    return packages


def rules() -> list[tuple[str, str]]:
    """Return environment and script of every rule."""
    text = "\n".join(path.read_text() for path in sorted((ROOT / "rules").glob("*.smk")))
    pattern = r'conda:\s+"\.\./envs/(\S+)"(?:(?!\bconda:).)*?script:\s+"\.\./scripts/(\S+)"'
    return sorted(set(re.findall(pattern, text, re.S)))


def test_every_script_runs_in_an_environment_that_exists():
    scripts = {path.name for path in (ROOT / "scripts").glob("*.py")}
    assert {script for _, script in rules()} == scripts
    assert {env for env, _ in rules()} == {path.name for path in ENVS}


@pytest.mark.parametrize(("env", "script"), rules())
def test_an_environment_holds_what_its_scripts_import(env, script):
    lacking = needed(ROOT / "scripts" / script) - pins(ROOT / "envs" / env).keys()
    assert not lacking, f"envs/{env} lacks {sorted(lacking)}, which {script} may import"


@pytest.mark.parametrize("env", ENVS, ids=lambda path: path.name)
def test_an_environment_holds_nothing_idle(env):
    scripts = [script for its, script in rules() if its == env.name]
    used = set().union(*(needed(ROOT / "scripts" / script) for script in scripts))
    assert pins(env).keys() - used - {"python", "pip"} == set()


@pytest.mark.parametrize("env", ENVS, ids=lambda path: path.name)
def test_an_environment_agrees_with_what_the_tests_run(env):
    assert yaml.safe_load(env.read_text())["channels"] == ["conda-forge", "nodefaults"]
    tested = constraints() | {"python": "3.11", "pip": "25"}
    differ = {
        name: (version, tested[name])
        for name, version in pins(env).items()
        if not f"{tested[name]}.".startswith(f"{version}.")
    }
    assert not differ
