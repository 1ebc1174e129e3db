"""Products made again: they are the same bytes, or what became another is named."""

import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from inprocess import expose_night, reduce, sensor
from plateworks.csvtable import read_table
from plateworks.errors import PlateworksError
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.remaking import order_of_remaking
from plateworks.orders.remaking import RemakingOrder
from plateworks.products.differences import difference
from plateworks.records import record_of
from plateworks.sky.remaking import remake


@pytest.fixture
def night(tmp_path):
    """A night, reduced, and how some of it is made again."""
    expose_night(tmp_path / "raw", sensor())
    jobs = Jobs(reduce(tmp_path / "raw", stages=["calibrated"]))
    plain = order_of_remaking(Lookup(jobs), lambda solved: "", None)
    return jobs, record_of(RemakingOrder, untold(plain), "The order")


def untold(order):
    """Take out the digests of what jobs are told, which jobs without rules do not have."""
    if isinstance(order, dict):
        return {key: untold(value) for key, value in order.items() if key != "told"}
    return [untold(one) for one in order] if isinstance(order, list) else order


def test_one_of_each_kind_and_one_light_of_each_filter_are_made_again(night):
    jobs, order = night
    assert {one.path for one in order.masters} == {*jobs.master_files()}
    assert {one.path for one in (*order.lists, *order.masks)} == {*jobs.cosmetic_files()}
    assert [one.output for one in order.lights.lights] == jobs.calibrated_files()[:1]


def test_a_product_of_other_frames_is_named_with_what_differs(night, tmp_path):
    _, order = night
    [flat] = [one for one in order.masters if "flat" in Path(one.path).name]
    first, *_, last = (Path(frame.raw) for frame in flat.order.frames)
    with fits.open(first, mode="update", memmap=False) as hdus:
        hdus[0].data[:] = fits.getdata(last)
    with pytest.raises(PlateworksError, match="1 of 6 products") as caught:
        remake(order, str(tmp_path / "remade.csv"))
    assert f"{flat.path} has another image" in str(caught.value)


def test_what_is_not_there_is_not_made(night, tmp_path):
    jobs, order = night
    shutil.rmtree(Path(jobs.results, "calibrated"))
    remake(order, str(tmp_path / "remade.csv"))
    again = {row["product"]: row["difference"] for row in read_table(tmp_path / "remade.csv")}
    assert again == dict.fromkeys([*jobs.master_files(), *jobs.cosmetic_files()], "")


def test_cards_that_differ_are_told_by_their_values(tmp_path):
    one, other = tmp_path / "one.fits", tmp_path / "other.fits"
    hdu = fits.PrimaryHDU(header=fits.Header([("GAIN", 100), ("PWDATA", "a"), ("OFFSET", 5)]))
    hdu.writeto(one)
    hdu.header["GAIN"] = 120
    hdu.writeto(other)
    assert difference(str(one), str(one)) == ""
    assert difference(str(one), str(other)) == "GAIN = 120 in place of 100"
