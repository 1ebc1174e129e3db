"""The table of masters: a row for each, no pixel read twice, and a word for the ledger."""

import shutil

import numpy as np
import pytest
from astropy.io import fits

from orders import master_order
from plateworks.csvtable import read_table
from plateworks.ledger.ledger import Ledger
from plateworks.orders.judging import JudgedMaster, JudgingOrder
from plateworks.products.masters import make_master
from plateworks.quality import masterfigures
from plateworks.report import mastertable
from plateworks.report.mastersindoubt import lines_on_masters
from plateworks.report.mastertable import write_masters
from sensorfiles import write_frames
from sensors import Sensor

SENSOR = Sensor(width=64, height=64)


@pytest.fixture(scope="module")
def biases(tmp_path_factory):
    """Master biases of four nights; the last has one frame that is left out."""
    folder = tmp_path_factory.mktemp("biases")
    made = []
    for night in range(4):
        frames = SENSOR.bias(5, take=night)
        if night == 3:
            frames[0] += 300
        path = str(folder / f"bias_{night}.fits")
        files = write_frames(folder / str(night), SENSOR, "BIAS", frames)
        make_master(master_order("bias", files), path)
        made.append(path)
    return made


@pytest.fixture
def results(tmp_path):
    (tmp_path / "report").mkdir()
    return tmp_path


def order_of(results, paths, libraries=(), **changes):
    masters = [
        JudgedMaster(
            path=path, kind="bias", setup="one", alike="bias", made=True, mjd=60_900.0 + number,
            night=f"2025081{number}", fresh=90.0, **changes,
        )
        for number, path in enumerate(paths)
    ]  # fmt: skip
    return JudgingOrder(masters=tuple(masters), results=str(results), libraries=libraries)


def written(results, paths, **changes):
    table = results / "report" / "masters.csv"
    write_masters(order_of(results, paths, **changes), table)
    return list(read_table(table))


def test_each_master_has_a_row_with_its_figures_beside_those_before_it(biases, results):
    rows = written(results, biases, age=4)
    assert [row["master"] for row in rows] == biases
    assert [row["verdict"] for row in rows] == ["good"] * 4
    last = rows[-1]
    assert (last["frames"], last["left_out"], last["former"]) == ("4", "1", "3")
    assert (last["age_at_use_days"], last["fresh_days"]) == ("4", "90")
    assert last["predecessor"] == biases[2]
    assert float(last["level_adu"]) == pytest.approx(500, abs=1)
    assert float(last["frame_noise_adu"]) == pytest.approx(SENSOR.noise, rel=0.05)
    assert float(last["read_noise_adu"]) == pytest.approx(SENSOR.noise)
    of_a_median = 1.2533 * SENSOR.noise / 2
    assert float(last["noise_predicted_adu"]) == pytest.approx(of_a_median, rel=0.05)
    assert float(last["difference_noise"]) == pytest.approx(1, abs=0.1)
    assert float(last["differing_share"]) == 0


def test_pixels_that_were_compared_before_are_not_read_again(biases, results, monkeypatch):
    first = written(results, biases[:3])
    compared = []
    monkeypatch.setattr(
        mastertable, "compare_pixels", lambda new, old: compared.append(new.master.path)
    )
    assert written(results, biases[:3]) == first
    assert compared == []
    written(results, biases)
    assert compared == biases[3:]


def test_another_programs_master_is_measured_by_its_pixels_once(results, tmp_path, monkeypatch):
    pixels = np.random.default_rng(1).normal(300, 4, (64, 64)).astype(np.float32)
    path = str(tmp_path / "bias.fits")
    fits.writeto(path, pixels, fits.Header([("IMAGETYP", "Master Bias"), ("NCOMBINE", 9)]))
    [row] = first = written(results, [path])
    assert float(row["level_adu"]) == pytest.approx(300, abs=0.5)
    assert float(row["noise_adu"]) == pytest.approx(4, rel=0.1)
    monkeypatch.setattr(masterfigures, "read_image", None)
    assert written(results, [path]) == first


def test_the_ledger_is_told_and_a_table_that_is_none_is_passed_over(biases, results):
    (results / "report" / "masters.csv").write_text("nothing\nof ours\n")
    written(results, biases[:2])
    said = Ledger.of_results(str(results)).read()
    assert {one.master: (one.state, one.is_ours) for one in said} == dict.fromkeys(
        biases[:2], ("good", True)
    )
    assert all(len(one.digest) == 32 for one in said)
    before = (results / "masters" / "ledger.csv").read_bytes()
    written(results, biases[:2])
    assert (results / "masters" / "ledger.csv").read_bytes() == before


def test_a_run_names_the_masters_in_doubt_the_poor_first(biases, results, tmp_path):
    bright = str(tmp_path / "bright.fits")
    with fits.open(biases[2]) as hdus:
        hdus[0].data += 100
        hdus[0].header["PWMEDIAN"] += 100
        hdus[0].header.remove("PWDATA")
        hdus.writeto(bright)
    rows = written(results, [*biases[:2], bright])
    assert (rows[-1]["verdict"], rows[-1]["causes"]) == ("poor", "level")
    table = results / "report" / "masters.csv"
    head, line = lines_on_masters(str(table))
    assert head == f"      1 master is in doubt: {table}"
    assert line.startswith(f"    poor: {bright}: level: 600")
    assert lines_on_masters(str(tmp_path / "nowhere.csv")) == []


def test_a_library_is_told_what_speaks_against_its_masters_and_nothing_else(
    biases, results, tmp_path
):
    library = tmp_path / "library"
    library.mkdir()
    paths = [shutil.copy(path, library) for path in biases[:3]]
    written(results, paths, libraries=(str(library),))
    assert not (library / "ledger.csv").exists()
    with fits.open(paths[2], mode="update") as hdus:
        hdus[0].data += 100
        hdus[0].header["PWMEDIAN"] += 100
        hdus[0].header.remove("PWDATA")
    written(results, paths, libraries=(str(library),))
    [word] = Ledger.of_library(str(library)).read()
    assert (word.master, word.state) == (paths[2], "poor")
    shutil.copy(biases[2], paths[2])
    written(results, paths, libraries=(str(library),))
    assert "good" in {word.state for word in Ledger.of_library(str(library)).read()}


def test_a_master_that_cannot_be_read_is_left_out_and_named(results, tmp_path, caplog):
    broken = tmp_path / "bias.fits"
    broken.write_bytes(b"SIMPLE  = nothing")
    assert written(results, [str(broken)]) == []
    assert "It is not judged" in caplog.text
