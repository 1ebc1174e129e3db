"""Which lights get a dark by a model: those within the hull of darks, without one of their own."""

import pytest

from frames import settings, write_frame
from plateworks.darklaw import Place, told_of_darks, within
from plateworks.jobs.demand import NOTHING
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.resources import Demands
from plateworks.ledger.entry import Entry
from plateworks.ledger.ledger import Ledger
from plateworks.planning.run import plan_run
from plateworks.report.associations import associations, refusals
from plateworks.report.preview import summarise

#: Exposures and temperatures of the darks.
PLACES = [(t, degc) for degc in (-20.0, -10.0) for t in (30.0, 120.0, 300.0)]


def write_series(raw, places=PLACES, lights=(), **more):
    """Write three bias frames, three darks of each place, and a light of each of others."""
    for n in range(3):
        write_frame(raw / f"bias_{n}.fits", "BIAS", exptime=0.0, date_obs=f"2025-08-15T19:00:0{n}")
    for kind, where, count in (("DARK", places, 3), ("LIGHT", lights, 1)):
        for number, (exposure, degc) in enumerate(where):
            for n in range(count):
                write_frame(
                    raw / f"{kind}_{number}_{n}.fits", kind, exptime=exposure, set_temp=degc,
                    ccd_temp=degc, date_obs=f"2025-08-15T2{number % 4}:{kind == 'LIGHT':d}0:0{n}",
                    **({"filter": "L"} | more if kind == "LIGHT" else {}),
                )  # fmt: skip
    return raw


def planned(tmp_path, lights, places=PLACES, *, on=True, **changes):
    raw = write_series(tmp_path / "raw", places, lights)
    changes = {"masters": {"dark_model": on}, "calibrate": {"require": ["dark"]}, **changes}
    return plan_run(settings(raw, tmp_path / "out", **changes), rescan=True)


def modelled(plan):
    return {
        (one.need.exposure, one.need.temperature): one.modelled is not None for one in plan.lights
    }


def test_lights_within_the_hull_get_a_modelled_dark_and_others_do_not(tmp_path):
    within_hull, own, too_long = (200.0, -14.0), (120.0, -10.0), (600.0, -14.0)
    too_warm, scaled = (120.0, 0.0), (60.0, -10.0)
    plan = planned(tmp_path, [within_hull, own, too_long, too_warm, scaled])
    assert modelled(plan) == {
        within_hull: True, own: False, too_long: False, too_warm: False, scaled: True,
    }  # fmt: skip
    [light] = [one for one in plan.lights if one.need.exposure == 200.0]
    assert light.modelled.master.path.endswith("darkmodels/" + light.source.key.setup.name
                                               + "/model_200s_m14c.fits")  # fmt: skip
    assert light.modelled.level == 1
    assert "modelled from 6 darks of 30 to 300 s, -20 to -10 degC" in light.modelled.reason


def test_beyond_the_hull_the_refusal_names_it(tmp_path):
    plan = planned(tmp_path, [(600.0, -14.0)])
    [told] = [one for _, slot, one in refusals(plan) if one.field == "hull of the model"]
    assert (told.wanted, told.found) == ("600 s, -14 degC", "30 to 300 s, -20 to -10 degC")


def test_masters_of_a_library_make_a_model_too(tmp_path):
    for exposure in (30.0, 120.0, 300.0):
        write_frame(
            tmp_path / "library" / f"dark_{exposure:g}.fits", "Master Dark", exptime=exposure,
        )  # fmt: skip
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=200.0, filter="L")
    changes = {"masters": {"dark_model": True}, "library": [str(tmp_path / "library")]}
    plan = plan_run(settings(tmp_path / "raw", tmp_path / "out", **changes), rescan=True)
    assert modelled(plan) == {(200.0, -10.0): True}


def write_found(folder, places=PLACES, **cards):
    """Write the header of a model that another run made."""
    told = told_of_darks([Place(*one) for one in places], [20] * len(places))
    cards = {"dmplaces": told, "dmserves": True, "pwvers": "0.1.0"} | cards
    own = {"exptime": None, "set_temp": None, "ccd_temp": None}
    return write_frame(folder / "model.fits", "Dark Model", **own, **cards)


def by_library(tmp_path, lights, on=True, **changes):
    """Plan lights, and what else lies in the raw folder, with a library."""
    for number, (exposure, degc) in enumerate(lights):
        where = {"exptime": exposure, "set_temp": degc, "ccd_temp": degc, "filter": "L"}
        write_frame(tmp_path / "raw" / f"light_{number}.fits", "LIGHT", **where)
    changes = {"calibrate": {"require": ["dark"]}, **changes, "masters": {"dark_model": on}}
    changes["library"] = [str(tmp_path / "library")]
    return plan_run(settings(tmp_path / "raw", tmp_path / "out", **changes), rescan=True)


def test_a_model_of_a_library_serves_lights_within_its_hull(tmp_path):
    found = write_found(tmp_path / "library" / "darkmodels" / "camera")
    plan = by_library(tmp_path, [(45.0, -17.5), (45.0, -30.0)])
    assert modelled(plan) == {(45.0, -17.5): True, (45.0, -30.0): False}
    jobs = Jobs(plan)
    assert jobs.model_files() == []
    [dark] = jobs.dark_models.darks
    assert dark.startswith(f"{tmp_path}/out/darkmodels/")
    assert jobs.dark_models.dark(dark).model == str(found)
    [listed] = jobs.cosmetic_files()
    assert jobs.dark_of_list(listed) == dark
    assert Demands(jobs).hot_list(dark).memory(1, 1, NOTHING) > 0
    assert "dark model  30 to 300 s, -20 to -10 degC" in summarise(plan)
    [told] = [one for _, _, one in refusals(plan) if one.field == "hull of the model"]
    assert told.found == "30 to 300 s, -20 to -10 degC"


def test_a_model_that_is_found_goes_with_the_list_of_the_nearest_dark_beside_it(tmp_path):
    write_found(tmp_path / "library")
    dark = {"set_temp": -20.0, "ccd_temp": -20.0, "exptime": 120.0}
    dark = write_frame(tmp_path / "library" / "dark_120s.fits", "Master Dark", **dark)
    [light] = by_library(tmp_path, [(60.0, -17.0)]).lights
    assert light.modelled.master.listed_by == str(dark)


@pytest.mark.parametrize(
    ("cards", "why"),
    [
        ({"dmserves": False, "dmwhynot": "its mean is off"}, "does not serve: its mean is off"),
        ({"dmserves": None}, "does not say DMSERVES"),
        ({"dmplaces": None}, "does not say DMPLACES"),
    ],
)
def test_a_model_that_does_not_serve_is_set_aside_with_the_reason(tmp_path, cards, why):
    write_found(tmp_path / "library", **cards)
    plan = by_library(tmp_path, [(60.0, -17.0)])
    assert modelled(plan) == {(60.0, -17.0): False}
    assert [why in one.reason for one in plan.rejects] == [True]


@pytest.mark.parametrize("told", ["30 s", "30.0 s -20.0 degC x 9", "a s b degC x 9, " * 2, "nan"])
def test_a_model_whose_darks_nobody_understands_makes_none(tmp_path, told):
    write_found(tmp_path / "library", dmplaces=told)
    assert modelled(by_library(tmp_path, [(60.0, -17.0)])) == {(60.0, -17.0): False}


def test_a_model_of_a_library_may_be_left_out_and_needs_the_setting(tmp_path):
    write_found(tmp_path / "library")
    write_frame(tmp_path / "library" / "model_60s.fits", "Modelled Dark", exptime=60.0)
    out = by_library(tmp_path, [(60.0, -17.0)], exclude=["model.fits"])
    off = by_library(tmp_path, [(60.0, -17.0)], on=False)
    assert modelled(out) == modelled(off) == {(60.0, -17.0): False}
    assert not out.unmet
    told = [one for one in (*out.rejects, *off.rejects) if not one.path.endswith("_60s.fits")]
    assert [one.path[-10:] for one in told] == ["model.fits"]


def test_a_dark_of_a_model_in_a_library_is_set_aside_unless_it_is_named(tmp_path):
    dark = write_frame(tmp_path / "library" / "model_60s.fits", "Modelled Dark", exptime=60.0)
    [reject] = by_library(tmp_path, [(60.0, -10.0)]).rejects
    assert reject.path == str(dark)
    assert "a model of the dark made for the lights of one run" in reject.reason
    named = by_library(tmp_path, [], by_hand={"dark": str(dark)})
    assert [one.path for one in named.found] == [str(dark)] and not named.rejects


def test_what_a_library_holds_already_is_not_fitted_again(tmp_path):
    places = [(t, -10.0) for t in (30.0, 120.0, 300.0)]
    found = write_found(tmp_path / "library", places)
    for exposure, _ in places:
        path = tmp_path / "library" / f"dark_{exposure:g}.fits"
        write_frame(path, "Master Dark", exptime=exposure, ncombine=20)
    plan = by_library(tmp_path, [(200.0, -10.0)])
    assert [model.path for model in plan.models] == [str(found)]
    assert modelled(plan) == {(200.0, -10.0): True}


def test_darks_make_a_model_for_other_runs_where_no_light_asks_for_one(tmp_path):
    plan = planned(tmp_path, [])
    assert [one.endswith("/model.fits") for one in Jobs(plan).model_files()] == [True]
    part = planned(tmp_path, [(120.0, -10.0)], dates="2025-08-15")
    assert Jobs(part).model_files() == []  # not all of its darks are made


def test_without_the_setting_nothing_is_modelled(tmp_path):
    plan = planned(tmp_path, [(200.0, -14.0)], on=False)
    assert modelled(plan) == {(200.0, -14.0): False}
    assert Jobs(plan).dark_models.darks == Jobs(plan).model_files() == []


@pytest.mark.parametrize("places", [PLACES[:2] + PLACES[3:5], [(60.0, -10.0)]])
def test_two_exposures_make_no_model(tmp_path, places):
    assert modelled(planned(tmp_path, [(90.0, -10.0)], places)) == {(90.0, -10.0): False}


def test_one_temperature_makes_a_model_of_that_temperature_alone(tmp_path):
    plan = planned(tmp_path, [(200.0, -20.0), (200.0, -20.8), (200.0, -16.0)], PLACES[:3])
    assert modelled(plan) == {(200.0, -20.0): True, (200.0, -20.8): True, (200.0, -16.0): False}


def test_a_light_tells_what_it_gets_where_the_model_does_not_serve(tmp_path):
    plan = planned(tmp_path, [(60.0, -10.0)])
    [told] = [one for one in associations(plan) if one.slot == "dark"]
    assert told.chosen.endswith("model_60s_m10c.fits")
    assert "unless its darks do not bear the model out: then" in told.reason
    assert "scaled by" in told.reason
    [light] = Jobs(plan).orders.calibration(plan.to_calibrate).lights
    assert light.frame.subtraction.dark.k != 1.0
    assert light.modelled.frame.subtraction.dark.k == 1.0
    assert light.modelled.lacking is None
    assert light.modelled.frame.cosmetic == light.frame.cosmetic


def test_a_light_that_nothing_else_serves_says_so(tmp_path):
    plan = planned(tmp_path, [(200.0, -14.0)], matching={"dark_policy": "exact"})
    [light] = plan.lights
    assert not light.refused
    assert "the best dark is of level 3" in light.lacking


def test_the_model_is_told_its_darks_and_which_can_be_held_against_the_others(tmp_path):
    plan = planned(tmp_path, [(200.0, -14.0)])
    jobs = Jobs(plan).dark_models
    [model], [dark] = jobs.models, jobs.darks
    order = jobs.model(model)
    assert [one.place for one in order.darks] == sorted(Place(*one) for one in PLACES)
    assert [one.inside for one in order.darks] == [one.exposure == 120.0 for one in order.darks]
    assert order.bias is not None
    assert jobs.dark(dark).place == (200.0, -14.0)


def test_a_pinned_dark_is_not_replaced(tmp_path):
    pins = [{"select": {"filter": "L"}, "use": {"dark": "dark_120s_m20c_20250815"}}]
    assert not planned(tmp_path, [(200.0, -14.0)], overrides=pins).lights[0].modelled


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Place(100.0, -15.0), Place(100.0, -15.0)),
        (Place(250.0, -15.0), None),
        (Place(200.0, -15.0), Place(200.0, -15.0)),
        (Place(60.0, -20.5), Place(60.0, -20.0)),
        (Place(60.0, -22.0), None),
        (Place(59.9999, -10.0), None),
    ],
)
def test_the_hull_of_exposures_narrows_between_temperatures(asked, found):
    darks = [Place(60.0, -20.0), Place(120.0, -20.0), Place(60.0, -10.0), Place(300.0, -10.0)]
    assert within(darks, asked, 1.0, 0.0) == found


def test_a_model_that_a_ledger_withdraws_serves_nobody(tmp_path):
    found = write_found(tmp_path / "library")
    assert modelled(by_library(tmp_path, [(60.0, -17.0)])) == {(60.0, -17.0): True}
    word = Entry(str(found), "withdrawn", "Ann", "2026-01-05", "it was a wrong camera")
    Ledger.of_library(str(tmp_path / "library")).record([word])
    assert modelled(by_library(tmp_path, [(60.0, -17.0)])) == {(60.0, -17.0): False}
