"""The table of cameras: one row for each setup and night."""

import csv

import numpy as np
import pytest
from astropy.io import fits

from plateworks.pixels.linearity import Linearity
from plateworks.pixels.photontransfer import Measured
from plateworks.products.measured import MeasuredCamera, put_linearity, put_measured
from plateworks.report.cameratable import write_cameras


def master(folder, name, kind, camera, series=None, **cards):
    header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "made"), *cards.items()])
    put_measured(header, camera)
    put_linearity(header, series)
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
    series = Linearity(0.002, 50_000.0, 60_000.0)
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


def test_what_is_not_known_is_an_empty_cell_and_each_night_has_a_row(tmp_path):
    masters = [
        master(tmp_path, "a.fits", "Master Flat", MeasuredCamera()),
        master(tmp_path, "b.fits", "Master Bias", MeasuredCamera(Measured(5.0, 0.01))),
    ]
    later, earlier = rows(tmp_path, masters, [("one", "20250816"), ("one", "20250815")])[::-1]
    assert (later["night"], later["gain_e_per_adu"], later["flats"]) == ("20250816", "", "a.fits")
    assert (earlier["read_noise_adu"], earlier["biases"]) == ("5.0", "b.fits")
    assert rows(tmp_path, [], []) == []
