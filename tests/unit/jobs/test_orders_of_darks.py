"""What the job of a master dark is told by the settings."""

import pytest

from frames import write_night
from plateworks.jobs.jobs import Jobs


@pytest.mark.parametrize("kind", ["bias", "dark"])
def test_the_gain_is_told_where_values_are_rejected_against_a_known_noise(tmp_path, planned, kind):
    write_night(tmp_path / "raw")

    def told(**masters):
        jobs = Jobs(planned(calibrate={"egain": 0.7}, masters=masters))
        [path] = {one.path for one in jobs.plan.to_make if one.source.key.kind == kind}
        return jobs.master(path).egain

    assert told(method={kind: "variance"}) == 0.7
    assert told(method={kind: "sigma_clip"}) is None
