"""At whatever call a disk fails, solving and its tables end in words, and then are made the same.

What has its name has its bytes; a frame does not go unsolved for it.
"""

import pytest

from plateworks.sky.engines.embedded import Embedded
from solvednights import STEPS, write_solved_night
from strikes import strikes


@pytest.fixture(scope="module")
def struck(tmp_path_factory):
    if lack := Embedded.lack():
        pytest.skip(f"solving needs {lack}")
    folder = tmp_path_factory.mktemp("night").resolve()
    return strikes(folder, write_solved_night(folder), each=1, seed=16, most=20, steps=STEPS)


def test_solving_and_its_tables_are_struck(struck):
    assert len(struck) == 20
    assert {one.step for one in struck} >= {"solve", "measures"}


def test_a_step_ends_well_or_with_the_trouble(struck):
    assert [one for one in struck if one.end not in ("well", "trouble")] == []


def test_what_has_a_name_is_whole(struck):
    assert [one for one in struck if one.made] == []


def test_calls_that_fall_short_change_nothing(struck):
    short = [one for one in struck if one.what.endswith(": 0")]
    assert {(one.end, str(one.made)) for one in short} <= {("well", "{}")}


def test_the_next_time_all_is_made(struck):
    assert [one for one in struck if not one.healed] == []
