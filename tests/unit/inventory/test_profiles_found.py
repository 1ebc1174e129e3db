"""What headers leave out is told by profiles of cameras and sites; measured and own words win."""

from dataclasses import replace

import pytest

from frames import ROOT, settings, write_frame
from plateworks.inventory.gaincurves import figures_at
from plateworks.inventory.profiles import ProfileFinder
from plateworks.inventory.sessions import session_finder
from plateworks.jobs.jobs import Jobs
from plateworks.metadata.amplifiers import Amplifier, Crosstalk, Readout
from plateworks.metadata.frame import Frame
from plateworks.metadata.gain import egain_of
from plateworks.planning.run import plan_run
from plateworks.settings.calibrate import Calibrate
from plateworks.settings.profilefiles import read_profiles
from plateworks.settings.profiles import (
    AmplifierProfile,
    CameraMode,
    CameraProfile,
    CrosstalkProfile,
    GainPoint,
    Profiles,
    SiteProfile,
)
from plateworks.settings.site import Site

#: A converter of 12 bits in files of 16: an ADU of a file is a sixteenth of a step.
CAMERA = CameraProfile(
    name="Astrocam 7", aliases=("AC-7 (USB)",), sources=("its label",), bits=12, pattern="RGGB",
    pixel_size=3.0, full_well=20000, gain_step_db=0.1, saturation=60000,
    modes=(
        CameraMode(gains=(
            GainPoint(gain=0, egain=4.8, read_noise=3.0),
            GainPoint(gain=99, read_noise=2.0),
            GainPoint(gain=100, read_noise=1.5),
        )),
        CameraMode(readout_mode="Low noise", bits=14, gains=(GainPoint(gain=0, egain=1.6),)),
        CameraMode(binning=2, gains=(GainPoint(gain=0, egain=19.2, read_noise=6.0),)),
    ),
)  # fmt: skip
SITE = SiteProfile(
    name="Mt. Hill", aliases=("Hill",), sources=("a map",), timezone="Pacific/Auckland",
    latitude=-43.99, longitude=170.46,
)  # fmt: skip
FINDER = ProfileFinder(Profiles((CAMERA,), (SITE,)))


def frame(**known: object) -> Frame:
    usual = {"camera": "astrocam-7", "gain": 0.0, "xbin": 1, "ybin": 1, "raw_bits": 16}
    return Frame("/raw/light.fits", 40, 30, 16, **{**usual, **known})


def profiled(**known: object) -> Frame:
    [found], _ = FINDER.apply([frame(**known)])
    return found


@pytest.mark.parametrize(
    ("gain", "egain", "read_noise"),
    [
        (0, 0.3, 3.0), (60, 0.1504, 2.394), (99, 0.09597, 2.0), (100, 0.09487, 1.5),
        (120, 0.07536, None),
    ],
)  # fmt: skip
def test_electrons_and_noise_follow_the_curve(gain, egain, read_noise):
    found = figures_at(CAMERA, gain, None, 1)
    assert (found.egain, found.read_noise, found.step) == (egain, read_noise, 16)


def test_without_decibels_the_electrons_go_evenly_from_point_to_point():
    points = (GainPoint(gain=0, egain=4.0), GainPoint(gain=100, egain=1.0))
    camera = replace(CAMERA, gain_step_db=None, bits=16, modes=(CameraMode(gains=points),))
    assert figures_at(camera, 50, None, 1).egain == 2.0
    assert figures_at(camera, 101, None, 1).egain is None
    assert figures_at(camera, -1, None, 1).egain is None


@pytest.mark.parametrize(
    ("mode", "gain", "egain", "read_noise"),
    [
        ("PhotoGraphic DSO 16BIT", 26, None, 2.75), ("High Gain Mode 16BIT", 56, None, 1.68),
        ("Extend Fullwell", 0, 1.22, 7.9), ("Extend Fullwell 2CMS", 0, 1.22, 5.94),
        ("High Gain Mode 2CMS", 56, None, None), (None, 0, None, None),
    ],
)  # fmt: skip
def test_modes_of_qhy_are_known_by_the_names_of_its_driver(mode, gain, egain, read_noise):
    [camera] = [one for one in read_profiles((), ROOT / "config").cameras if one.name == "QHY600M"]
    found = figures_at(camera, gain, mode, 1)
    assert (found.egain, found.read_noise) == (egain, read_noise)


def test_a_mode_of_its_name_goes_before_one_without():
    assert figures_at(CAMERA, 0, "4: LOW NOISE 14bit", 1) == (0.4, None, 4)
    assert figures_at(CAMERA, 0, "Fast", 1).egain == 0.3
    assert figures_at(CAMERA, 0, None, 2) == (1.2, 6.0, 16)


def test_of_two_modes_that_are_named_the_longer_name_counts():
    modes = tuple(
        CameraMode(readout_mode=name, gains=(GainPoint(gain=0, egain=egain),))
        for name, egain in (("Extended", 3.0), ("Extended 2CMS", 2.0))
    )
    camera = replace(CAMERA, bits=16, modes=modes)
    assert figures_at(camera, 0, "extended 2CMS-1", 1).egain == 2.0
    assert figures_at(camera, 0, "Extended Fullwell", 1).egain == 3.0


def test_a_name_in_any_script_is_that_of_its_camera_alone():
    finder = ProfileFinder(Profiles((replace(CAMERA, name="天文カメラ", aliases=()),)))
    [own, other, nameless] = finder.apply(
        frame(camera=name, gain=None) for name in ("天文カメラ", "望遠鏡", None)
    )[0]
    assert own.by_profile
    assert other.by_profile is nameless.by_profile is None


def test_a_light_whose_header_is_silent_gets_what_is_published():
    found = profiled(camera="AC-7 (USB)")
    assert (found.egain, found.read_noise, found.saturation) == (0.3, 3.0, 60000)
    assert (found.bayer, found.pixel_size, found.notes) == ("RGGB", 3.0, ())
    assert egain_of(found, Calibrate()) == (0.3, "profile")


@pytest.mark.parametrize(
    ("known", "said", "measured", "told"),
    [
        ({}, Calibrate(egain=0.5), 0.31, (0.5, "setting")),
        ({}, Calibrate(), 0.31, (0.31, "measured")),
        ({"egain": 0.29}, Calibrate(), 0.31, (0.31, "measured")),
        ({"egain": 0.29}, Calibrate(), None, (0.29, "header")),
        ({"gain": 2.0}, Calibrate(gain_is_egain=True), 0.31, (2.0, "header")),
    ],
)
def test_a_person_then_masters_then_the_header_win_over_a_profile(known, said, measured, told):
    assert egain_of(profiled(**known), said, measured) == told


@pytest.mark.parametrize(
    ("x", "y", "bayer"), [(0, 0, "RGGB"), (3, 0, "GRBG"), (0, 5, "GBRG"), (1, 1, "BGGR")]
)
def test_the_pattern_of_a_subframe_begins_where_it_does(x, y, bayer):
    assert profiled(x_origin=x, y_origin=y).bayer == bayer


@pytest.mark.parametrize(
    "known",
    [
        {"camera": "Astrocam 70"}, {"camera": None}, {"raw_bits": None}, {"done": "BD"},
        {"is_master": True}, {"bitpix": -32, "raw_bits": None},
    ],
)  # fmt: skip
def test_what_a_profile_is_not_of_gets_nothing_of_it(known):
    plain = replace(frame(), **known)
    assert FINDER.apply([plain]) == ([plain], {})


def test_figures_are_of_the_numbers_and_the_binning_that_they_are_told_for():
    assert profiled(raw_bits=8).egain is None
    assert profiled(xbin=3, ybin=3).egain is None
    assert profiled(xbin=2, ybin=2).bayer is None
    assert profiled(row_order="BOTTOM-UP").bayer is None


def test_a_header_that_disagrees_is_believed_and_told_of():
    found = profiled(egain=0.27, read_noise=3.1)
    assert (found.egain, found.read_noise) == (0.27, 3.1)
    [note] = found.notes  # 3.1 is within 5 %
    assert "EGAIN says 0.27" in note and "Astrocam 7 0.3" in note and "calibrate.egain" in note


def test_a_header_that_counts_the_converter_is_found_out():
    [note] = profiled(egain=4.8).notes
    assert "count steps of the converter, 16 ADU of the file each" in note


def test_the_zone_of_a_site_says_where_its_night_ends():
    evening = 60676.4  # 9:36 UTC, 22:36 in New Zealand
    [found], told = FINDER.apply([frame(site="MT HILL", mjd=evening, camera=None)])
    assert (found.site_lat, found.site_lon) == (-43.99, 170.46)
    assert told == {found.path: {"site_lat": -43.99, "site_lon": 170.46}}
    assert session_finder(Site())(found) == "20250101"
    assert session_finder(Site())(replace(found, mjd=evening + 0.5)) == "20250101"
    assert session_finder(Site(timezone="UTC"))(found) == "20241231"
    assert session_finder(Site(longitude=0.0))(found) == "20241231"


def test_a_site_is_known_by_its_place_too():
    assert profiled(site_lat=-43.98, site_lon=170.47).timezone == "Pacific/Auckland"
    assert profiled(site_lat=-43.0, site_lon=170.47).timezone is None
    assert profiled(site="Elsewhere", site_lat=-43.98, site_lon=170.47).site_lat == -43.98


@pytest.mark.parametrize(("bayer", "told"), [("GBRG", True), ("RGGB", False)])
def test_colours_that_the_profile_has_otherwise_are_told_of(bayer, told):
    found = profiled(bayer=bayer)
    assert found.bayer == bayer
    assert any("RGGB: the header is believed" in note for note in found.notes) == told
    assert not profiled(bayer=bayer, row_order="BOTTOM-UP").notes


def test_a_site_that_is_named_and_lies_elsewhere_is_told_of():
    found = profiled(site="Hill", site_lat=-43.99, site_lon=175.0, camera=None)
    [note] = found.notes
    assert found.timezone is None
    assert "3.3 degrees from Mt. Hill" in note and "the header is believed" in note


def test_a_job_is_told_what_profiles_tell_and_the_header_does_not(tmp_path):
    write_frame(
        tmp_path / "raw" / "light.fits", "LIGHT", INSTRUME="Astrocam 7", GAIN=0, EGAIN=None,
        OBSERVAT="Hill", SITELAT=None, SITELONG=None, filter="L", date_obs="2025-08-15T05:00:00",
    )  # fmt: skip
    given = settings(tmp_path / "raw", calibrate={"allow_uncalibrated": True, "units": "electron"})
    plan = plan_run(given, rescan=True, profiles=FINDER)
    [light] = plan.to_calibrate
    order = Jobs(plan).orders.light(light).frame
    assert order.profile_facts == {
        "egain": 0.3, "read_noise": 3.0, "saturation": 60000, "bayer": "RGGB",
        "site_lat": -43.99, "site_lon": 170.46,
    }  # fmt: skip
    assert light.session == "20250815"  # it is 17 h in New Zealand
    bare = plan_run(given, rescan=True)
    assert "no electrons" in bare.lights[0].refused or "calibrate.egain" in bare.lights[0].refused


TWO = CameraProfile(
    name="Twin", sources=("a drawing",),
    amplifiers=(
        AmplifierProfile(data="[1:20,1:30]", bias="[41:44,1:30]", detector="[1:20,1:30]", gain=1.2),
        AmplifierProfile(data="[21:40,1:30]", bias="[45:48,1:30]", detector="[40:21,1:30]",
                         gain=1.6, read_noise=5.0),
    ),
    crosstalk=(CrosstalkProfile(source=1, onto=2, share=0.001),),
)  # fmt: skip


def twin(**known: object) -> Frame:
    finder = ProfileFinder(Profiles((TWO,)))
    usual = {"camera": "twin", "width": 48, "xbin": 1, "ybin": 1}
    [found], told = finder.apply([replace(frame(), **{**usual, **known})])
    assert "readout" not in told.get(found.path, {})  # a job is told of it in its assembly
    return found


def test_the_amplifiers_of_a_camera_are_known_where_no_header_tells_them():
    found = twin()
    left, right = found.readout.amplifiers
    assert (left.data, left.bias, left.flip_x) == ((0, 20, 0, 30), ((40, 44, 0, 30),), False)
    assert (right.corner, right.flip_x, right.gain) == ((20, 0), True, 1.6)
    assert [(one.source, one.onto, one.part) for one in found.readout.crosstalk] == [(0, 1, 0.001)]
    assert (found.egain, found.is_by_profile("egain")) == (1.4, True)
    assert {one.hdu for one in twin(hdu=1).readout.amplifiers} == {1}


@pytest.mark.parametrize("known", [{"width": 40}, {"xbin": 2, "ybin": 2}, {"done": "OBD"}])
def test_frames_that_were_trimmed_binned_or_worked_on_are_whole(known):
    assert twin(**known).readout is None


def test_sections_of_a_header_count_and_get_what_they_lack():
    amplifiers = (Amplifier(data=(4, 24, 0, 30)), Amplifier(data=(24, 44, 0, 30), gain=1.5))
    own = replace(Readout(amplifiers=amplifiers))
    found = twin(readout=own).readout
    assert [one.data for one in found.amplifiers] == [one.data for one in own.amplifiers]
    assert [one.gain for one in found.amplifiers] == [1.2, 1.5]
    assert [one.read_noise for one in found.amplifiers] == [None, 5.0]
    assert [one.part for one in found.crosstalk] == [0.001]
    measured = (Crosstalk(source=1, onto=0, part=0.004),)
    assert twin(readout=replace(own, crosstalk=measured)).readout.crosstalk == measured
