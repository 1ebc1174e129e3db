"""A watch while a camera writes: each light is processed once, when it is complete."""

import os
import re
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest

from blocked import blocked
from exposed import expose_night
from frames import ROOT
from nightfacts import poor_night
from plateworks.report.night.page import render

#: A file that changed within the last day may be one that is still being written: so what decides
#: is the time that a file bears, and not how fast this computer is.
SETTLE_S = 86_400
LONG_AGO = 1_000_000_000.0


def age(path: Path) -> None:
    """Let a file bear the time of one that was last changed years ago."""
    os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def night(tmp_path) -> Path:
    """Calibration frames in the raw folder, and lights that are still to come."""
    expose_night(tmp_path / "camera", lights=4)
    (tmp_path / "raw").mkdir()
    for path in (tmp_path / "camera").iterdir():
        if not path.name.startswith("light"):
            age(path)
            shutil.move(path, tmp_path / "raw")
    return tmp_path


class Watch:
    """What a watch says, round by round."""

    def __init__(self, process):
        self._process = process
        self.said = ""

    def rounds(self, count: int) -> None:
        """Read on until so many rounds have ended; the first may have begun before."""
        for _ in range(count):
            line = ""
            while "next look" not in line:
                line = self._process.stderr.readline()
                assert line, f"the watch ended: {self.said}"
                self.said += line


def test_each_light_is_processed_once_and_never_while_it_is_written(night):
    whole, growing, full_size, pausing = sorted((night / "camera").iterdir())
    data = {path.name: path.read_bytes() for path in (whole, growing, full_size, pausing)}
    half = len(data[whole.name]) // 2
    products = {name: night / "results/calibrated/20250815" / name for name in data}
    raw, page = night / "raw", night / "results/report/20250815.html"

    def there() -> set[str]:
        return {name for name, product in products.items() if product.exists()}

    arguments = [
        "-m", "plateworks.watch", "--every", "0.1", "--settle", str(SETTLE_S), "calibrated",
        "--snakefile", str(ROOT / "Snakefile"), "--workflow-profile", "none",
        "--scheduler", "greedy", "--cores", "1", "--nocolor", "--directory", str(night),
        "--config", "raw=raw",
    ]  # fmt: skip
    shutil.copy(whole, raw / ".part")
    age(raw / ".part")
    (raw / ".part").rename(raw / whole.name)  # complete from the first moment
    (raw / growing.name).write_bytes(data[growing.name][:half])
    (raw / pausing.name).write_bytes(data[pausing.name][:half])
    with open(raw / full_size.name, "wb") as file:  # as long as its header promises
        file.write(data[full_size.name][:half])
        file.truncate(len(data[full_size.name]))

    page.parent.mkdir(parents=True)
    page.write_text(render(poor_night(), 10.0), "utf-8")

    # As a shell would start it in the background, where Ctrl-C's signal is ignored.
    with blocked(arguments, ignored=[signal.SIGINT]) as process:
        watch = Watch(process)
        watch.rounds(1)
        assert there() == {whole.name}, watch.said
        (raw / growing.name).write_bytes(data[growing.name])
        with open(raw / full_size.name, "r+b") as file:
            file.write(data[full_size.name])
        watch.rounds(2)
        assert there() == {whole.name}, watch.said
        (raw / pausing.name).write_bytes(data[pausing.name])
        for path in (growing, full_size, pausing):
            age(raw / path.name)
        watch.rounds(2)
        assert there() == set(data), watch.said
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=60)  # all are gone who could say anything
    said = watch.said + rest
    assert process.returncode == 0 and "watch: ended by SIGINT" in rest
    jobs = re.findall(r"^    output: results/calibrated/20250815/(\S+)$", said, re.M)
    assert Counter(jobs) == Counter(data.keys())
    assert page.read_text("utf-8") == render(poor_night())  # it stands still
    assert "Waiting, perhaps still being written" in said
    assert "Error in rule" not in said
    assert "Traceback" not in said
