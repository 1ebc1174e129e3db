"""Two runs at the same time, on two nights, with one folder of masters and one scan cache."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from exposed import EVENING, expose_set
from frames import ROOT
from plateworks.inventory.scan import recall
from plateworks.inventory.sources import Source
from workflow import snakemake


@pytest.fixture
def archive(tmp_path) -> Path:
    """Two nights with flats and lights of their own, and darks and bias that both use."""
    for kind in ("bias", "dark", "darkflat"):
        expose_set(tmp_path / "raw" / "darks", kind, 3, EVENING - timedelta(days=5))
    for night, start in (("one", EVENING), ("two", EVENING + timedelta(days=1))):
        expose_set(tmp_path / "raw" / night, "flat", 3, start)
        expose_set(tmp_path / "raw" / night, "light", 3, start + timedelta(hours=2))
    return tmp_path


def both(archive: Path, run) -> list:
    """Call `run` for both nights at the same time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, ("one", "two")))


def test_two_nights_at_once_make_each_master_once(archive):
    def reduce(night: str):
        return snakemake(
            archive, "masters", "calibrated", "-c1", "--directory", str(archive / f"work_{night}"),
            "--config", f"raw=['{archive}/raw/{night}', '{archive}/raw/darks']",
            f"library=['{archive}/share']", f"results={archive}/{night}",
            f"masters={{'share': '{archive}/share'}}",
        )  # fmt: skip

    (archive / "share").mkdir()
    runs = both(archive, reduce)
    assert [run.code for run in runs] == [0, 0], "\n".join(run.text for run in runs)
    logs = [path.read_text() for path in archive.glob("*/logs/masters/*/*.log")]
    shared = sorted(path.name for path in (archive / "share").rglob("*.fits"))
    assert (len(logs), len(shared)) == (8, 5)
    assert sum("combined" in log for log in logs) == len(shared)
    assert sum("taken from" in log for log in logs) == len(logs) - len(shared)
    for path in (archive / "one" / "masters").rglob("dark*.fits"):
        twin = archive / "two" / path.relative_to(archive / "one")
        assert path.read_bytes() == twin.read_bytes()
    again = both(archive, lambda night: reduce(night).text)
    assert all("Nothing to be done" in text for text in again)


def test_two_scans_at_once_leave_one_cache_that_knows_both(archive):
    code = (
        "import sys; from plateworks.inventory.sources import Source;"
        "from plateworks.inventory.scan import scan; raw = [Source(sys.argv[1])];"
        "[scan(raw, sys.argv[2], settle_s=k) for k in (0, 1e9) * 20];"
        "print(len(scan(raw, sys.argv[2]).frames))"
    )
    cache = archive / "results" / "scan.json"

    def look(night: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, str(archive / "raw" / night), str(cache)],
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.strip()

    assert both(archive, look) == ["6", "6"]
    assert len(recall(cache, [Source(str(archive / "raw"))]).frames) == 12
