"""At whatever call a disk fails, a step ends with the trouble, and the next time all is made.

Files that have their name have their bytes; nothing is left half written but what a fault keeps
from being removed; and a light that could not be read says that it is made anew.
"""

import pytest

from inprocess import expose_night, reduce, sensor
from plateworks.settings.names import Names
from strikes import TROUBLES, strikes

#: Of products in XISF, packed.
IN_XISF = {
    "xisf_compression": "zstd+sh",
    "names": {
        name: template.replace(".fits", ".xisf")
        for name, template in Names().as_dict().items()
        if name in ("bias", "dark", "darkflat", "flat", "calibrated")
    },
}

#: Steps that read or write XISF where products are so.
STEPS = {
    "master bias", "master dark", "master flat", "list", "mask", "preview", "calibrated", "plan"
}  # fmt: skip
#: What lacks a light that could not be read, and says so.
LACKING = {("calibrated", "well"), ("session", "well")}


@pytest.fixture(scope="module", params=["FITS", "XISF"])
def struck(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("night").resolve()
    expose_night(folder / "raw", sensor())
    given = IN_XISF if request.param == "XISF" else {}
    plan = reduce(folder / "raw", **given)
    assert {light.calibrated[-4:] for light in plan.to_calibrate} == {request.param.lower()}
    return strikes(folder, given, each=1, seed=16, steps=STEPS if given else ())


def test_every_step_is_struck_at_its_reads_and_writes(struck):
    assert {one.step for one in struck} >= STEPS
    assert len(struck) > 100
    assert {one.what.split()[0] for one in struck} == {call for call, *_ in TROUBLES}


def test_a_step_ends_well_or_with_the_trouble(struck):
    assert [one for one in struck if one.end not in ("well", "trouble")] == []


def test_what_has_a_name_is_whole_or_says_that_it_is_made_anew(struck):
    wrong = [one for one in struck if set(one.made.values()) - {"again"}]
    assert wrong == []
    anew = [one for one in struck if "again" in one.made.values()]
    told = {(one.step, one.end) for one in anew}
    assert ("calibrated", "well") in told and told <= LACKING


def test_calls_that_fall_short_change_nothing(struck):
    short = [one for one in struck if one.what.endswith(": 0")]
    assert short
    assert {(one.end, str(one.made)) for one in short} == {("well", "{}")}


def test_the_next_time_all_is_made(struck):
    assert [one for one in struck if not one.healed] == []
