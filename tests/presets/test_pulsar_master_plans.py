"""PULSAR's makers of masters: the rows of the page's tables, on plans."""

from pathlib import Path

import pytest

from plateworks.inventory.sources import raw_sources
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.requests import Requests
from plateworks.report.preview import summarise
from presets import trees
from presets.page import section
from presets.planned import planned, table
from presets.trees import pulsar_bias, pulsar_frame, pulsar_set

PAGE = section("PULSAR: masters")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder of a plan."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def masters(**given) -> list[str]:
    """Return the masters that the preset plans, by their file names."""
    plan = planned("pulsar", **given)
    return sorted(Path(master.path).name for master in plan.to_make)


def test_the_limit_of_memory_reaches_the_job(folder):
    pulsar_bias(folder, [f"bias{i}.fit" for i in range(3)])
    plan = planned("pulsar", raw="bias*.fit", mem_gb=4)
    assert Requests(Lookup(Jobs(plan))).combine_mb == 4000


@pytest.mark.parametrize(
    ("spec", "count"),
    [("darks/", 4), ("darks/dark*.fit", 4), ("darks/dark0001.fit", 2), ("=darks/dark0001.fit", 1),
     ("@list.txt", 3), (["darks/dark0001.fit", "=darks/dark0009.fit"], 3)],
)  # fmt: skip
def test_frames_are_named_in_all_forms_of_the_guide(folder, spec, count):
    frames = [folder / f"darks/dark{i:04d}.fit" for i in (1, 2, 4, 9)]
    for path in frames:
        pulsar_frame(path, "dark", 60.0)
    (folder / "list.txt").write_text("\n".join(f"darks/{path.name}" for path in frames[1:]))
    plan = planned("pulsar", raw=spec)
    assert len(plan.frames) == count
    sources = raw_sources(plan.settings.raw)
    assert all(any(source.holds(frame.path) for source in sources) for frame in plan.frames)


@pytest.mark.parametrize(
    ("given", "bias"),
    [
        ({"library": ["bias0.fit"]}, "bias0.fit"),
        ({"raw": ["darks", "bias*.fit"]}, "bias.fit"),
        ({"masters": {"bias_level": 100}}, "bias_100adu.fit"),
        ({"masters": {"subtract_bias": False}}, None),
    ],
)
def test_the_bias_of_darks_is_a_file_frames_a_number_or_left_out(folder, given, bias):
    pulsar_bias(folder, [f"bias{i}.fit" for i in (0, 2, 3)])
    pulsar_set(folder / "darks", "dark", 60.0)
    subtract = {"subtract_bias": True, **given.pop("masters", {})}
    plan = planned("pulsar", **({"raw": "darks"} | given), masters=subtract)
    [dark] = (m for m in plan.to_make if m.source.key.kind == "dark")
    taken = {Path(match.master.path).name for match in dark.matches}
    assert taken == ({bias} if bias else set())


@pytest.mark.parametrize(
    ("exposure", "name"),
    [(120.0, "120s"), (0.5, "500ms"), (2.5, "2500ms"), (0.0004, "400us")],
)
def test_the_exposure_in_names_is_in_the_largest_whole_unit(folder, exposure, name):
    pulsar_set(folder / "darks", "dark", exposure)
    assert masters(raw="darks") == [f"dark{name}.fit"]


@pytest.mark.parametrize(
    ("filter_name", "code"),
    [("L", "l"), ("Red", "r"), ("G", "g"), ("Blue", "b"), ("Ha", "h"), ("H-alpha", "h"),
     ("OIII", "o"), ("SII", "s")],
)  # fmt: skip
def test_the_filter_in_names_is_the_code_of_the_guide(folder, filter_name, code):
    pulsar_frame(folder / "dark2s.fit", "dark", 2.0)
    pulsar_set(folder / "flats", "flat", 2.0, filter=filter_name)
    assert masters(raw="flats", library=["dark*.fit"]) == [f"flat_{code}.fit"]


def test_each_flat_has_the_dark_and_list_of_its_own_exposure_whatever_the_others_have(folder):
    pulsar_frame(folder / "flats/a.fit", "flat", 2.0, imagetyp="Light Frame")
    for i, exposure in enumerate((2.0, 2.0, 4.0)):
        pulsar_frame(folder / f"flats/L{i}.fit", "flat", exposure)
    for exposure in (2, 4):
        pulsar_frame(folder / f"dark{exposure}s.fit", "dark", float(exposure))
        (folder / f"cosme{exposure}s.lst").write_text("P 1 1\n")
    plan = planned("pulsar", raw="flats", library=["dark*.fit"])
    [flat] = plan.to_make
    order = Jobs(plan).master(flat.path)
    assert [(one.subtraction.dark.path, one.cosmetic) for one in order.frames] == [
        ("dark2s.fit", "cosme2s.lst"), ("dark2s.fit", "cosme2s.lst"),
        ("dark4s.fit", "cosme4s.lst"),
    ]  # fmt: skip
    assert (order.flat.levelling.target, order.method) == (5000.0, "median")


def test_kinds_and_filters_are_read_in_all_spellings(folder):
    for i, kind in enumerate(("Dark Frame", "DARK", "dark")):
        pulsar_frame(folder / f"frames/d{i}.fit", "dark", 2.0, imagetyp=kind)
    for i, kind in enumerate(("Flat Frame", "FLAT", "Sky Flat")):
        key = {"filter": None, "filters": "Ha"} if i else {"filter": "Ha"}
        pulsar_frame(folder / f"frames/f{i}.fit", "flat", 2.0, imagetyp=kind, **key)
    assert masters(raw="frames") == ["dark2s.fit", "flat_h.fit"]


def test_a_library_is_searched_with_its_folders_of_dates(folder):
    for date, jd in (("2024_05_20", 0.0), ("2024_06_15", 26.0)):
        pulsar_frame(folder / f"CalibrationLibrary/{date}/dark120s.fit", "dark", 120.0,
                     jd=trees.JD + jd)  # fmt: skip
        pulsar_frame(folder / f"CalibrationLibrary/{date}/flat_l.fit", "flat", 2.0, bias=0,
                     jd=trees.JD + jd)  # fmt: skip
    pulsar_frame(folder / "lights/a.fit", "light", 120.0, jd=trees.JD + 27.0)
    [light] = planned("pulsar", raw="lights", library=["CalibrationLibrary"]).to_calibrate
    assert light.dark.master.path == "CalibrationLibrary/2024_06_15/dark120s.fit"
    assert light.flat.master.path == "CalibrationLibrary/2024_06_15/flat_l.fit"


def test_few_frames_and_other_temperatures_are_said(folder):
    pulsar_frame(folder / "raw/one.fit", "dark", 2.0)
    for i in range(2):
        cards = {"set-temp": -10.0, "ccd-temp": -10.0}
        pulsar_frame(folder / f"raw/cold{i}.fit", "dark", 60.0, **cards)
    warm = {"set-temp": 5.0, "ccd-temp": 5.0}
    pulsar_frame(folder / "raw/light.fit", "light", 60.0, **warm)
    plan = planned("pulsar", raw="raw", calibrate={"require": ["dark"]})
    assert "1 frame, 2 needed (masters.min_frames)" in summarise(plan)
    [light] = plan.to_calibrate
    assert light.dark.reason == "temperature -10 instead of 5 degC"


def test_a_frame_without_a_kind_is_named_with_what_it_lacks(folder):
    for i in range(2):
        pulsar_frame(folder / f"night/d{i}.fit", "dark", 2.0)
        pulsar_frame(folder / f"night/x{i}.fit", "dark", 60.0, imagetyp=None)
    rejects = table(planned("pulsar", raw="night"), "rejects")
    assert [row["path"] for row in rejects] == ["night/x0.fit", "night/x1.fit"]
    assert "IMAGETYP" in rejects[0]["reason"]
    rules = [{"match": "x*.fit", "set": {"kind": "dark"}}]
    assert masters(raw="night", path_rules=rules) == ["dark2s.fit", "dark60s.fit"]


def test_a_flat_without_a_dark_of_its_exposure_is_named_and_what_to_take(folder):
    pulsar_set(folder / "flats", "flat", 2.0)
    pulsar_frame(folder / "dark60s.fit", "dark", 60.0)
    pulsar_frame(folder / "lights/a.fit", "light", 60.0)
    plan = planned("pulsar", raw=["flats", "lights"], library=["dark*.fit"])
    assert plan.to_make == ()
    assert "dark for this flat of 2 s" in summarise(plan)
    [gap] = [row for row in table(plan, "missing") if row["kind"] == "darkflat"]
    assert float(gap["exposure_s"]) == 2.0


def test_the_plan_names_the_list_of_each_light(folder):
    pulsar_frame(folder / "darks/dark60s.fit", "dark", 60.0)
    (folder / "darks/cosme60s.lst").write_text("1 1\n")
    pulsar_frame(folder / "lights/a.fit", "light", 60.0)
    plan = planned("pulsar", raw="lights", library=["darks"], calibrate={"require": ["dark"]})
    [row] = [row for row in table(plan, "associations") if row["slot"] == "cosmetic"]
    assert row["chosen"] == "darks/cosme60s.lst"


def test_flats_are_compared_on_the_lights_on_request(folder):
    pulsar_frame(folder / "masters/dark60s.fit", "dark", 60.0)
    for i in range(2):
        pulsar_frame(folder / f"masters/flat_l{i}.fit", "flat", 2.0, bias=0)
    pulsar_frame(folder / "lights/a.fit", "light", 60.0)
    best = {"best_flat": True}
    [light] = planned("pulsar", raw="lights", library=["masters"], matching=best).to_calibrate
    assert len(light.flats) == 2
