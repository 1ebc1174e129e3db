"""The tables of all benchmarks that were run, as the README's performance page wants them.

    python benchmarks/summary.py

Every benchmark keeps the tables it prints; this joins them into docs/performance.md.
"""

from __future__ import annotations

import os
import platform
from pathlib import Path

from sidebyside import OUT, ROOT

PAGE = ROOT / "docs" / "performance.md"
#: What the page says before its tables.
HEAD = """# Performance

Joined by `benchmarks/summary.py`; `make bench` runs everything anew. Each benchmark draws the
frames, runs each program in turn on the same ones, and takes medians. CPU and memory are those of
whole processes, children and start-up included; memory is the peak. The ratios are ours divided by
the rival's. Measured on {machine}.

"""


def main() -> None:
    tables = sorted((OUT / "tables").glob("*.md"))
    text = HEAD.format(machine=_machine())
    text += "\n".join(path.read_text(encoding="utf-8") for path in tables)
    PAGE.write_text(text, encoding="utf-8")
    print(text)


def _machine() -> str:
    """Return the processor's name and the number of its cores."""
    described = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":")[1].strip() for line in described.splitlines() if "model name" in line]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
