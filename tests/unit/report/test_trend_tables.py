"""Trends: what the headers of masters and tables of lights tell of a setup from night to night."""

import numpy as np
import pytest

from plateworks.csvtable import read_table, write_table
from plateworks.orders.trends import TrendLights, TrendMaster, TrendOrder, night_of
from plateworks.quality import quantities as q
from plateworks.quality.expiry import expiries_of
from plateworks.quality.trendcards import told_by
from plateworks.report import trendsources
from plateworks.report.trendsources import follow
from plateworks.report.trendtable import (
    ChangeRow,
    read_changes,
    read_expiries,
    read_nights,
    write_changes,
    write_expiries,
    write_nights,
)
from plateworks.settings.expiry import Expiry
from trendnights import FIRST, SIDE, Camera, write_header, write_masters, write_night


def order_of(masters, **more):
    usual = {"lights": (), "upkeep": (), "bounds": ("flat",), "expiry": Expiry()}
    return TrendOrder(masters=tuple(masters), pixels=SIDE**2, **usual | more)


@pytest.fixture
def written(tmp_path):
    """Write the tables of a setup; return their bytes."""

    def write(order, memory="memory.json"):
        told, courses = follow(order, tmp_path / memory)
        write_nights(courses, tmp_path / "nights.csv")
        write_changes(courses, tmp_path / "changes.csv")
        write_expiries(expiries_of(order, told, courses), tmp_path / "expiry.csv")
        return [(tmp_path / f"{one}.csv").read_bytes() for one in ("nights", "changes", "expiry")]

    return write


@pytest.fixture
def reads(monkeypatch):
    """The paths of the headers that are read."""
    paths, read = [], trendsources.values_of
    monkeypatch.setattr(
        trendsources, "values_of", lambda path, keys: (paths.append(path), read(path, keys))[1]
    )
    return paths


@pytest.fixture(scope="module")
def masters(tmp_path_factory):
    """A year of a camera whose bias level steps up after half of it."""
    camera = Camera(seed=5, ends=365, nights=60, steps={"bias": (180, 8.0)}, births=7.0)
    return camera, write_masters(tmp_path_factory.mktemp("masters"), camera)


def by_column(path):
    return {(one.quantity.column, one.filter): one for one in read_nights(path)}


def test_each_quantity_is_followed_and_a_step_is_named(tmp_path, masters, written):
    camera, some = masters
    written(order_of(some))
    courses = by_column(tmp_path / "nights.csv")
    truth = {
        ("bias_adu", ""): 500, ("read_noise_adu", ""): 6, ("gain_e_per_adu", ""): 0.8,
        ("read_noise_e", ""): 4.8, ("dark_adu_per_s", ""): 0.05, ("flickering_pixels", ""): 50,
        ("flat_adu", "l"): 30_000, ("flat_adu", "r"): 30_000,
    }  # fmt: skip
    for key, value in truth.items():
        assert np.median(courses[key].values[:20]) == pytest.approx(value, rel=0.08), key
        assert len(courses[key].nights) == 60
    assert courses["hot_pixels", ""].values[-1] > courses["hot_pixels", ""].values[0] + 200
    assert np.isfinite(courses["bias_adu", ""].errors).all()
    [change] = [one for one in read_changes(tmp_path / "changes.csv") if one.quantity == "bias_adu"]
    first = next(day for day in camera.days if day >= 180)
    assert change.night == night_of(FIRST + first)
    assert change.words.startswith("bias level: 50") and " ADU became 50" in change.words
    assert change.sigmas == pytest.approx(8, rel=0.4)


def test_a_new_night_reads_a_night_and_a_changed_master_is_read_again(
    tmp_path, masters, written, reads
):
    camera, some = masters
    written(order_of(some))
    assert len(reads) == len(some)
    reads.clear()
    more = tuple(write_night(tmp_path, camera, 400))
    written(order_of(some + more))
    assert sorted(reads) == sorted(one.path for one in more)
    reads.clear()
    write_header(tmp_path / "bias_new.fits", {"PWMEDIAN": 700.0})
    (tmp_path / "bias_new.fits").replace(more[0].path)
    written(order_of(some + more))
    assert reads == [more[0].path]
    assert by_column(tmp_path / "nights.csv")["bias_adu", ""].values[-1] == 700.0


def test_the_tables_are_the_same_whatever_the_order_and_what_was_known(masters, written):
    _, some = masters
    all_at_once = written(order_of(some), "one.json")
    written(order_of(some[::2]), "two.json")
    assert written(order_of(some[::-1]), "two.json") == all_at_once


def test_darks_of_other_temperatures_are_brought_to_that_of_the_middle_one(tmp_path, written):
    def master(kind, night, level, **known):
        path = tmp_path / f"{kind}_{night}.fits"
        write_header(path, {"PWMEDIAN": level, "PWNOISE": 1.0, "BIASSUB": known.pop("free", False)})
        return TrendMaster(kind=kind, path=str(path), night=night, **known)

    some = [
        master("bias", "20250101", 300.0),
        master("dark", "20250101", 310.0, exposure=100.0, temperature=-10.0),
        master("dark", "20250102", 320.0, exposure=100.0, temperature=-4.0),
        master("dark", "20250103", 10.0, exposure=100.0, temperature=-10.0, free=True),
    ]
    written(order_of(some))
    rates = by_column(tmp_path / "nights.csv")["dark_adu_per_s", ""]
    assert rates.values == pytest.approx([0.1, 0.1, 0.1])
    assert rates.errors[1] > 100 * rates.errors[0]  # how dark current doubles is not known


def test_masters_that_tell_nothing_and_files_that_are_gone_have_no_part(tmp_path, written):
    bare = tmp_path / "bare.fits"
    write_header(bare, {})
    some = [
        TrendMaster(kind="flat", path=str(bare), night="20250101", filter="l"),
        TrendMaster(kind="bias", path=str(tmp_path / "gone.fits"), night="20250102"),
    ]
    nights, changes, _ = written(order_of(some))
    assert nights.count(b"\n") == changes.count(b"\n") == 1  # the headings


def test_new_and_healed_pixels_are_those_of_the_table_of_defects(tmp_path, masters, written):
    _, some = masters
    nights = sorted({one.night for one in some})
    rows = [(nights[0], ""), (nights[0], nights[3]), (nights[2], ""), (nights[2], ""), ("", "")]
    write_table(tmp_path / "defects.csv", ("first_seen", "healed"), rows)
    written(order_of(some, defects=str(tmp_path / "defects.csv")))
    courses = by_column(tmp_path / "nights.csv")
    new, healed = courses["new_pixels", ""], courses["healed_pixels", ""]
    assert new.nights == healed.nights == tuple(nights[1:])  # before the first nobody knows
    assert [int(one) for one in new.values[:4]] == [0, 2, 0, 0]
    assert [int(one) for one in healed.values[:4]] == [0, 0, 1, 0]


def test_lights_of_a_setup_tell_focus_and_zero_point_at_the_zenith(tmp_path, written):
    columns = ("frame", "filter", "airmass", "zero_point", "fwhm_px", "verdict")
    rows = [(f"l{i}", "L", 1.0, 22.0 + i / 100, 3.0, "good") for i in range(5)]
    other = ("other", "L", 1.0, 30.0, 9.0, "flagged")
    write_table(tmp_path / "lights.csv", columns, [*rows, other])
    frames = tuple(f"l{i}" for i in range(5))
    one = TrendLights(
        night="20250101", filter="l", table=str(tmp_path / "lights.csv"), frames=frames
    )
    written(order_of((), lights=(one,)))
    courses = by_column(tmp_path / "nights.csv")
    assert courses["fwhm_px", "l"].values == pytest.approx([3.0])
    assert courses["zero_point", "l"].values == pytest.approx([22.03], abs=0.03)


def test_tables_are_read_back_as_they_were_written(tmp_path, masters, written):
    _, some = masters
    order = order_of(some)
    nights, changes, expiry = written(order)
    write_nights(read_nights(tmp_path / "nights.csv"), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == nights
    write_table(tmp_path / "again.csv", ChangeRow._fields, read_changes(tmp_path / "changes.csv"))
    assert (tmp_path / "again.csv").read_bytes() == changes
    write_expiries(read_expiries(tmp_path / "expiry.csv"), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == expiry


def test_every_quantity_has_a_column_and_an_error(tmp_path, written):
    written(order_of(()))
    with open(tmp_path / "nights.csv") as stream:
        columns = stream.readline().strip().split(",")
    assert columns[:2] == ["night", "filter"]
    assert columns[2::2] == [one.column for one in q.QUANTITIES]
    assert columns[3::2] == [f"{one.column}_error" for one in q.QUANTITIES]
    assert list(read_table(tmp_path / "nights.csv")) == []


@pytest.mark.parametrize(
    "cards", [{"NCOMBINE": -1, "LEVELMIN": 1.0, "LEVELMAX": 2.0}, {"NBIT1": -3}]
)
def test_counts_that_cannot_be_tell_nothing(cards):
    told = told_by(TrendMaster(kind="flat", path="f.fits", night="20250815"), cards, 100)
    assert (told.light, told.hot) == (None, None)
