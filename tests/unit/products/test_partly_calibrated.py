"""Frames with some steps behind them: what lacks is done, and nothing twice."""

import numpy as np
import pytest

from frames import settings
from inprocess import BIAS, expose, is_even, lights, reduce, sensor
from plateworks.planning.run import plan_run

#: What the flat leaves of the sky: SKY times the flat's median.
LEVEL = 400.0 * float(np.median(sensor().flat))


def without(*steps, **told):
    """Return what takes steps out of a frame, as another program would, and says so."""
    of = sensor()

    def change(pixels, cards):
        data = pixels.astype(np.float32)
        data -= BIAS if "bias" in steps else 0.0
        share = cards["EXPTIME"] / 60.0
        data -= (of.dark * share).astype(np.float32) if "dark" in steps else 0.0
        if "flat" in steps:
            data = (data / of.flat).astype(np.float32)
        return data, {**cards, **told}

    return change


def night(raw, kind, change, **cards):
    """Write a night in which the frames of one kind were worked on."""
    for one in ("bias", "dark", "flat", "light"):
        more = {"change": change, **cards} if one == kind else {}
        expose(raw, one, 2 if one == "light" else 5, sensor(), **more)
    return raw


def truth(hdus):
    return is_even(hdus[0].data, LEVEL) and abs(np.nanmedian(hdus[0].data) - LEVEL) < 0.02 * LEVEL


@pytest.mark.parametrize(
    ("steps", "told", "calstat"),
    [
        (("bias",), {"CALSTAT": "B"}, "BDF"),
        (("bias", "dark"), {"CALSTAT": "BD"}, "BDF"),
        (("bias", "dark"), {"CALSTAT": "D"}, "BDF"),
        (("bias",), {"ZEROCOR": "Mar  1 12:00 Zero level correction image is Zero"}, "BDF"),
        (("bias", "dark"), {"L1STATBI": 1, "L1STATDA": 1, "L1STATFL": 0}, "BDF"),
    ],
)
def test_a_light_gets_exactly_the_steps_that_it_lacks(tmp_path, steps, told, calstat):
    raw = night(tmp_path / "raw", "light", without(*steps, **told))
    found = lights(reduce(raw, calibrate={"complete_partly": True}))
    assert len(found) == 2
    for hdus in found:
        header = hdus[0].header
        assert truth(hdus)
        assert header["CALSTAT"] == calstat
        assert header["BIASSUB"] is True
        assert ("DARKFILE" in header) == ("dark" not in steps)
        assert "FLATFILE" in header
        assert any("taken out already" in line for line in header["HISTORY"])


@pytest.mark.parametrize("told", ["B", "D", "BD", "DF", "BDF", "F"])
def test_without_the_setting_such_a_light_is_set_aside(tmp_path, told):
    raw = night(tmp_path / "raw", "light", without("bias", CALSTAT=told))
    plan = plan_run(settings(raw, tmp_path / "out"), rescan=True)
    assert plan.lights == ()
    for reject in plan.rejects:
        assert f"CALSTAT = '{told}'" in reject.reason
        assert ("complete_partly: true" in reject.reason) == ("F" not in told)


@pytest.mark.parametrize("told", ["DF", "BDF", "F"])
def test_what_was_divided_cannot_be_finished(tmp_path, told):
    raw = night(tmp_path / "raw", "light", without("bias", "flat", CALSTAT=told))
    plan = plan_run(
        settings(raw, tmp_path / "out", calibrate={"complete_partly": True}), rescan=True
    )
    assert plan.lights == ()


def test_of_a_light_without_bias_a_scaled_dark_is_taken_without_its_bias(tmp_path):
    raw = night(tmp_path / "raw", "light", without("bias", CALSTAT="B"), EXPTIME=30.0)
    for hdus in lights(reduce(raw, calibrate={"complete_partly": True})):
        assert hdus[0].header["DARKK"] == 0.5
        # The frame itself holds the dark current of 60 s: half of it is left.
        assert abs(np.nanmedian(hdus[0].data) - LEVEL - 15) < 0.03 * LEVEL


def test_a_light_without_bias_is_refused_where_no_bias_frees_its_dark(tmp_path):
    for kind in ("dark", "flat"):
        expose(tmp_path / "raw", kind, 5, sensor())
    expose(tmp_path / "raw", "light", 1, sensor(), without("bias", CALSTAT="B"))
    plan = plan_run(
        settings(
            tmp_path / "raw",
            tmp_path / "out",
            calibrate={"complete_partly": True},
            matching={"accept_level": {"darkflat": 3}},
        ),
        rescan=True,
    )
    [light] = plan.lights
    assert "BIASSUB none that matches instead of a master bias" in light.refused


def test_darks_without_bias_serve_beside_a_bias(tmp_path):
    raw = night(tmp_path / "raw", "dark", without("bias", CALSTAT="B"))
    for hdus in lights(reduce(raw)):
        assert truth(hdus)
        assert hdus[0].header["BIASFILE"]


def test_darks_without_bias_and_a_light_without_bias_need_no_bias(tmp_path):
    raw = tmp_path / "raw"
    expose(raw, "dark", 5, sensor(), without("bias", CALSTAT="B"))
    expose(raw, "light", 2, sensor(), without("bias", CALSTAT="B"))
    expose(raw, "flat", 5, sensor(), without("bias", "dark", CALSTAT="BD"))
    found = lights(reduce(raw, calibrate={"complete_partly": True}))
    assert [truth(hdus) for hdus in found] == [True, True]
    assert "BIASFILE" not in found[0][0].header


@pytest.mark.parametrize("told", [{"CALSTAT": "BD"}, {"CALSTAT": "D"}, {"DARKCOR": "done"}])
def test_from_flats_without_bias_and_dark_nothing_is_taken(tmp_path, told):
    raw = night(tmp_path / "raw", "flat", without("bias", "dark", **told))
    for hdus in lights(reduce(raw)):
        assert truth(hdus)


def test_from_flats_without_bias_only_their_dark_current_is_taken(tmp_path):
    raw = night(tmp_path / "raw", "flat", without("bias", CALSTAT="B"))
    plan = reduce(raw)
    assert all(map(truth, lights(plan)))
    [flat] = [m for m in plan.masters if m.source.key.kind == "flat"]
    assert all((match.bias, match.dark_bias is None) == (None, False) for match in flat.matches)


def test_a_flat_that_is_dark_current_for_the_most_part_loses_it_once_alone(tmp_path):
    """Flats of 60 s whose dark current would show: 3000 ADU of hot pixels of 20,000."""
    raw = night(tmp_path / "raw", "flat", without("bias", CALSTAT="B"), EXPTIME=60.0)
    for hdus in lights(reduce(raw, cosmetic={"hot_sigma": 1e9})):
        assert abs(np.nanmedian(hdus[0].data) - LEVEL) < 0.03 * LEVEL


def test_raw_darks_and_those_without_bias_make_two_masters(tmp_path):
    raw = night(tmp_path / "raw", "bias", lambda pixels, cards: (pixels, cards))
    expose(raw / "more", "dark", 5, sensor(), without("bias", CALSTAT="B"), DATE_OBS=None)
    plan = plan_run(settings(raw, tmp_path / "out"), rescan=True)
    assert len([m for m in plan.usable if m.source.key.kind == "dark"]) == 2
    assert {m.bias_inside for m in plan.matcher.masters if m.kind == "dark"} == {True, False}


def test_a_person_may_say_that_a_frame_is_raw(tmp_path):
    raw = night(tmp_path / "raw", "light", lambda p, cards: (p, {**cards, "CALSTAT": "BDF"}))
    rule = {"match": "light*", "set": {"done": ""}, "force": True}
    assert all(map(truth, lights(reduce(raw, path_rules=[rule]))))


def test_a_person_may_say_what_was_done(tmp_path):
    raw = night(tmp_path / "raw", "light", without("bias", "dark"))
    rule = {"match": "light*", "set": {"done": "BD"}}
    found = reduce(raw, path_rules=[rule], calibrate={"complete_partly": True})
    assert all(map(truth, lights(found)))


def test_a_floating_point_light_that_no_camera_wrote_is_set_aside(tmp_path):
    raw = night(tmp_path / "raw", "light", without("bias", "dark", "flat"))
    plan = plan_run(settings(raw, tmp_path / "out"), rescan=True)
    assert {r.path[-12:] for r in plan.rejects} == {"light_0.fits", "light_1.fits"}
    assert "floating point" in plan.rejects[0].reason
    rule = {"match": "light*", "set": {"done": ""}}
    said = plan_run(settings(raw, tmp_path / "out", path_rules=[rule]), rescan=True)
    assert len(said.lights) == 2


def test_floats_of_a_camera_program_and_nights_of_floats_are_raw(tmp_path):
    named = night(tmp_path / "a", "light", without(), SWCREATE="MaxIm DL Version 6.40")
    assert len(plan_run(settings(named, tmp_path / "out"), rescan=True).lights) == 2
    for kind in ("bias", "dark", "flat", "light"):
        expose(tmp_path / "b", kind, 3, sensor(), without())
    assert len(plan_run(settings(tmp_path / "b", tmp_path / "out"), rescan=True).lights) == 3
