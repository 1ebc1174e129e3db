"""The header tells the cost that the plan predicted, of what the masters say of themselves."""

import pytest

from inprocess import expose, expose_night, lights, reduce, sensor
from plateworks.jobs.jobs import Jobs
from plateworks.records import plain
from plateworks.report.associations import associations


def predicted(plan):
    """The costs of the first light, as ``associations.csv`` tells them."""
    first = plan.lights[0].frame.path
    return {one.slot: one.cost for one in associations(plan) if one.frame == first and one.chosen}


def told(plan):
    """The costs of the first light, as the header of the product tells them."""
    header = lights(plan)[0][0].header
    return header.get("DARKCOST"), header.get("FLATCOST")


def test_exact_masters_cost_their_noise(tmp_path):
    expose_night(tmp_path / "raw", sensor())
    plan = reduce(tmp_path / "raw")
    counts = {one.source.key.kind: len(one.source.frames) for one in plan.masters}
    assert told(plan) == (round(counts["dark"] ** -0.5, 3), round(counts["flat"] ** -0.5, 3))
    assert told(plan) == (predicted(plan)["dark"], predicted(plan)["flat"])
    header = lights(plan)[0][0].header
    assert header.comments["DARKCOST"].startswith("[read noise of a frame]")


def night(raw, *, seconds=60.0, kinds=("bias", "dark", "flat")):
    for kind, count in {"bias": 7, "dark": 5, "flat": 4}.items():
        if kind in kinds:
            expose(raw, kind, count, sensor())
    expose(raw, "light", 1, sensor(), EXPTIME=seconds)
    return raw


@pytest.mark.parametrize(
    ("changes", "matching"),
    [
        ({"seconds": 40.0}, {}),  # scaled down, freed of the bias that is the light's too
        ({"seconds": 90.0}, {}),  # scaled up
        ({"seconds": 40.0}, {"dark_scale": "none", "accept_level": {"dark": 3}}),  # unscaled
        ({"kinds": ("bias", "flat")}, {"accept_level": {"dark": 3}}),  # bias alone
        ({"seconds": 45.0}, {"dark_scale": "optimise"}),  # fitted: what it began with
    ],
)
def test_whatever_is_taken_the_header_tells_what_the_plan_predicted(tmp_path, changes, matching):
    plan = reduce(night(tmp_path / "raw", **changes), matching=matching)
    slot = "dark" if plan.lights[0].dark.master.kind == "dark" else "bias"
    assert told(plan)[0] == predicted(plan)[slot] > 0.3


def test_a_bias_of_one_level_has_no_noise(tmp_path):
    raw = night(tmp_path / "raw", kinds=("flat",))
    accept = {"dark": 3, "darkflat": 3}
    plan = reduce(raw, matching={"accept_level": accept}, masters={"bias_level": 500.0})
    assert told(plan)[0] == predicted(plan)["bias"] == 3.0


def test_what_a_flat_itself_lacks_costs_the_light_nothing_more(tmp_path):
    raw = night(tmp_path / "raw", kinds=("flat", "dark"))
    plan = reduce(raw, matching={"accept_level": {"darkflat": 3}})
    [light] = plan.lights
    assert light.flat.level > 0 and lights(plan)[0][0].header["FLATLEV"] == light.flat.level
    assert told(plan)[1] == predicted(plan)["flat"] == 0.5


def test_a_predicted_number_makes_no_light_again(tmp_path):
    raw = night(tmp_path / "raw", kinds=("bias", "flat"))
    expose(raw, "dark", 5, sensor(), DATE_OBS="2025-02-02T20:00:00")
    usual, weighed = reduce(raw), reduce(raw, matching={"fresh_days": {"dark": 30}})
    assert predicted(weighed)["dark"] != predicted(usual)["dark"]
    orders = [plain(Jobs(plan).orders.calibration(plan.to_calibrate)) for plan in (usual, weighed)]
    assert orders[0] == orders[1]
