"""PULSAR's folders, lists, headers and rules of matching: rows of the page's tables, on plans."""

from pathlib import Path

import pytest

from plateworks.jobs.jobs import Jobs
from plateworks.products.lists import read_list
from presets.autocalibrate import chosen, dark, flat, light, order, plan
from presets.page import section
from presets.trees import JD, pulsar_frame

PAGE = section("PULSAR: calibration")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder of a plan."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- folders and lists -----------------------------------------------------------------------------


def test_everything_may_lie_in_one_folder_under_any_names():
    pulsar_frame(Path("all/flat_1.fit"), "dark", 120.0)
    pulsar_frame(Path("all/dark_2.fit"), "flat", 2.0, bias=0)
    pulsar_frame(Path("all/raw_3.fit"), "light", 120.0)
    [one] = plan(raw="all/raw*.fit", library=["all"]).to_calibrate
    assert (one.dark.master.path, one.flat.master.path) == ("all/flat_1.fit", "all/dark_2.fit")


@pytest.mark.parametrize("where", ["", "2024_05/", "Telescope_A/2024_06/"])
def test_darks_and_flats_are_found_at_any_depth(where):
    light()
    dark(f"{where}x.fit")
    flat(f"{where}y.fit")
    assert (chosen("dark"), chosen("flat")) == (f"{where}x.fit", f"{where}y.fit")


@pytest.mark.parametrize(
    ("name", "listed"),
    [("dark120s.fit", "cosme120s.lst"), ("Dark_2024.fit", "cosme_2024.lst"),
     ("master_dark_60s.fit", "master_cosme_60s.lst"), ("Master_Dark.fit", "master_cosme.lst")],
)  # fmt: skip
def test_the_list_of_a_dark_has_its_name(name, listed):
    light()
    dark(name)
    flat("flat_l.fit")
    for other in (listed, "zzz.lst"):
        Path("darks", other).write_text("1 1\n")
    assert order().frame.cosmetic == f"darks/{listed}"


def test_a_dark_without_a_list_takes_that_of_the_newest_dark():
    light()
    dark("a/dark120s.fit", days=1)
    for name, days in (("b/dark60s", -1), ("c/dark30s", 0)):
        dark(f"{name}.fit", 60.0, days)
        Path("darks", f"{name}.lst".replace("dark", "cosme")).write_text("1 1\n")
    flat("flat_l.fit")
    assert order().frame.cosmetic == "darks/c/cosme30s.lst"


def test_a_dark_gets_a_list_where_there_is_none():
    light()
    dark("dark120s.fit")
    flat("flat_l.fit")
    assert order().frame.cosmetic == "results/cosme120s.lst"
    assert Jobs(plan()).cosmetic_files() == ["results/cosme120s.lst"]


@pytest.mark.parametrize("text", ["# X Y\n3 0\n1 2\n", "P 3 0\r\nP 1 2\r\n", "P 3 2 H\nP 1 0 C\n"])
def test_lists_are_read_in_all_forms(text):
    Path("cosme.lst").write_bytes(text.encode())
    assert read_list("cosme.lst", (3, 4)).pixels.tolist() == [[3, 0], [1, 2]]


def test_a_library_by_camera_telescope_and_month_is_one_tree():
    light()
    for name in ("2024_05", "2024_06"):
        dark(f"../CalibrationLibrary/ASI2600MM/darks/{name}/dark120s.fit", days=int(name[-1]))
    for name in ("Telescope_A/2024_05", "Telescope_A/2024_06", "Telescope_B"):
        day = {"5": -2, "6": 30}.get(name[-1], -9)
        flat(f"../CalibrationLibrary/ASI2600MM/flats/{name}/flat_L.fit", days=day)
    [one] = plan(library=["CalibrationLibrary/ASI2600MM"]).to_calibrate
    tree = "CalibrationLibrary/ASI2600MM"
    assert one.dark.master.path == f"{tree}/darks/2024_06/dark120s.fit"
    assert one.flat.master.path == f"{tree}/flats/Telescope_A/2024_05/flat_L.fit"


# -- headers and matching --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cards", "of_flats"),
    [
        ({}, {}),
        ({"exptime": None, "exposure": 120.0}, {}),
        ({"filter": None, "filters": "L"}, {"filter": None, "filters": "L"}),
        ({"jd": None, "mjd-obs": JD - 2400000.5}, {"jd": None, "date-obs": "2024-05-20T00:00:00"}),
    ],
)
def test_frames_may_say_the_same_in_other_words(cards, of_flats):
    pulsar_frame(Path("lights/a.fit"), "light", 120.0, **cards)
    dark("near.fit", 100.0)
    pulsar_frame(
        Path("darks/exact.fit"), "dark", 120.0, **{k: v for k, v in cards.items() if k != "filters"}
    )
    flat("other.fit", "Ha")
    code = {"jd": JD} | of_flats
    pulsar_frame(Path("flats/l.fit"), "flat", 2.0, bias=0, **code)
    [one] = plan().to_calibrate
    assert one.frame.mjd == pytest.approx(JD - 2400000.5)
    assert (one.dark.master.path, one.flat.master.path) == ("darks/exact.fit", "flats/l.fit")


@pytest.mark.parametrize(
    ("exposure", "name"),
    [
        (120.0, "new120.fit"),
        (120.0000001, "new120.fit"),
        (70.0, "new60.fit"),
        (600.0, "new120.fit"),
    ],
)
def test_the_newest_dark_of_the_nearest_exposure_is_taken_unscaled(exposure, name):
    light("a", exposure)
    for path, seconds, days in (
        ("new120.fit", 120.0, 100), ("old120.fit", 120.0, -1), ("old60.fit", 60.0, -9),
        ("new60.fit", 60.0, 0),
    ):  # fmt: skip
        dark(path, seconds, days)
    flat("flat_l.fit")
    assert chosen("dark") == name
    assert order().frame.subtraction.dark.k == 1.0


@pytest.mark.parametrize(("code", "name"), [("Ha", "Ha-2.fit"), ("OIII", "L-90.fit")])
def test_the_newest_flat_of_the_filter_is_taken_else_one_in_l(code, name):
    light(filter=code)
    dark("dark120s.fit")
    for of, days in (("Ha", -2), ("Ha", -10), ("Ha", 5), ("L", -90), ("SII", 0)):
        flat(f"{of}{days}.fit", of, days)
    assert chosen("flat") == name


def test_noon_of_the_site_divides_the_nights():
    second = 1 / 86400
    for i, seconds in enumerate((-1, 0, 1)):
        light(f"l{i}", jd=JD + 0.5 - 30 / 360 + seconds * second)
    made = plan(site={"longitude": 30.0}, calibrate={"require": []})
    sessions = [one.session for one in sorted(made.lights, key=lambda one: one.name)]
    assert sessions == ["20240519", "20240519", "20240520"]
