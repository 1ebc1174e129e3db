"""What people are told once a run has ended: what is made, and what needs a look."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from frames import write_frame, write_night
from plateworks.failures import Failure
from plateworks.inventory.scan import Reject
from plateworks.jobs.pixinsight import jobs_of
from plateworks.metadata.caveats import CAVEAT, caveat_of
from plateworks.metadata.frametable import FrameRow
from plateworks.products.frametable import frame_tables
from plateworks.products.headers import put_text
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.report.leftout import left_out
from plateworks.report.outcome import conclude, remains
from plateworks.report.plantables import write_tables
from plateworks.report.unread import is_without

LONG = (
    "its noise is 12 ADU as stated, and 50 ADU as measured, so some of its frames " + "differ " * 9
)


@pytest.fixture
def plan(tmp_path, planned):
    """The plan of a small night, two of whose darks have one name."""
    raw = write_night(tmp_path / "raw")
    (raw / "again").mkdir()
    (raw / "dark_1.fits").rename(raw / "again" / "dark_0.fits")
    return planned()


def master(plan, kind):
    return next(one for one in plan.usable if one.source.key.kind == kind)


def write_product(path, rows=(), caveat=""):
    header = fits.Header()
    if caveat:
        put_text(header, CAVEAT, caveat)
    write_image(path, Image(np.ones((4, 6), np.float32), header, tables=frame_tables(tuple(rows))))


def rows(*reasons):
    names = ("again/dark_0.fits", "dark_2.fits", "dark_0.fits")
    return [
        FrameRow(name=name, used=not reason, reason=reason)
        for name, reason in zip(names, reasons, strict=True)
    ]


def test_nothing_is_said_of_frames_before_masters_are_there_nor_where_all_are_used(plan):
    assert left_out(plan) == []
    write_product(master(plan, "dark").path, rows("", "", ""))
    assert left_out(plan) == []
    told = conclude(jobs_of(plan))
    assert "1 of" in told and "left out" not in told and "warning" not in told


def test_frames_left_out_of_masters_are_named_at_the_end_and_in_the_tables(plan, tmp_path):
    dark = master(plan, "dark").path
    write_product(dark, rows("", "its level is 4189 ADU", "it is banded"))
    raw = tmp_path / "raw"
    found = {one.path: one.reason for one in left_out(plan)}
    assert found == {
        str(raw / "dark_2.fits"): "its level is 4189 ADU",
        str(raw / "dark_0.fits"): "it is banded",
    }
    told = conclude(jobs_of(plan))
    assert "2 frames left out of masters" in told
    assert f"{raw / 'dark_2.fits'}: its level is 4189 ADU" in told
    write_tables(plan, tmp_path / "plan")
    with open(tmp_path / "plan" / "rejects.csv", newline="") as stream:
        rejects = {row["path"]: row["reason"] for row in csv.DictReader(stream)}
    assert rejects[str(raw / "dark_2.fits")] == f"left out of {dark}: its level is 4189 ADU"


def test_of_many_frames_the_first_are_named(plan):
    paths = [frame.path for frame in master(plan, "bias").source.frames]
    names = [path.rsplit("/", 1)[1] for path in paths]
    many = [FrameRow(name=name, used=False, reason="it is noisy") for name in names * 4]
    write_product(master(plan, "bias").path, many)
    told = conclude(jobs_of(plan))
    assert told.count("it is noisy") == 8 and "and 4 more, see the tables FRAMES" in told


def test_products_that_warn_of_themselves_are_named(plan):
    write_product(master(plan, "bias").path, caveat=LONG)
    light = plan.to_calibrate[0].calibrated
    write_product(light, caveat="its sky lies below zero")
    told = conclude(jobs_of(plan))
    assert "1 master with a warning" in told and "bias" in told
    assert LONG.rstrip() in told
    assert f"1 calibrated frame with a warning\n    {light}: its sky lies below zero" in told


def test_solved_frames_of_a_poor_solution_are_named_without_what_is_said_already(plan):
    light = plan.to_calibrate[0]
    write_product(light.calibrated, caveat="its sky lies below zero")
    poor = "poor solution: held-out stars lie 3.10 pixels off, and 0.70 are allowed"
    write_product(light.solved, caveat=f"its sky lies below zero; {poor}")
    told = conclude(jobs_of(plan))
    assert f"1 solved frame of a poor solution\n    {light.solved}: {poor}" in told
    write_product(light.solved, caveat="its sky lies below zero")
    assert "poor solution" not in conclude(jobs_of(plan))


@pytest.mark.parametrize("ending", ["fits", "xisf"])
@pytest.mark.parametrize("text", ["short", LONG.rstrip(), 'it\'s "quoted" & more', ""])
def test_a_warning_comes_back_as_it_was_written(tmp_path, ending, text):
    path = tmp_path / f"one.{ending}"
    write_product(path, caveat=text)
    assert caveat_of(path) == text


def test_a_warning_behind_many_cards_is_found(tmp_path):
    header = fits.Header([(f"KEY{number}", number) for number in range(400)])
    put_text(header, CAVEAT, "late")
    write_image(tmp_path / "one.fits", Image(np.ones((4, 6), np.float32), header))
    assert caveat_of(tmp_path / "one.fits") == "late"
    (tmp_path / "two.fits").write_bytes(b"SIMPLE  =")
    assert caveat_of(tmp_path / "two.fits") == caveat_of(tmp_path / "none.fits") == ""


def write_solved(path, **cards):
    header = fits.Header()
    for key, value in cards.items():
        put_text(header, key, value) if isinstance(value, str) else header.set(key, value)
    write_image(path, Image(np.ones((4, 6), np.float32), header))


def test_solved_frames_are_counted_by_their_headers(plan):
    jobs = jobs_of(plan)
    assert f"0 of {len(jobs.solved_files()):5d} solved frames" in conclude(jobs)
    first, *others = jobs.solved_files()
    why = "too few stars: 3 were found, and a match of positions needs at least 8 of them, clearly"
    write_solved(first, PLTSOLVD=False, SOLVEWHY=why)
    told = conclude(jobs)
    assert f"0 of {1 + len(others):5d} solved frames" in told
    assert f"1 frame without solution\n    {first.rpartition('/')[2]}: {why}\n" in told
    write_solved(first, PLTSOLVD=True)
    told = conclude(jobs)
    assert f"1 of {1 + len(others):5d} solved frames" in told
    assert "without solution" not in told


def test_a_run_with_nothing_to_do_says_which_frames_lack_a_solution_or_are_set_aside(plan):
    jobs = jobs_of(plan)
    assert remains(jobs) == ""
    lights = plan.to_calibrate
    for light in lights:
        write_solved(light.calibrated)
        write_solved(light.solved, PLTSOLVD=True)
    assert remains(jobs) == ""
    write_solved(lights[-1].solved, PLTSOLVD=False, SOLVEWHY="too few stars")
    name = lights[-1].solved.rpartition("/")[2]
    count = f"1 of {len(lights)}"
    one = f"{count} solved frames are without solution (the first: {name}: too few stars)"
    assert remains(jobs) == f"Nothing more can be made, but {one}."
    write_solved(lights[0].calibrated, PWFAIL="it is cut short")
    write_solved(lights[0].solved, PLTSOLVD=False, PWFAIL="it is cut short")
    name = lights[0].calibrated.rpartition("/")[2]
    aside = f"{count} calibrated frames are set aside (the first: {name}: it is cut short)"
    assert remains(jobs) == f"Nothing more can be made, but {aside} and {one}."


def test_lights_that_may_be_read_another_time_are_counted_and_no_run_is_complete(plan):
    jobs = jobs_of(plan)
    first, second, *_ = jobs.calibrated_files()
    write_solved(first, PWFAIL="it is cut short")
    assert not is_without(jobs)
    assert "another time" not in conclude(jobs)
    write_solved(second, PWFAIL="cannot be read", PWRETRY=True)
    assert is_without(jobs)
    assert "Of the lights set aside, 1 may be read another time" in conclude(jobs)


def test_files_that_were_not_read_are_named_where_nothing_is_to_be_done_too(plan):
    unread = replace(plan, unread=(Reject("raw/far.fits", "cannot be read (Stale file handle)"),))
    assert is_without(jobs_of(unread))
    assert "raw/far.fits: cannot be read (Stale file handle)" in remains(jobs_of(unread))


def test_of_solved_frames_nothing_is_said_where_none_are_wanted(tmp_path, planned):
    write_night(tmp_path / "raw")
    assert "solved frames" not in conclude(jobs_of(planned(stages=["calibrated"])))


@pytest.mark.parametrize(("width", "told_of"), [(32, True), (40, False)])
def test_a_master_of_a_library_that_is_cut_short_is_named_where_lights_could_have_it(
    tmp_path, planned, width, told_of
):
    write_night(tmp_path / "raw")
    cut = write_frame(tmp_path / "library" / "m.fits", "MASTER DARK", exptime=60.0, width=width)
    cut.write_bytes(cut.read_bytes()[:3000])
    plan = planned(library=[f"{tmp_path}/library"])
    write_product(master(plan, "dark").path)
    told = conclude(jobs_of(plan))
    assert all(not light.refused for light in plan.lights)
    assert (f"{cut}: is shorter than its header promises" in told) == told_of
    assert ("1 file set aside that could serve lights" in told) == told_of


def test_a_master_of_a_library_that_its_owner_excludes_is_no_loss(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_frame(tmp_path / "library" / "m.fits", "MASTER DARK", exptime=60.0)
    plan = planned(library=[f"{tmp_path}/library"], exclude=["m.fits"])
    write_product(master(plan, "dark").path)
    assert "could serve" not in conclude(jobs_of(plan))


def test_a_job_that_makes_no_file_is_one_that_failed(plan):
    told = conclude(jobs_of(plan), [Failure("verify", "verify", 0, "")])
    assert "1 job failed" in told and "    verify: " in told


def test_the_last_line_says_where_the_page_is(plan):
    jobs = jobs_of(plan)
    [page] = jobs.night_pages()
    assert "Look at" not in conclude(jobs)
    write_tables(plan, f"{jobs.results}/plan")
    Path(jobs.results, "plan", "plan.html").touch()
    assert conclude(jobs).endswith(f"\nLook at {jobs.results}/plan/plan.html\n")
    Path(page).parent.mkdir()
    Path(page).touch()
    assert conclude(jobs, [Failure("master_bias", "bias.fits", 1, "")]).endswith(
        f"\nLook at {page}\n"
    )


def test_what_needs_a_look_stands_together_behind_what_was_made(plan):
    write_product(master(plan, "bias").path, caveat="it is noisy")
    made, look = conclude(jobs_of(plan)).split("\nNeeds a look\n")
    assert "solved frames" in made and "1 master with a warning" in look


def test_pages_of_cameras_are_named_where_they_were_made(plan):
    jobs = jobs_of(plan)
    [page] = jobs.camera_pages()
    assert "report/cameras" not in conclude(jobs)
    Path(page).parent.mkdir(parents=True)
    Path(page).touch()
    assert conclude(jobs).endswith(f"\nLook at {page}\n")
    [night] = jobs.night_pages()
    Path(night).touch()
    assert conclude(jobs).endswith(f"\nLook at {night}\nand at {page}\n")
