"""What the job of a master flat is told by the settings."""

import pytest

from frames import write_night
from plateworks.jobs.jobs import Jobs
from plateworks.records import plain


@pytest.fixture
def levellings(tmp_path, planned):
    """A function that returns how the flats of a night are levelled, for master and mask."""
    write_night(tmp_path / "raw")

    def of(**changes):
        jobs = Jobs(planned(**changes))
        [flat] = [master.path for master in jobs.plan.to_make if master.source.key.kind == "flat"]
        return jobs.master(flat).flat.levelling, jobs.mask(flat).levelling

    return of


def test_a_saturation_that_somebody_states_reaches_flats_whose_dark_is_fitted(levellings):
    told = levellings(calibrate={"saturation": 60000}, matching={"flat_dark_scale": "optimise"})
    assert [one.saturation for one in told] == [60000.0, 60000.0]


def test_other_flats_are_told_nothing_of_it_and_stay_as_they_are(levellings):
    usual = levellings()
    assert levellings(calibrate={"saturation": 60000}) == usual
    assert levellings(matching={"flat_dark_scale": "optimise"}) == usual
    assert all("saturation" not in plain(one) for one in usual)
