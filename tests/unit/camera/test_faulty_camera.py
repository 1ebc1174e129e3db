"""Whatever a camera does, each frame that is kept is true, and no fault stays unsaid."""

import re

import pytest

from camerastage import COUNT, staged
from faultycamera import FAULTS


@pytest.fixture
def stage():
    with staged() as one:
        yield one


def test_without_a_fault_a_series_is_complete_and_nothing_is_retaken(stage, tmp_path):
    taken = stage.take(tmp_path)
    assert (len(taken.kept), taken.aside, taken.error) == (COUNT, [], "")
    assert all(map(stage.is_true, taken.kept))
    assert stage.server.count("startexposure") == COUNT + 1  # and the trial for the bias level
    assert "retaken" not in taken.said and "repeated" not in taken.said


@pytest.mark.parametrize("kind", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_costs_at_most_the_frame_and_is_named(stage, tmp_path, kind):
    kind.arrange(stage)
    taken = stage.take(tmp_path)
    assert all(map(stage.is_true, taken.kept))
    assert bool(taken.error) == kind.ends, taken.error
    assert len(taken.kept) == COUNT or kind.ends
    assert len(taken.aside) >= kind.aside and bool(taken.aside) == bool(kind.aside)
    assert re.search(kind.said, taken.said, re.DOTALL), taken.said
    assert all(line.isprintable() for line in taken.said.splitlines())


def test_there_are_as_many_kinds_as_a_campaign_asks_for():
    assert len(FAULTS) >= 60
