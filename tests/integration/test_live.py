"""A watch while a camera writes: each light is processed once, when it is complete."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from exposed import expose_night
from frames import ROOT

SETTLE_S = 1.5


@pytest.fixture
def night(tmp_path) -> Path:
    """Calibration frames in the raw folder, and lights that are still to come."""
    expose_night(tmp_path / "camera", lights=4)
    (tmp_path / "raw").mkdir()
    for path in (tmp_path / "camera").iterdir():
        if not path.name.startswith("light"):
            shutil.move(path, tmp_path / "raw")
    return tmp_path


def lights(night: Path) -> list[Path]:
    return sorted((night / "camera").iterdir())


def write_slowly(source: Path, target: Path, seconds: float, *, full_size: bool) -> float:
    """Write a file in ten parts; return the time of the last.

    With `full_size` the file is as long as its header promises from the beginning.
    """
    data = source.read_bytes()
    step = -(-len(data) // 10)
    with open(target, "wb", buffering=0) as file:
        if full_size:
            file.truncate(len(data))
        for place in range(0, len(data), step):
            file.write(data[place : place + step])
            time.sleep(seconds / 10)
    return target.stat().st_mtime


def await_that(holds: Callable[[], bool], what: str, limit_s: float = 120.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def test_each_light_is_processed_once_and_never_while_it_is_written(night):
    said = night / "said.txt"
    with open(said, "w") as stream:
        watch = subprocess.Popen(
            [
                sys.executable, "-m", "plateworks.watch", "--every", "1",
                "--settle", str(SETTLE_S), "calibrated", "--snakefile", str(ROOT / "Snakefile"),
                "--workflow-profile", "none", "--scheduler", "greedy", "--cores", "1", "--nocolor",
                "--config", "raw=raw",
            ],
            cwd=night, stdout=stream, stderr=stream, start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        )  # fmt: skip
    products = [night / "results/calibrated/20250815" / path.name for path in lights(night)]
    try:
        complete = []
        for number, source in enumerate(lights(night)):
            target = night / "raw" / source.name
            if number == 0:  # at once, under another name
                shutil.copy(source, night / "raw" / ".part")
                (night / "raw" / ".part").rename(target)
                complete.append(target.stat().st_mtime)
            else:
                slow = 20.0 if number == 3 else 4.0  # that one pauses for longer than SETTLE_S
                full = number == 2
                complete.append(write_slowly(source, target, slow, full_size=full))
        for product in products:
            await_that(product.exists, f"{product} was not made")
        made = [product.stat().st_mtime for product in products]
        rounds = said.read_text().count("next look")
        await_that(lambda: said.read_text().count("next look") > rounds, "the round did not end")
    finally:
        os.killpg(watch.pid, signal.SIGINT)
        watch.wait(60)
    text = said.read_text()
    assert all(late - early >= SETTLE_S for early, late in zip(complete, made, strict=True)), text
    jobs = re.findall(r"wildcards: session=20250815, frame=(\S+)", text)
    assert sorted(jobs) == [path.stem for path in lights(night)]
    assert "Waiting, perhaps still being written" in text
    assert "Error in rule" not in text
