"""How long the scan of 10,000 frames takes, cold and warm, against astropy's header reader.

    python benchmarks/bench_scan.py [number of frames]

Makes header-only frames (sparse files of full length), then scans them in fresh processes: without
a cache, with the cache of the first scan, and with astropy.io.fits.getheader for comparison.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from sidebyside import ROOT, keep

RUNS = 3

OURS = """
import sys
from plateworks.inventory.sources import Source
from plateworks.inventory.scan import scan
found = scan([Source(sys.argv[1])], sys.argv[2])
assert len(found.frames) == int(sys.argv[3]) and not found.rejects
"""
ASTROPY = """
import sys
from pathlib import Path
from astropy.io import fits
assert sum(fits.getheader(path)["NAXIS1"] > 0 for path in Path(sys.argv[1]).rglob("*.fits"))
"""


#: The date in the header of the first frame.
FIRST = b"2025-08-15T22:00:00"


def moment(number: int) -> bytes:
    """Return the date of a frame; no two are of one moment, which would make them suspects."""
    minutes, seconds = divmod(number, 60)
    hours, minutes = divmod(minutes, 60)
    return b"2025-08-15T%02d:%02d:%02d" % (hours, minutes, seconds)


def cpu_seconds(code: str, *arguments: str) -> float:
    """Run `code` in a fresh interpreter and return its processor time, start-up included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main(count: int) -> None:
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]
    from frames import write_frame

    with tempfile.TemporaryDirectory() as folder:
        raw, cache = Path(folder, "raw"), Path(folder, "scan.json")
        template = write_frame(
            raw / "0000" / "light_00000.fits", "LIGHT", width=6248, height=4176,
            exptime=60.0, filter="L", object="M 39", **{f"extra{i:02d}": i for i in range(40)},
        )  # fmt: skip
        size, header = template.stat().st_size, template.read_bytes()[: 3 * 2880]
        for i in range(1, count):
            path = raw / f"{i // 500:04d}" / f"light_{i:05d}.fits"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(header.replace(FIRST, moment(i)))
            os.truncate(path, size)
        times: dict[str, list[float]] = {"cold": [], "warm": [], "astropy": []}
        for _ in range(RUNS):
            cache.unlink(missing_ok=True)
            times["cold"].append(cpu_seconds(OURS, str(raw), str(cache), str(count)))
            times["warm"].append(cpu_seconds(OURS, str(raw), str(cache), str(count)))
            times["astropy"].append(cpu_seconds(ASTROPY, str(raw)))
    middle = {name: sorted(values)[RUNS // 2] for name, values in times.items()}
    lines = [
        f"Scan of {count} frames, CPU seconds of whole processes, median of {RUNS} runs",
        f"  without a cache            {middle['cold']:6.2f}",
        f"  with the cache             {middle['warm']:6.2f}",
        f"  astropy.io.fits.getheader  {middle['astropy']:6.2f}",
        f"  ratio, ours to astropy's   {middle['cold'] / middle['astropy']:6.2f}",
    ]
    print("\n".join(lines))
    keep("scan", "\n".join(["```", *lines, "```"]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
