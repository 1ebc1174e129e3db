"""Which lights are handed over together, and that no header reaches a path as it is."""

from types import SimpleNamespace

import pytest

from frames import settings, write_frame, write_night
from plateworks.jobs.handover import Handover
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.nights import Nights
from plateworks.planning.run import plan_run


@pytest.fixture
def groups(tmp_path):
    """A function that returns the groups of the lights of a night with some more."""
    raw = write_night(tmp_path / "raw")

    def of(**cards):
        for name, changes in cards.items():
            facts = {"exptime": 60.0, "filter": "L", "date_obs": "2025-08-15T23:10:00"} | changes
            write_frame(raw / f"{name}.fits", "LIGHT", **facts)
        allowed = {"calibrate": {"allow_uncalibrated": True}}
        jobs = Jobs(plan_run(settings(raw, tmp_path / "out", **allowed), rescan=True))
        nights = Nights(jobs, jobs.solved_files())
        lights = nights.lights("20250815")
        found = Handover(nights).order(SimpleNamespace(session="20250815")).data["groups"]
        return {light.name: group for light, group in zip(lights, found, strict=True)}

    return of


def test_lights_of_another_target_filter_or_exposure_are_another_group(groups):
    found = groups(
        one={"object": "M 1"}, same={"object": "m_1"}, target={"object": "M 2"},
        filter={"object": "M 1", "filter": "Ha"}, longer={"object": "M 1", "exptime": 90.0},
    )  # fmt: skip
    assert found["one"] == found["same"]
    assert len({found[name] for name in ("one", "target", "filter", "longer")}) == 4


def test_what_a_header_holds_makes_no_path(groups):
    found = groups(up={"object": "../../x", "filter": "a/../b"}, line={"object": "x; rm *"})
    for name in ("up", "line"):
        assert not set(found[name]) & set("/ ;*\\'\"$")
        assert not found[name].startswith(".")


def test_nothing_is_handed_over_unless_it_is_asked_for(tmp_path):
    raw = write_night(tmp_path / "raw")

    def tables(**given):
        return Jobs(plan_run(settings(raw, tmp_path / "out", **given), rescan=True)).handed_over()

    assert tables() == {}
    assert list(tables(export=["siril"])) == ["siril"]
