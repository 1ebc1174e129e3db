"""What products tell of the raw frames that were read for them."""

import os

import pytest

from exposed import expose_night
from frames import settings
from plateworks.jobs.jobs import Jobs
from plateworks.metadata.datadigest import digest_of_data
from plateworks.planning.run import plan_run
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.masters import make_master
from plateworks.report.rawdigests import digests_of_raw


@pytest.fixture(params=["fits", "xisf"])
def plan(tmp_path, request):
    """A night of which a master bias, and the lights without dark and flat, are made."""
    raw = expose_night(tmp_path / "raw")
    for path in raw.iterdir():
        if not path.name.startswith(("bias", "light")):
            path.unlink()
    names = {
        "bias": f"masters/{{setup}}/{{name}}.{request.param}",
        "calibrated": f"calibrated/{{session}}/{{frame}}.{request.param}",
    }
    plan = plan_run(
        settings(raw, tmp_path / "results", names=names, calibrate={"require": ["bias"]}),
        rescan=True,
    )
    assert not any(light.refused for light in plan.lights), plan.lights[0].refused
    return plan


def test_all_frames_of_what_was_made_are_told_and_no_others(plan):
    jobs, [bias] = Jobs(plan), plan.to_make
    make_master(jobs.master(bias.path), bias.path)
    calibrate_frames(jobs.calibration(plan.to_calibrate))
    _, *others = plan.to_calibrate
    made = {bias.path, *(light.calibrated for light in others)}
    paths = [*(one.path for one in bias.source.frames), *(one.frame.path for one in others)]
    assert len(paths) == 5
    expected = {path: digest_of_data(path, True).whole for path in paths}
    assert digests_of_raw(plan, made) == expected
    assert digests_of_raw(plan, set()) == {}


def test_a_product_that_is_gone_or_empty_tells_nothing(plan):
    [bias] = plan.to_make
    light = plan.to_calibrate[0].calibrated
    os.makedirs(os.path.dirname(light))
    open(light, "w").close()
    assert digests_of_raw(plan, {bias.path, light}) == {}
