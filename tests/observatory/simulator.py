"""The simulator of the package alpaca-simulators, on this machine, with an observatory of ours."""

from __future__ import annotations

import csv
import importlib.util
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest
import requests
import yaml

#: The simulator keeps what it has drawn, and would serve the same noise again and again.
_START = """
import os, sys
os.environ["ASTRA_SIMULATORS_CONFIG"] = sys.argv[-1]  # which is looked for as soon as it is loaded
from alpaca_simulators import run_simulator
from alpaca_simulators.api import camera
camera._cache_image = lambda key, image: None
run_simulator.main()
"""
#: Where the telescope points: M 39, whose stars are those of the demonstration.
POINTING = (322.95, 48.43)  # degrees

#: A small sensor wider than high, whose cooler is quick and which has a few hot pixels.
CAMERA = {
    "name": "Small Camera",
    "description": "A camera for tests",
    "driverinfo": "Camera Simulator",
    "interfaceversion": 3,
    "cameraxsize": 480,
    "cameraysize": 320,
    "numx": 480,
    "numy": 320,
    "startx": 0,
    "starty": 0,
    "binx": 1,
    "biny": 1,
    "maxbinx": 4,
    "maxbiny": 4,
    "canabortexposure": True,
    "canstopexposure": True,
    "cangetcoolerpower": True,
    "cansetccdtemperature": True,
    "ccdtemperature": 12.0,
    "setccdtemperature": 12.0,
    "cooleron": False,
    "cooling_time": 2.0,
    "electronsperadu": 1.0,
    "exposuremin": 0.0,
    "exposuremax": 3600.0,
    "exposureresolution": 0.001,
    "fullwellcapacity": 60000,
    "gain": 1,
    "gains": ["1", "2", "3"],
    "offset": 1,
    "offsets": ["Low", "Medium", "High"],
    "hasshutter": True,
    "maxadu": 65535,
    "pixelsizex": 7.5,
    "pixelsizey": 7.5,
    "readoutmode": 0,
    "readoutmodes": ["Fast", "Normal"],
    "sensorname": "SIM480",
    "sensortype": 0,
    "pixel_defects": {"hot": {"type": "constant", "value": 60000, "rate": 0.001, "seed": 7}},
}
TELESCOPE = {
    "name": "Small Telescope",
    "interfaceversion": 3,
    "aperturediameter": 0.2,
    "focallength": 0.3,
    "rightascension": POINTING[0] / 15,
    "declination": POINTING[1],
    "tracking": True,
    "sitelatitude": 48.0,
    "sitelongitude": 8.0,
}
DEVICES = {
    "camera": {0: CAMERA},
    "telescope": {0: TELESCOPE},
    # Out of focus, so that a star covers more than one pixel.
    "focuser": {0: {"name": "Focuser", "position": 10400}},
    "filterwheel": {0: {"name": "Wheel", "names": ["L", "R", "G", "B"], "position": 0}},
    "covercalibrator": {
        0: {
            "name": "Panel",
            "brightness": 0,
            "calibratorstate": 1,
            "coverstate": 1,
            "maxbrightness": 255,
        }
    },
}


class Log:
    """What a program prints, kept in a file, and waited for.

    Parameters
    ----------
    stream : text stream
        Its output.
    path : Path
        Where to keep it.
    """

    def __init__(self, stream: TextIO, path: Path):
        self.path = path
        self._lines: list[str] = []
        self._more, self._ended = threading.Condition(), False
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def count(self, text: str) -> int:
        """Return how many lines hold a text."""
        return sum(text in line for line in self._lines)

    def await_lines(self, text: str, number: int = 1) -> None:
        """Wait until so many lines hold a text."""
        with self._more:
            self._more.wait_for(lambda: self._ended or self.count(text) >= number, timeout=120)
        if self.count(text) < number:
            raise RuntimeError(f"no {text} in {''.join(self._lines[-20:])}")

    def close(self) -> None:
        """Wait for the end of the output."""
        self._reader.join()

    def _read(self, stream: TextIO) -> None:
        with self.path.open("w", encoding="utf-8") as file:
            for line in stream:
                file.write(line)
                with self._more:
                    self._lines.append(line)
                    self._more.notify_all()
        with self._more:
            self._ended = True
            self._more.notify_all()


@dataclass(frozen=True)
class Simulator:
    """A running simulator; its log has a line for every answer."""

    address: str
    log: Log

    def get(self, device: str, name: str) -> Any:
        """A property as the simulator has it, whatever our own code believes."""
        answer = requests.get(f"http://{self.address}/api/v1/{device}/0/{name}", timeout=10)
        return answer.json()["Value"]

    def put(self, device: str, name: str, **values: Any) -> None:
        """Change something behind the back of our own code."""
        url = f"http://{self.address}/api/v1/{device}/0/{name}"
        requests.put(url, data=values, timeout=10).raise_for_status()


@contextmanager
def run_simulator(
    folder: Path, stars: Path, changes: Mapping[str, Mapping[str, Any]] | None = None
) -> Iterator[Simulator]:
    """Run the simulator on a free port of 127.0.0.1 until the ``with`` statement is left.

    Parameters
    ----------
    folder : Path
        For its configuration, its star table and its log.
    stars : Path
        A table with columns ra, dec (degrees) and vt (magnitudes): its sky.
    changes : mapping, optional
        Device -> property -> value, in place of those of :data:`DEVICES`.
    """
    if importlib.util.find_spec("alpaca_simulators") is None:
        pytest.skip("the simulator needs the package alpaca-simulators")
    folder.mkdir(parents=True, exist_ok=True)
    config, port = folder / "simulator.yaml", free_port()
    config.write_text(yaml.safe_dump(_configuration(folder, stars, changes or {})))
    command = [sys.executable, "-c", _START]
    options = ["--host", "127.0.0.1", "--port", str(port), "--config", str(config.absolute())]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder,
        text=True,
    ) as process:  # fmt: skip
        log = Log(process.stdout, folder / "simulator.log")
        try:
            log.await_lines("Uvicorn running")
            simulator = Simulator(f"127.0.0.1:{port}", log)
            simulator.get("camera", "name")  # it reads its configuration only then
            yield simulator
        finally:
            process.terminate()
            log.close()


def free_port() -> int:
    """A port of this machine that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _configuration(folder: Path, stars: Path, changes: Mapping) -> dict:
    devices = {
        kind: {number: values | changes.get(kind, {}) for number, values in numbered.items()}
        for kind, numbered in DEVICES.items()
    }
    database = _write_stars(stars, folder / "stars.db")
    return {"devices": devices, "sunlight": False, "tap_source": str(database)}


def _write_stars(table: Path, database: Path) -> Path:
    """The sky, as the simulator asks for it."""
    database.unlink(missing_ok=True)
    with table.open(newline="") as lines, sqlite3.connect(database) as sky:
        rows = [(row["ra"], row["dec"], row["vt"]) for row in csv.DictReader(lines)]
        sky.execute(
            "CREATE TABLE gaia_sources (ra REAL, dec REAL, pmra REAL, pmdec REAL,"
            " phot_g_mean_mag REAL)"
        )
        sky.executemany("INSERT INTO gaia_sources VALUES (?, ?, 0, 0, ?)", rows)
    sky.close()
    return database.absolute()
