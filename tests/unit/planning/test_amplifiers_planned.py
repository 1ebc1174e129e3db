"""Frames of amplifiers in a plan: they are pictures, and meet those of their size and state."""

import numpy as np
import pytest
from astropy.io import fits

from amplified import quarters, write_images
from frames import remove, settings, write_frame, write_night
from plateworks.errors import ConfigError
from plateworks.jobs.jobs import Jobs
from plateworks.orders.frames import Assembly
from plateworks.planning.run import plan_run
from plateworks.records import plain, record_of
from plateworks.report.remarks import remarks

SECTIONS = {"biassec": "[25:32,1:24]", "trimsec": "[1:24,1:24]"}


def with_sections(folder, *names, **cards):
    """Write sections into the headers of frames."""
    for path in folder.glob("*.fits"):
        if path.name.startswith(names):
            text = path.read_bytes()
            new = b"".join(f"{k.upper():<8}= '{v}'".ljust(80).encode() for k, v in cards.items())
            head, tail = text[:2880], text[2880:]
            end = head.index(b"END".ljust(80))
            path.write_bytes((head[:end] + new + head[end:])[:2880] + tail)


def planned(raw, tmp_path, **changes):
    return plan_run(settings(raw, tmp_path / "out", **changes), rescan=True)


@pytest.fixture
def night(tmp_path):
    raw = write_night(tmp_path / "raw")
    with_sections(raw, "", **SECTIONS)
    return raw


def test_frames_are_planned_as_they_are_once_they_are_trimmed(night, tmp_path):
    plan = planned(night, tmp_path)
    assert {(one.width, one.height, one.done) for one in plan.frames} == {(24, 24, "O")}
    assert all("24x24" in master.path for master in plan.to_make)
    assert len(plan.to_calibrate) == 3
    [said] = [one for one in remarks(plan) if "overscan" in one]
    assert "the level of its overscan is subtracted, trimmed to 24x24" in said


def test_jobs_are_told_how_and_of_what_level_a_pixel_is_full(night, tmp_path):
    plan = planned(night, tmp_path, calibrate={"overscan": "median", "saturation": 4000.0})
    told = Jobs(plan).orders.light(plan.lights[0]).frame.assembly
    assert (told.overscan, told.saturation) == ("median", 4000.0)
    assert told.readout == plan.lights[0].frame.readout
    # What a scan keeps, and what a rule hands on, is the same.
    again = plan_run(settings(night, tmp_path / "out", exclude=["bias_0"]), rescan=False)
    assert again.frames[0].readout == plan.frames[0].readout
    assert again.digest != plan.digest
    assert record_of(Assembly, plain(told), "The order") == told


def test_darks_without_an_overscan_still_hold_their_bias(night, tmp_path):
    plan = planned(night, tmp_path)
    taken = Jobs(plan).orders.light(plan.lights[0]).frame.subtraction
    assert taken.bias is None
    assert (taken.dark.k, taken.dark.bias_inside) == (1.0, True)


def test_off_leaves_frames_as_they_are_and_names_them(night, tmp_path):
    plan = planned(night, tmp_path, calibrate={"overscan": "off"})
    assert {(one.width, one.done, one.readout) for one in plan.frames} == {(32, None, None)}
    assert any("its overscan is neither subtracted nor trimmed" in one for one in remarks(plan))


def test_frames_with_and_without_an_overscan_do_not_meet(tmp_path):
    raw = write_night(tmp_path / "raw")
    with_sections(raw, "light", **SECTIONS)
    plan = planned(raw, tmp_path)
    assert len(plan.lights) == 3
    assert not plan.to_calibrate


def test_a_frame_trimmed_elsewhere_does_not_meet_one_whose_overscan_was_subtracted(tmp_path):
    raw = write_night(tmp_path / "raw")
    with_sections(raw, "light", **SECTIONS)
    remove(raw, "bias", "dark", "darkflat", "flat")
    for i in range(3):
        for kind, cards in (("DARK", {"exptime": 60.0}), ("FLAT", {"exptime": 1, "filter": "L"})):
            write_frame(raw / f"{kind}{i}.fits", kind, width=24, **cards)
    plan = planned(raw, tmp_path)
    assert not plan.to_calibrate
    assert all("overscan" in one.refused for one in plan.lights)


@pytest.fixture
def images(tmp_path):
    random, drawn = np.random.default_rng(3), quarters(64, 64)
    for kind, seconds in (("bias", 0.0), ("dark", 60.0), ("flat", 1.0), ("light", 60.0)):
        for i in range(3):
            write_images(
                tmp_path / "raw" / f"{kind}{i}.fits", np.full((64, 64), 900.0), drawn, random,
                imagetyp=kind, exptime=seconds, filter="r", xbinning=1, ybinning=1,
                date_obs=f"2025-08-15T2{i}:00:00",
            )  # fmt: skip
    return tmp_path / "raw"


def test_several_images_are_one_frame(images, tmp_path):
    plan = planned(images, tmp_path)
    assert {(one.width, one.height, one.gain) for one in plan.frames} == {(64, 64, None)}
    assert len(plan.to_calibrate) == 3


@pytest.mark.parametrize(("gain", "told"), [(0, "as read"), (1.2, "1.18 0.941 1.1 0.784")])
def test_flats_whose_amplifiers_were_brought_to_one_gain_otherwise_leave_no_seams(
    images, tmp_path, gain, told
):
    for path in images.glob("flat*"):
        with fits.open(path, mode="update") as hdus:
            hdus[1].header["GAIN"], hdus[2].header["GAIN"] = 1.5, gain
    plan = planned(images, tmp_path, calibrate={"amplifier_gains": "header"})
    assert not plan.to_calibrate
    words = "instead of 0.941 1.18 1.1 0.784"
    assert all(f"gains of amplifiers {told} {words}" in one.refused for one in plan.lights)


def test_a_master_is_used_as_it_is_stored(night, tmp_path):
    for kind, seconds in (("DARK", 60.0), ("FLAT", 1.0)):
        write_frame(
            tmp_path / "library" / f"{kind}.fits", f"Master {kind.title()}", exptime=seconds,
            filter="L", ncombine=9, **SECTIONS,
        )  # fmt: skip
    plan = planned(night, tmp_path, library=[str(tmp_path / "library")])
    assert {(one.setup.width, one.setup.overscan_off) for one in plan.found} == {(32, None)}


def test_a_master_in_several_images_is_set_aside_with_the_reason(images, tmp_path):
    write_images(
        tmp_path / "library" / "master.fits", np.full((64, 64), 900.0), quarters(64, 64),
        np.random.default_rng(4), imagetyp="Master Dark", exptime=60.0, ncombine=9,
    )  # fmt: skip
    plan = planned(images, tmp_path, library=[str(tmp_path / "library")])
    [(path, why)] = plan.rejects
    assert path.endswith("master.fits")
    assert "it is 4 images, one of each amplifier, and a master is one picture" in why


def test_several_images_are_none_if_they_are_not_to_be_put_together(images, tmp_path):
    with pytest.raises(ConfigError, match="4 images, one of each amplifier"):
        planned(images, tmp_path, calibrate={"overscan": "off"})
