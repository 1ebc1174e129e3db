"""What bad input gets: a sentence that says what, where and what to do, and the rest is made."""

import gzip
import os
import re
from pathlib import Path

import pytest
from astropy.io import fits

from night import reduce, write_small_night
from workflow import snakemake


def edited(source: Path, target: Path, filter_name: str | None) -> None:
    """Write another frame, through another filter, or with no word about a filter."""
    with fits.open(source) as hdus:
        hdus[0].data[0, 0] += 1  # or it would be a copy of the first
        hdus[0].header["FILTER"] = filter_name or ""
        if filter_name is None:
            del hdus[0].header["FILTER"]
        hdus.writeto(target)


def damaged(source: Path, target: Path) -> None:
    """Pack a frame, and destroy the middle: its header and its length are still right."""
    packed = bytearray(gzip.compress(source.read_bytes()))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)
    target.write_bytes(packed)


def frames(raw: Path, kind: str, band: str) -> list[Path]:
    return sorted(raw.glob(f"*/{kind}/*_{band}_*.fits"))


# --- one night with everything at once ------------------------------------------------------


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    raw = write_small_night(folder, truncated=1)  # a light in L
    light, dark = frames(raw, "LIGHT", "L")[0], sorted(raw.glob("calibration*/*_60.00s_*"))[0]
    damaged(light, raw / "damaged light.fits.gz")
    damaged(frames(raw, "FLAT", "Ha")[0], raw / "damaged flat.fits.gz")
    edited(light, raw / "light with a path.fits", "../../x")
    edited(frames(raw, "FLAT", "L")[0], raw / "flat without filter.fits", None)
    with fits.open(dark) as hdus:
        fits.PrimaryHDU(hdus[0].data[:32, :48], hdus[0].header).writeto(raw / "small dark.fits")
    (raw / "empty.fits").touch()
    (raw / "text.fits").write_text("not an image")
    (raw / "gone.fits").symlink_to("nowhere.fits")
    os.mkfifo(raw / "pipe.fits")
    (dark.parent / "loop").symlink_to(raw, target_is_directory=True)
    return reduce(folder, raw="raw", matching={"substitute_filter": None})


def test_a_night_with_bad_frames_goes_through_without_a_traceback(night):
    assert night.run.code == 0, night.run.text
    assert "Traceback" not in night.run.text + night.logs()


def test_all_good_frames_are_made(night):
    for band, count in (("L", 3), ("Ha", 2)):
        for stage in ("calibrated", "solved"):
            products = sorted(night.results.glob(f"{stage}/20250815/2025*_{band}_*.fits"))
            assert len(products) == count
            assert all(fits.getdata(path).shape == (64, 96) for path in products)
    assert len(list(night.results.glob("masters/*/*.fits"))) == 4


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "_0003.fits",
            "is shorter than its header promises: 12,096 bytes of 18,048; copy it again",
        ),
        ("empty.fits", "is empty (0 bytes)"),
        (
            "text.fits",
            'is neither FITS nor XISF nor a camera\'s raw file: it begins with the text "not an i"',
        ),
        ("gone.fits", "is a link to nowhere.fits, which is not there"),
        ("pipe.fits", "is not a regular file"),
    ],
)
def test_files_that_are_no_frames_are_set_aside_by_name_with_the_reason(night, name, reason):
    (row,) = (row for row in night.table("plan/rejects.csv") if row["path"].endswith(name))
    assert row["reason"] == reason
    assert f"{row['path']}: {reason}" in night.run.text


def test_a_folder_that_links_to_its_parent_is_searched_once(night):
    paths = [row["path"] for row in night.table("plan/frames.csv")]
    assert not any("loop" in path for path in paths)
    bias, darks, flats, lights = 3, 4, 8, 7
    assert len(paths) == bias + darks + flats + lights


def test_a_dark_of_another_size_is_not_stacked_with_the_others(night):
    assert fits.getval(night.one("masters/*_96x64_*/dark_60s_*.fits"), "NCOMBINE") == 3
    (row,) = (row for row in night.table("plan/sets.csv") if "48x32" in row["set"])
    assert row["status"] == "refused"
    assert row["reason"] == "1 frame, 3 needed (masters.min_frames)"
    assert row["reason"] in night.run.text
    assert not list(night.results.glob("*/*_48x32_*"))


def test_a_flat_without_filter_serves_no_filter_and_the_summary_says_so(night):
    assert "Without a FILTER card, " in night.run.text
    assert "name the filter by path_rules" in night.run.text
    assert fits.getval(night.one("masters/*/flat_l_*.fits"), "NCOMBINE") == 3


def test_a_light_whose_filter_is_a_path_is_refused_for_want_of_a_flat(night):
    rows = [r for r in night.table("plan/associations.csv") if "with a path" in r["frame"]]
    (flat,) = (row for row in rows if row["slot"] == "flat")
    assert flat["chosen"] == flat["product"] == ""
    assert flat["reason"].startswith("no master flat matches: FILTER ")
    assert "instead of ../../x (" in flat["reason"]
    assert f"refused: raw/light with a path.fits: {flat['reason']}" in night.run.text


def test_a_light_whose_pixels_are_damaged_is_marked_and_the_batch_goes_on(night):
    for stage in ("calibrated", "solved"):
        header = fits.getheader(night.one(f"{stage}/20250815/damaged-light.fits"))
        assert header["NAXIS"] == 0
        assert re.fullmatch(r"its pixels cannot be read \(.{20,}\)", header["PWFAIL"])
    assert header["PLTSOLVD"] is False
    (row,) = (r for r in night.table("report/solved.csv") if r["frame"] == "damaged-light")
    assert row["solved"] == "False"
    assert row["reason"].startswith("its pixels cannot be read (")
    assert "set aside: raw/damaged light.fits.gz: its pixels cannot be read" in night.logs()


def test_a_flat_that_cannot_be_read_is_left_out_of_its_master(night):
    header = fits.getheader(night.one("masters/*/flat_ha_*.fits"))
    assert header["NCOMBINE"] == 3
    assert "input damaged flat" not in str(header["HISTORY"])
    assert "left out: raw/damaged flat.fits.gz: its pixels cannot be read" in night.logs()


def test_nothing_half_written_is_left(night):
    assert not list(night.results.rglob("*.part"))


@pytest.mark.parametrize("links", [{"a": "a"}, {"a/b": "../c", "c/d": "../a"}, {"a": "../night"}])
def test_links_in_circles_and_links_to_folders_of_similar_names(tmp_path, links):
    raw = write_small_night(tmp_path, lights=(1, 0)).rename(tmp_path / "night1")
    (tmp_path / "night").mkdir()
    frames(raw, "LIGHT", "L")[0].rename(tmp_path / "night" / "light.fits")
    for link, target in ({"elsewhere": "../night"} | links).items():
        (raw / link).parent.mkdir(exist_ok=True)
        (raw / link).symlink_to(target, target_is_directory=True)
    found = reduce(tmp_path, "-n", raw="night1")
    assert found.run.code == 0
    assert "Found 10 raw frames in night1" in found.run.text
    assert "Traceback" not in found.run.text


# --- a set of which too little can be read ---------------------------------------------------


@pytest.fixture(scope="module")
def short_of_flats(tmp_path_factory):
    """One of three flats in Ha is damaged, and the name of the other filter is a path."""
    folder = tmp_path_factory.mktemp("short")
    raw = write_small_night(folder, lights=(1, 1))
    flat = frames(raw, "FLAT", "Ha")[0]
    damaged(flat, raw / "damaged.fits.gz")
    flat.unlink()
    for number, path in enumerate([*frames(raw, "FLAT", "L"), *frames(raw, "LIGHT", "L")]):
        edited(path, raw / f"path {number}.fits", "../../x")
        path.unlink()
    return reduce(folder, "--keep-going", raw="raw")


def test_too_few_readable_frames_end_that_master_with_a_sentence(short_of_flats):
    night = short_of_flats
    assert night.run.code == 1
    sentence = "Only 2 of the 3 frames of this set can be read, 3 are needed (masters.min_frames)."
    assert sentence in night.run.text
    assert sentence in night.logs()
    assert "left out: raw/damaged.fits.gz: its pixels cannot be read" in night.logs()
    assert "Traceback" not in night.run.text + night.logs()
    assert not list(night.results.glob("masters/*/flat_ha_*"))


def test_what_does_not_need_that_master_is_made(short_of_flats):
    night = short_of_flats
    product = night.one("calibrated/20250815/*.fits")
    assert product.name.startswith("path-")
    assert night.one("solved/20250815/*.fits").name == product.name
    flat = night.one("masters/*/flat_*.fits")
    assert fits.getval(product, "FLATFILE") == flat.name
    assert fits.getval(flat, "FILTER") == "../../x"


def test_a_filter_whose_name_is_a_path_leads_no_product_out_of_the_results(short_of_flats):
    made = set(os.listdir(short_of_flats.folder))
    assert made == {".snakemake", "raw", "truth", "results", "settings.yaml"}
    assert "x" not in os.listdir(short_of_flats.results)


# --- mistakes that stop a run before it begins ----------------------------------------------


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "nothing here").mkdir()
    (tmp_path / "a file").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            {"raw": "nothing here"},
            "There are no frames in nothing here (config key raw): no file ends in .fit, .fits",
        ),
        (
            {"raw": "nowhere"},
            "The folder nowhere does not exist; it is named in the config key raw.",
        ),
        (
            {"raw": "a file"},
            "The folder a file is not a folder; it is named in the config key raw.",
        ),
        (
            {"raw": "nowhere", "calibrate": {"alow_uncalibrated": True}},
            "Config key calibrate.alow_uncalibrated is not known.  "
            "Did you mean calibrate.allow_uncalibrated?",
        ),
        (
            {"raw": "nowhere", "frames_per_job": "many"},
            "Config key frames_per_job: 'many' cannot stand there.  "
            "frames_per_job is: a whole number from 1.",
        ),
        (
            {},
            "No raw frames are named.  Say where they are: snakemake --config raw=/path/to/frames",
        ),
    ],
)
def test_a_mistake_stops_the_run_with_a_sentence(folder, settings, sentence):
    stopped = reduce(folder, "-n", **settings)
    assert stopped.run.code == 1
    assert f"Plateworks cannot start.  {sentence}" in stopped.run.text
    assert "Traceback" not in stopped.run.text
    assert not list(stopped.results.glob("[!.]*"))  # a scan may remember what it saw


def test_a_misspelt_key_on_the_command_line_is_said_too(folder):
    run = snakemake(folder, "-n", "--config", "raww=nowhere")
    assert run.code == 1
    assert "Config key raww is not known.  Did you mean raw?" in run.text
