"""The table of cameras: one row for each setup and night."""

import csv

import numpy as np
import pytest
from astropy.io import fits

from plateworks.csvtable import read_rows
from plateworks.pixels.fullwell import FullWell
from plateworks.pixels.linearity import Linearity
from plateworks.pixels.photontransfer import Measured
from plateworks.products.measured import LevelSeries, MeasuredCamera
from plateworks.products.measuredheader import put_measured, put_series
from plateworks.report.cameralines import lines_on_cameras
from plateworks.report.cameratable import write_cameras

NOTHING = LevelSeries()


def master(folder, name, kind, camera, series=NOTHING, **cards):
    header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "made"), *cards.items()])
    put_measured(header, camera)
    put_series(header, series)
    fits.writeto(folder / name, np.zeros((4, 4), np.float32), header)
    return str(folder / name)


def rows(folder, masters, origins):
    write_cameras(masters, origins, folder / "cameras.csv")
    with open(folder / "cameras.csv", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_night_is_told_by_all_its_flats_and_by_its_bias(tmp_path):
    told = {"EGAIN": 1.0, "RDNOISE": 9.0}
    flats = [
        MeasuredCamera(gain=Measured(0.80, 0.004), read_noise=Measured(4.0, 0.02)),
        MeasuredCamera(gain=Measured(0.81, 0.004), read_noise=Measured(4.05, 0.02)),
    ]
    line = Linearity(0.002, 50_000.0, 60_000.0, 0.0005)
    series = LevelSeries(line, FullWell(62_000.0, 500.0))
    masters = [
        master(tmp_path, "bias.fits", "Master Bias", MeasuredCamera(Measured(5.0, 0.01))),
        master(tmp_path, "flat_l.fits", "Master Flat", flats[0], **told),
        master(tmp_path, "flat_r.fits", "Master Flat", flats[1], series, **told),
    ]
    [row] = rows(tmp_path, masters, [("one", "20250815")] * 3)
    assert (row["setup"], row["night"], row["camera"]) == ("one", "20250815", "made")
    assert float(row["gain_e_per_adu"]) == pytest.approx(0.805)
    assert float(row["gain_error"]) == pytest.approx(0.005, rel=0.01)  # they scatter by more
    assert float(row["read_noise_e"]) == pytest.approx(4.025)
    assert (float(row["gain_header"]), float(row["read_noise_header"])) == (1.0, 9.0)
    assert (row["read_noise_adu"], row["flats"]) == ("5.0", "flat_l.fits; flat_r.fits")
    assert (row["turnoff_adu"], row["departure"]) == ("60000.0", "0.002")
    assert row["departure_error"] == "0.0005"
    told = row["full_well_adu"], row["full_well_error"], row["full_well_by"]
    assert told == ("62000.0", "500.0", "falling variance")
    assert float(row["full_well_e"]) == pytest.approx(62_000 * 0.805, rel=1e-3)
    assert row["header_apart"] == "EGAIN, RDNOISE"


def test_what_is_not_known_is_an_empty_cell_and_each_night_has_a_row(tmp_path):
    masters = [
        master(tmp_path, "a.fits", "Master Flat", MeasuredCamera()),
        master(tmp_path, "b.fits", "Master Bias", MeasuredCamera(Measured(5.0, 0.01))),
    ]
    later, earlier = rows(tmp_path, masters, [("one", "20250816"), ("one", "20250815")])[::-1]
    assert (later["night"], later["gain_e_per_adu"], later["flats"]) == ("20250816", "", "a.fits")
    assert (earlier["read_noise_adu"], earlier["biases"]) == ("5.0", "b.fits")
    assert rows(tmp_path, [], []) == []


@pytest.mark.parametrize(
    ("wells", "adu", "by"),
    [
        ([FullWell(40_000.0, None), FullWell(50_000.0, None)], "50000.0", "not reached, at least"),
        ([FullWell(55_000.0, None), FullWell(50_000.0, 900.0)], "50000.0", "falling variance"),
        ([FullWell(52_000.0, 300.0), FullWell(50_000.0, 900.0)], "52000.0", "falling variance"),
        ([None, None], "", ""),
    ],
)
def test_the_full_well_of_a_night_is_that_of_the_series_which_tells_it_best(
    wells, adu, by, tmp_path
):
    masters = [
        master(tmp_path, f"{i}.fits", "Master Flat", MeasuredCamera(), LevelSeries(None, one))
        for i, one in enumerate(wells)
    ]
    [row] = rows(tmp_path, masters, [("one", "20250815")] * len(wells))
    assert row["full_well_adu"] == adu and row["full_well_by"].startswith(by)


def test_the_end_of_a_run_says_of_each_setup_what_its_latest_flats_show(tmp_path):
    camera = MeasuredCamera(gain=Measured(0.8, 0.004), read_noise=Measured(4.0, 0.02))
    masters = [
        master(tmp_path, "a.fits", "Master Flat", camera, EGAIN=0.8),
        master(tmp_path, "b.fits", "Master Flat", camera._replace(gain=Measured(0.9, 0.01))),
        master(tmp_path, "c.fits", "Master Flat", camera, EGAIN=1.25, RDNOISE=4.1),
        master(tmp_path, "d.fits", "Master Flat", MeasuredCamera()),
    ]
    origins = [("one", "20250815"), ("one", "20250814"), ("two", ""), ("two", "20250816")]
    rows(tmp_path, masters, origins)
    table = str(tmp_path / "cameras.csv")
    told = "gain 0.800 ± 0.004 e-/ADU, read noise 4.00 ± 0.02 e-"
    where, *said = lines_on_cameras(table)
    assert where.split(maxsplit=1) == ["cameras", table]
    assert said == [
        "    one, 20250815:",
        f"      {told}",
        "    two:",
        f"      {told}; WARNING: headers say EGAIN 1.25",
    ]


def test_what_is_published_stands_beside_what_flats_show(tmp_path):
    camera = MeasuredCamera(gain=Measured(0.8, 0.004), read_noise=Measured(4.0, 0.02))
    flat = master(tmp_path, "a.fits", "Master Flat", camera, EGAIN=0.8)
    table, profile = str(tmp_path / "cameras.csv"), ("Astrocam 7", 1.0, 4.1, 50000)
    write_cameras([flat], [("one", "20250815")], table, [profile])
    [row] = read_rows(table, dict)
    assert (row["profile"], row["gain_profile"], row["full_well_profile"]) == (
        "Astrocam 7", "1.0", "50000",
    )  # fmt: skip
    assert (row["header_apart"], row["profile_apart"]) == ("", "EGAIN")  # 4.1 is within 5 %
    assert lines_on_cameras(table)[-1].endswith("WARNING: its profile says EGAIN 1.0")


def test_a_table_of_cameras_that_is_none_is_named_at_the_end_of_a_run(tmp_path):
    table = tmp_path / "cameras.csv"
    assert lines_on_cameras(str(table)) == []
    table.write_text("setup,night\none,20250815\n")
    [line] = lines_on_cameras(str(table))
    assert str(table) in line and "Remove it" in line
    table.write_bytes(b"")
    assert lines_on_cameras(str(table)) == []
