"""The page of a suite: what is asked and measured, and what each benchmark said.

``run.py`` writes it, every word of it: the words of a section are those of its script's docstring.
"""

from __future__ import annotations

import ast
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from sidebyside import OUT, ROOT
from suites import ACCURACY, Bench
from targets import ASKED

PAGES = {"costs": ROOT / "docs" / "performance.md", "accuracy": OUT / "accuracy.md"}
TITLES = {"costs": "Performance", "accuracy": "Accuracy"}
#: What the page says before its tables.
HEAD = """Written by `{command}` on {date}, in {minutes:.0f} minutes. Each benchmark
draws its frames, runs each program in turn on the same ones, and takes medians of three runs, where
it does not say otherwise. CPU and memory are those of whole processes, children and start-up
included; memory is the peak. The ratios are ours divided by the other's.

Measured on {machine}; {versions}.
"""
TRIAL = "**A trial: of few benchmarks or small frames. Its figures are for nobody.**\n"
#: Programs and packages that are measured, or measured beside, and how a program tells its version.
PROGRAMS = {
    "Siril": ("siril-cli", "--version"), "Astrometry.net": ("solve-field", "--version"),
}  # fmt: skip
PACKAGES = ("seiza", "ccdproc", "astroscrappy", "bottleneck", "alpyca", "astropy", "numpy",
            "snakemake")  # fmt: skip


class Ran(NamedTuple):
    """What became of a benchmark: seconds of wall, why it failed or "", output, what it kept."""

    seconds: float
    failure: str
    said: str
    kept: Path


def page_of(
    suite: str, benches: Sequence[Bench], ran: Mapping[Bench, Ran], *, trial: bool = False
) -> str:
    """Return the page of a suite, in Markdown; what was not run is named."""
    head = HEAD.format(
        command="make bench" if suite == "costs" else "make accuracy",
        date=f"{_today()}", minutes=sum(one.seconds for one in ran.values()) / 60,
        machine=machine(), versions=versions(),
    )  # fmt: skip
    parts = [f"# {TITLES[suite]}\n", *([TRIAL] if trial else []), head]
    if suite == "costs":
        parts.append(asked(ran))
    parts += [section(one, ran[one]) for one in benches if one in ran]
    left = [one for one in benches if one not in ran]
    if left:
        names = "\n".join(f"* {one.title}: `{one.command}`" for one in left)
        parts.append(f"## Not run\n\n{names}\n")
    if suite == "costs":
        parts.append(elsewhere())
    return "\n".join(parts)


def asked(ran: Mapping[Bench, Ran]) -> str:
    """Return the table of what is asked and measured."""
    figures = {name: value for one in ran.values() for name, value in _figures(one.kept)}
    lines = ["| figure | asked | measured | by |", "|---|--:|--:|---|"]
    lines += [
        f"| {one.what} | {one.bound} | {one.told(figures)} | `{one.script}.py` |" for one in ASKED
    ]
    open_ones = sum(one.name not in figures or not one.met(figures[one.name]) for one in ASKED)
    lines.append(f"\nIn bold: not met. {len(ASKED) - open_ones} of {len(ASKED)} are met.\n")
    return "\n".join(lines)


def section(bench: Bench, ran: Ran) -> str:
    """Return the section of a benchmark: its words, its tables, and how it ended."""
    parts = [f"## {bench.title}", words_of(bench.path)]
    texts = [str(one["text"]) for one in _entries(ran.kept) if "text" in one]
    if texts:
        parts += texts
    elif ran.said:
        parts.append(f"```\n{ran.said.rstrip()}\n```")
    if ran.failure:
        parts.append(f"**Failed: {ran.failure}.**")
    parts.append(f"`{bench.command}`, {ran.seconds:.0f} s")
    return "\n\n".join(parts) + "\n"


def elsewhere() -> str:
    """Return the table of campaigns that this suite does not run, and where they are told of."""
    lines = ["## How true figures are\n", "`make accuracy` runs the campaigns; it takes hours.\n"]
    lines += ["| campaign | by | told in |", "|---|---|---|"]
    for one in ACCURACY:
        page = f"[{Path(one.page).name}]({one.page})" if one.page else ""
        lines.append(f"| {one.title} | `{one.command}` | {page} |")
    return "\n".join(lines) + "\n"


def words_of(script: Path) -> str:
    """Return what the docstring of a script says, in Markdown, without how it is called."""
    text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    parts = [part for part in text.split("\n\n") if not part.startswith("    ")]
    return re.sub(r"(?<!`)``(?!`)", "`", "\n\n".join(parts))


def machine() -> str:
    """Return the processor's name and the number of its cores."""
    described = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":")[1].strip() for line in described.splitlines() if "model name" in line]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def versions() -> str:
    """Return the versions of what is measured; what is not installed is named as well."""
    there = [f"Python {platform.python_version()}"]
    missing = []
    for name, command in PROGRAMS.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            number = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
            there.append(f"{name} {number[0] if number else 'of unknown version'}")
        else:
            missing.append(name)
    for name in PACKAGES:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    text = ", ".join(there)
    return f"{text}; not installed, so not run: {', '.join(missing)}" if missing else text


def _today() -> str:
    from datetime import UTC, datetime

    return f"{datetime.now(UTC):%Y-%m-%d}"


def _entries(kept: Path) -> list[dict[str, object]]:
    """Return what a benchmark kept; of what it kept twice by one title, the last."""
    if not kept.exists():
        return []
    entries = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    return list({str(one.get("title", one.get("figure"))): one for one in entries}.values())


def _figures(kept: Path) -> Iterator[tuple[str, float]]:
    for one in _entries(kept):
        if "figure" in one:
            yield str(one["figure"]), float(str(one["value"]))
