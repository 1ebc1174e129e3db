"""Tables and page of the plan tell of masters that were made after them."""

import csv
import os
import re

import numpy as np
import pytest
from astropy.io import fits

from finished import run
from frames import write_frame, write_night
from plateworks.metadata.caveats import CAVEAT
from plateworks.metadata.frametable import FrameRow
from plateworks.products.frametable import frame_tables
from plateworks.products.headers import put_text
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.report.planpage import write_page
from plateworks.report.plantables import write_tables
from plateworks.report.preview import summarise
from plateworks.report.renewal import renew


@pytest.fixture
def plan(tmp_path, planned):
    write_night(tmp_path / "raw")
    return planned()


@pytest.fixture
def folder(plan):
    return f"{plan.settings.results}/plan"


def read_table(folder, name):
    with open(f"{folder}/{name}.csv", newline="") as stream:
        return list(csv.DictReader(stream))


def read_page(folder):
    with open(f"{folder}/plan.html") as stream:
        return " ".join(re.sub("<[^>]*>", " ", stream.read()).split())


def headings(folder):
    with open(f"{folder}/plan.html") as stream:
        return re.findall("<h2>(.*?)</h2>", stream.read())


def make_dark(plan, name="dark_1.fits"):
    master = next(one for one in plan.usable if one.source.key.kind == "dark")
    header = fits.Header()
    put_text(header, CAVEAT, "it is noisy")
    rows = (FrameRow(name=name, used=False, reason="it is white"),)
    write_image(master.path, Image(np.ones((4, 6), np.float32), header, tables=frame_tables(rows)))
    return master


def test_frames_left_out_and_warnings_come_into_tables_and_page(plan, folder):
    write_tables(plan, folder)
    write_page(plan, f"{folder}/plan.html", ["a note"])
    master = make_dark(plan)
    renew(plan, ["a note"])
    [reject] = read_table(folder, "rejects")
    assert reject["path"].endswith("dark_1.fits")
    assert reject["reason"] == f"left out of {master.path}: it is white"
    warnings = {row["product"]: row["warning"] for row in read_table(folder, "sets")}
    assert warnings.pop(master.path) == "it is noisy"
    assert set(warnings.values()) == {""}
    with open(f"{folder}/plan.html") as stream:
        page = stream.read()
    assert "Its header warns: it is noisy" in page and "it is white" in page and "a note" in page


def test_nothing_is_written_where_masters_say_nothing_new(plan, folder):
    make_dark(plan)
    write_tables(plan, folder)
    write_page(plan, f"{folder}/plan.html")
    renew(plan)
    before = {one.name: os.stat(one).st_mtime_ns for one in os.scandir(folder)}
    renew(plan)
    assert {one.name: os.stat(one).st_mtime_ns for one in os.scandir(folder)} == before


def test_the_page_tells_what_is_there_in_the_words_of_the_terminal(plan, folder, planned):
    write_page(plan, f"{folder}/plan.html")
    assert "4 masters planned" in read_page(folder)
    assert_as_at_a_terminal(plan, "4 masters to make 0 masters found 3 lights to calibrate")
    run(plan)
    assert_as_at_a_terminal(plan, "0 masters to make 4 masters made already 0 masters found")
    changed = planned(masters={"method": {"flat": "mean"}})
    assert_as_at_a_terminal(changed, "1 master to make 3 masters made already 0 masters found")


def assert_as_at_a_terminal(plan, counts):
    """Check the counts of a page that is renewed, and that it says of each master what is said."""
    renew(plan)
    page = read_page(f"{plan.settings.results}/plan")
    assert counts in page
    rows = re.findall(r"^  (make|there) +(\S+) ", summarise(plan), re.MULTILINE)
    assert len(rows) == 4
    assert all(f"{name} {state}" in page for state, name in rows)


def test_the_page_tells_what_has_changed_since_and_what_is_left_over(plan, folder, planned):
    write_page(plan, f"{folder}/plan.html")
    run(plan)
    write_frame(f"{plan.settings.results}/solved/20250101/old.fits", "LIGHT", pwvers="0.1.0")
    changed = planned(masters={"method": {"flat": "mean"}})
    write_page(changed, f"{folder}/plan.html")  # by a job, which knows but some of the settings
    assert not {"Changed since", "Left over"} & set(headings(folder))
    renew(changed)
    assert {"Changed since", "Left over"} < set(headings(folder))
    page = read_page(folder)
    assert " → mean: 1 master" in page
    assert "1 product belongs to no plan any more; nothing is deleted" in page
    assert "1 product: no light of the plan becomes it" in page and "old.fits" in page


def test_a_page_has_no_headings_over_nothing(plan, folder):
    write_page(plan, f"{folder}/plan.html")
    run(plan)
    renew(plan)
    assert not {"Changed since", "Left over"} & set(headings(folder))


def test_a_run_without_the_tables_of_the_plan_writes_none(plan, folder):
    make_dark(plan)
    renew(plan)
    assert not os.path.exists(folder)
