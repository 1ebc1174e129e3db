"""The program ``solve-field`` of Astrometry.net, run on a list of sources in a folder of its own.

It ends with status 0 when it finds nothing, so a solution is what counts: a WCS file and the index
stars.  With another status, or without an index that it was told of, it did not search to the end.
No name of a frame or from a header reaches its command line: in its folder everything has a fixed
name.
"""

from __future__ import annotations

import math
import os
import re
import resource
import shutil
import signal
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from plateworks.children import child
from plateworks.scratch import scratch_folder
from plateworks.sky.engines.astrometrynet import PLANE, AstrometryNet
from plateworks.sky.engines.engine import Answer, EngineMatch, Query, time_is_up
from plateworks.sky.engines.indexes import Index

if TYPE_CHECKING:
    import numpy as np

PROGRAM = "solve-field"
#: Sources join in by so many, the brightest first.
STEP = 10
#: What it says of an index that it cannot read; it searches the others, and ends with status 0.
_LOST = re.compile(r"Failed to (add|load) index|Couldn't (find|open|read) index|Failed to read")
#: The limit counts processor time; a process that merely waits is ended after this many times it.
PATIENCE = 5


class SolveField(AstrometryNet):
    """The program ``solve-field``."""

    name = "solve-field"

    @classmethod
    def lack(cls) -> str:
        """As :meth:`Engine.lack`."""
        return "" if shutil.which(PROGRAM) else f"the program {PROGRAM}"

    @staticmethod
    def solve(indexes: tuple[Index, ...], query: Query) -> Answer:
        """Search a field with these indexes."""
        with scratch_folder() as folder:
            return _solve_in(folder, indexes, query)


def _solve_in(folder: Path, indexes: tuple[Index, ...], query: Query) -> Answer:
    """Search a field, with an empty folder for the program's files."""
    _write_list(folder / "field.xyls", query.xy)
    # Index files go by links: the program's own reader of this file knows no quotes.
    lines = [f"cpulimit {math.ceil(query.time_limit_s)}"]
    for number, index in enumerate(indexes):
        (folder / f"index-{number}.fits").symlink_to(index.path)
        lines.append(f"index {folder / f'index-{number}.fits'}")
    (folder / "engine.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    before = _seconds()
    status = _run(_command(query), folder, query.time_limit_s * PATIENCE)
    seconds = _seconds() - before
    if match := _read(folder, indexes):
        return Answer(match, "", seconds)
    log = (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
    if status is None or "CPU time limit reached" in log:
        return time_is_up(query.time_limit_s)
    lost = next((line for line in log.splitlines() if _LOST.search(line)), None)
    if status != 0 or lost is not None or (folder / "field.wcs").exists():
        said = lost or next((line for line in reversed(log.splitlines()) if line.strip()), "")
        for number, index in enumerate(indexes):
            said = said.replace(str(folder / f"index-{number}.fits"), index.path)
        reason = f"{PROGRAM} ended with status {status} ({said.strip()})"
        return Answer(None, reason, seconds, failed=True)
    return Answer(None, "no match", seconds)


def _seconds() -> float:
    """Processor time of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _command(query: Query) -> list[str]:
    height, width = query.shape
    attempt = query.attempt
    depths = ",".join(map(str, range(STEP, attempt.depth + 1, STEP)))
    command = [
        PROGRAM, "field.xyls", "--config", "engine.cfg", "--dir", ".", "--temp-dir", ".",
        "--out", "field", "--overwrite", "--no-plots", "--no-tweak",
        "--width", str(width), "--height", str(height), "--x-column", "X", "--y-column", "Y",
        "--sort-column", "FLUX", "--depth", depths, "--no-remove-lines", "--uniformize", "0",
        "--scale-units", "arcsecperpix",
        "--scale-low", repr(attempt.scale_low), "--scale-high", repr(attempt.scale_high),
        "--cpulimit", str(math.ceil(query.time_limit_s)),
        "--wcs", "field.wcs", "--rdls", "field.rdls",
        "--new-fits", "none", "--index-xyls", "none", "--corr", "none", "--match", "field.match",
        "--solved", "none",
    ]  # fmt: skip
    if attempt.radius is not None:
        command += ["--ra", repr(attempt.ra), "--dec", repr(attempt.dec)]
        command += ["--radius", repr(attempt.radius)]
    return command


def _run(command: list[str], folder: Path, timeout: float) -> int | None:
    """Run to the end and return the status, or None after `timeout` seconds, all children ended."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    with open(folder / "log.txt", "wb") as log:
        streams = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        try:
            with child(
                command, signal.SIGKILL, 0.0, cwd=folder, env=environment, **streams
            ) as process:
                return process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None


def _write_list(path: Path, xy: np.ndarray) -> None:
    """Write the sources as a FITS table, in order of brightness."""
    import numpy as np
    from astropy.io import fits

    rank = np.arange(len(xy), 0, -1, dtype=np.float32)
    columns = [("X", "D", xy[:, 0]), ("Y", "D", xy[:, 1]), ("FLUX", "E", rank)]
    fits.BinTableHDU.from_columns(
        [fits.Column(name=name, format=form, array=array) for name, form, array in columns]
    ).writeto(path)


def _read(folder: Path, indexes: tuple[Index, ...]) -> EngineMatch | None:
    """Read what was written for a success; None if any of it is missing or not readable."""
    import numpy as np
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyWarning

    try:
        with warnings.catch_warnings():
            # The program puts its command line into the header, with whatever letters are in it.
            warnings.simplefilter("ignore", category=AstropyWarning)
            header = fits.getheader(folder / "field.wcs")
            stars = fits.getdata(folder / "field.rdls")
            match = fits.getdata(folder / "field.match")[0]
        cards = {key: float(header[key]) for key in PLANE}
        positions = np.column_stack([stars["RA"], stars["DEC"]]).astype(np.float64)
    except (OSError, KeyError, IndexError, ValueError, TypeError):
        return None
    names = {_index_id(index.path): Path(index.path).name for index in indexes}
    return EngineMatch(
        cards, positions, names.get(int(match["INDEXID"]), ""), float(match["LOGODDS"])
    )


def _index_id(path: str) -> int:
    from astropy.io import fits

    return int(fits.getheader(path).get("INDEXID", -1))
