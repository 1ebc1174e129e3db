"""From the camera to solved frames, with the simulator of alpaca-simulators and real stars."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from astropy.coordinates import SkyCoord
from astropy.io import fits

from frames import ROOT
from killed import killed_at
from night import Reduced
from observatory.simulator import POINTING, Simulator, run_simulator
from plateworks.camera.manifest import read_manifest
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from workflow import snakemake

NIGHT = "20250815"

#: Where the sky is empty but for one faint star: an even light for flats.  Without any star the
#: simulator draws no sky.
EMPTY_SKY = (200.0, 20.0)

#: Pixels of 2.75 arcsec, stars of 1.8 pixels, and so much light that seconds are enough.
OBSERVATORY = {
    "camera": {
        "cameraxsize": 1000, "cameraysize": 720, "numx": 1000, "numy": 720,
        "pixelsizex": 10.0, "pixelsizey": 10.0, "cooling_time": 1.0,
    },
    "telescope": {"aperturediameter": 12.0, "focallength": 0.75},
    "focuser": {"position": 10400},
}  # fmt: skip


@dataclass(frozen=True)
class Station:
    """A simulator and a folder to work in."""

    simulator: Simulator
    folder: Path

    def point(self, ra: float, dec: float) -> None:
        self.simulator.put("telescope", "unpark")
        self.simulator.put("telescope", "tracking", Tracking=True)
        where = {"RightAscension": ra / 15, "Declination": dec}
        self.simulator.put("telescope", "slewtocoordinates", **where)

    @property
    def pointing(self) -> SkyCoord:
        ask = self.simulator.get
        hours, dec = ask("telescope", "rightascension"), ask("telescope", "declination")
        return SkyCoord(hours * 15, dec, unit="deg")

    def configure(self, **changes) -> None:
        """Write the configuration; `changes` are those of the section ``capture``."""
        capture = {
            "armed": True, "no_confirm": True, "address": self.simulator.address, "camera": 0,
            "filterwheel": 0, "covercalibrator": 0, "telescope": 0, "raw_dir": "raw",
            "session": NIGHT, "filters": ["L", "R"], "offset": "Low", "readout_mode": "Normal",
            "cooling": {"target": -10, "settle": 0.2, "ramp": None},
            "bias": {"num_bias": 4},
            "darks": {"num_darks": 4, "science_exposure_time": 0.002, "exposure_factors": [1.0]},
            "flats": {"num_flats": 3},
            "flatdarks": {"num_flatdarks": 3},
            "lights": {"num_lights": 2, "object": "M 39"},
        }  # fmt: skip
        settings = {"capture": capture | changes}
        settings["solve"] = {"index_dirs": [str(ROOT / "config" / "demo")]}
        (self.folder / "my.yaml").write_text(yaml.safe_dump(settings))

    def run(self, *arguments: str):
        return snakemake(self.folder, *arguments, "--configfile", "my.yaml")

    def raw(self) -> dict[Path, bytes]:
        """Return every file that a scan could find, and its bytes."""
        paths = (self.folder / "raw").rglob("*.fits")
        return {path: path.read_bytes() for path in paths if ".set-aside" not in path.parts}

    def assert_safe(self) -> None:
        """No exposure runs, and the panel is dark."""
        assert self.simulator.get("camera", "camerastate") == 0
        assert self.simulator.get("covercalibrator", "calibratorstate") == 1


@pytest.fixture(scope="module")
def simulator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("observatory")
    stars = folder / "sky.csv"
    known = (ROOT / "config" / "demo" / "stars.csv").read_text()
    stars.write_text(f"{known.rstrip()}\n{EMPTY_SKY[0]},{EMPTY_SKY[1]},20.0\n")
    with run_simulator(folder, stars, OBSERVATORY) as running:
        yield running


@pytest.fixture
def station(simulator, tmp_path):
    one = Station(simulator, tmp_path)
    one.configure()
    return one


def test_from_an_empty_folder_to_solved_frames_of_the_field_that_the_telescope_points_at(station):
    station.point(*EMPTY_SKY)
    some = {"num_darks": 3, "science_exposure_time": 0.002, "exposure_factors": [1.0]}
    station.configure(darks=some)
    assert station.run("capture_darks").code == 0
    station.configure()
    library = station.run("library")
    assert library.code == 0, library.text
    masters = (station.folder / "results" / "masters").rglob("*.fits")
    kinds = [path.name.split("_")[0] for path in masters]
    assert sorted(kinds) == ["bias", "dark", "darkflat", "flat", "flat"]
    dark = Reduced(station.folder, library).one("masters/*/dark_2ms_*.fits")
    assert fits.getval(dark, "NCOMBINE") == 4  # one more than the run began with
    assert "Nothing to be done" in station.run("library", "-n").text
    _assert_good_calibration(
        read_manifest(station.folder / "results" / "capture" / NIGHT / "frames.csv")
    )

    station.point(*POINTING)
    lights = station.run("capture_lights")
    assert lights.code == 0, lights.text
    done = station.run()
    assert done.code == 0, done.text
    assert not {"master_bias", "master_dark", "master_flat"} & set(done.jobs)
    assert "Nothing to be done" in station.run("-n").text

    reduced = Reduced(station.folder, done)
    solved = reduced.table("report/solved.csv")
    assert [row["solved"] for row in solved] == ["True"] * 4
    centres = SkyCoord(
        [float(row["ra_deg"]) for row in solved], [float(row["dec_deg"]) for row in solved],
        unit="deg",
    )  # fmt: skip
    assert centres.separation(station.pointing).arcsec.max() < 5.0
    chosen = [row for row in reduced.table("plan/associations.csv") if row["chosen"]]
    assert {row["level"] for row in chosen if row["slot"] in ("dark", "flat")} == {"0"}
    station.assert_safe()
    assert station.simulator.get("camera", "cooleron") is True  # capture.cooling.at_exit: on


def _assert_good_calibration(rows):
    """Flats have their level in each filter, flat-darks their exposure; nothing is flagged."""
    flats = [row for row in rows if row.kind == "flat"]
    flatdarks = [row for row in rows if row.kind == "darkflat"]
    assert [row.filter for row in flats] == ["L"] * 3 + ["R"] * 3
    assert all(0.45 < row.median / 65535 < 0.55 for row in flats)
    assert {row.exposure_s for row in flatdarks} == {row.exposure_s for row in flats}
    assert [row.flags for row in rows] == [""] * len(rows)
    assert all(abs(row.temperature_degC + 10) <= 0.5 for row in rows)


def test_what_the_plan_misses_is_captured_and_then_serves_the_lights(station):
    station.configure(filters=["L"], lights={"num_lights": 1})
    station.point(*POINTING)
    assert station.run("capture_lights").code == 0
    assert "1 refused" in station.run("-n").text
    station.point(*EMPTY_SKY)
    run = station.run("capture_missing")
    assert run.code == 0, run.text
    assert "1 to calibrate and solve, 0 refused" in station.run("-n").text


def test_darks_and_bias_go_on_where_flats_fail_and_the_end_sums_up(station):
    station.point(*EMPTY_SKY)
    station.configure(
        filters=["L"], bias={"num_bias": 1}, flatdarks={"num_flatdarks": 1},
        darks={"num_darks": 2, "science_exposure_time": 0.002, "exposure_factors": [1.0]},
        flats={"num_flats": 1, "max_adjustment_attempts": 1, "count_tolerance": 0.001},
    )  # fmt: skip
    run = station.run("capture", "--workflow-profile", str(ROOT / "profiles" / "camera"))
    assert run.code != 0
    assert "Traceback" not in run.text
    _, captured = run.text.split("\nCaptured\n")
    frames, failed = captured.split("1 job failed")
    assert [line.split(" in ")[0].strip() for line in frames.splitlines() if line.strip()] == [
        "2 frames of dark, 0.002 s", "1 frame of bias, 0.001 s",
    ]  # fmt: skip
    assert f"results/capture/{NIGHT}/flats.csv: After 1 trial the level of flats" in failed
    assert "widen capture.flats.count_tolerance" in failed
    station.assert_safe()


# --- nothing is lost ---------------------------------------------------------------------------

SERIES = """
import sys, yaml
from plateworks.camera.sequence import carry_out
from plateworks.orders.capture import CaptureOrder
from plateworks.settings.configuration import complete, load_yaml
settings = complete(load_yaml("my.yaml"))
order = CaptureOrder(
    target="darks", night="{night}", capture=settings.capture, site=settings.site
)
carry_out(order, "darks.csv")
"""


def run_series(station: Station, environment: Mapping[str, str] = os.environ):
    """Take darks in a process of its own."""
    path = [str(ROOT / "scripts"), *filter(None, [environment.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-c", SERIES.format(night=NIGHT)], cwd=station.folder,
        env={**environment, "PYTHONPATH": os.pathsep.join(path)}, capture_output=True, text=True,
    )  # fmt: skip


#: From the last of setting up to the end of the first frame.
STEPS = range(26, 37)


def test_a_series_killed_at_any_step_ends_with_every_frame_intact_and_counted_once(
    station, tmp_path_factory
):
    frames, site = 12, tmp_path_factory.mktemp("site")
    darks = {"num_darks": frames, "science_exposure_time": 0.05, "exposure_factors": [1.0]}
    station.configure(darks=darks, covercalibrator=None)
    before: dict[Path, bytes] = {}
    taken = []
    for step in STEPS:
        killed = run_series(station, killed_at(step, station.folder, site))
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        now = station.raw()
        assert {path: now[path] for path in before} == before
        taken.append(len(now) - len(before))
        before = now
    assert taken[0] == 0 and taken[-1] == 1  # killed before its first frame, and after it
    last = run_series(station)
    assert last.returncode == 0, last.stderr

    kept = station.raw()
    assert {path: kept[path] for path in before} == before
    rows = read_manifest(station.folder / "darks.csv")
    assert len(rows) == len(kept) == frames
    assert {station.folder / row.path for row in rows} == set(kept)
    assert len({row.number for row in rows}) == len({row.date_obs for row in rows}) == frames
    for path, row in zip(sorted(kept), sorted(rows), strict=True):
        with fits.open(path, checksum=True) as hdus:
            assert hdus[0].data.shape == (720, 1000)
            assert hdus[0].data.mean() == pytest.approx(row.mean, abs=0.001)
    found = scan([Source(str(station.folder / "raw"))], station.folder / "scan.json")
    assert (len(found.frames), found.rejects) == (frames, ())


def test_neither_force_nor_other_settings_nor_failures_touch_a_frame(station):
    assert station.run("capture_bias").code == 0
    before = station.raw()
    assert len(before) == 4

    forced = station.run("capture_bias", "--forceall")
    assert forced.code == 0, forced.text
    assert forced.jobs == {"capture_bias": 1}
    assert station.raw() == before

    station.configure(offset="Medium")
    changed = station.run("capture_bias")
    assert changed.code == 0, changed.text
    now = station.raw()
    assert len(now) == 8
    assert {path: now[path] for path in before} == before

    station.configure(offset="Highest", bias={"num_bias": 9})
    failed = station.run("capture_bias")
    assert failed.code != 0
    assert "capture.offset is 'Highest', but the camera offers" in failed.text
    assert "Traceback" not in failed.text
    assert station.raw() == now

    assert station.run("capture_bias", "--delete-all-output").code == 0
    assert station.raw() == now
    assert not (station.folder / f"results/capture/{NIGHT}/bias.csv").exists()


def test_ctrl_c_aborts_the_exposure_and_leaves_the_cooler_as_configured(station):
    darks = {"num_darks": 5, "science_exposure_time": 12.0, "exposure_factors": [1.0]}
    cooling = {"target": -10, "settle": 0.2, "ramp": None, "at_exit": "off"}
    station.configure(darks=darks, cooling=cooling)
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"),
        "--workflow-profile", "none", "--cores", "1", "capture_darks", "--configfile", "my.yaml",
    ]  # fmt: skip
    log = station.simulator.log
    before = log.count("/camera/0/startexposure")
    process = subprocess.Popen(
        command, cwd=station.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    log.await_lines("/camera/0/startexposure", before + 2)  # the level without light, and a dark
    assert station.simulator.get("camera", "camerastate") == 2
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode != 0
    station.assert_safe()
    assert station.simulator.get("camera", "cooleron") is False
