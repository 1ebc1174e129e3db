"""Lights that were made stay in the batches in which they were made."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from frames import write_night
from plateworks.planning.batches import ALONE
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.planning.shared import SharedJobs


@pytest.fixture
def noted(tmp_path, planned):
    """A function that plans, and notes the batches as a run does that begins."""
    write_night(tmp_path / "raw", lights=4)

    def noting(frames_per_job: int, *, selected: bool = False) -> Plan:
        plan = planned(frames_per_job=frames_per_job)
        note = SharedJobs(plan.settings.results)
        note.write(plan.batches, plan.shared, selected=selected)
        return plan

    return noting


def make(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch()


def sizes(plan: Plan) -> dict[str, int]:
    return {name: len(lights) for name, lights in plan.batches.items()}


def test_a_batch_holds_while_one_of_its_products_is_there(noted, planned):
    first = noted(64)
    assert sizes(planned(frames_per_job=1)) == {ALONE: 4}
    make(first.lights[0].calibrated)
    assert planned(frames_per_job=1).batches == first.batches
    Path(first.lights[0].calibrated).unlink()
    assert sizes(planned(frames_per_job=1)) == {ALONE: 4}


def test_of_lights_that_had_their_own_jobs_those_that_are_not_made_may_share_one(noted, planned):
    first = noted(1)
    make(first.lights[0].calibrated)
    assert sizes(planned(frames_per_job=64)) == {ALONE: 4}


def test_jobs_elsewhere_find_the_batches_with_which_the_run_began(noted):
    first = noted(64)
    assert plan_run(first.settings, rescan=False).batches == first.batches


def test_what_holds_of_lights_that_a_run_does_not_take_is_kept(noted, tmp_path):
    first = noted(64)
    for light in first.lights:
        make(light.calibrated)
    Path(first.lights[0].frame.path).rename(tmp_path / "elsewhere.fits")
    assert sizes(noted(1, selected=True)) == dict.fromkeys(first.batches, 3)
    [batch] = first.batches
    notes = SharedJobs(first.settings.results)
    assert notes.holding() == {light.calibrated: batch for light in first.lights}


def test_a_note_that_is_not_as_it_was_written_counts_as_none(noted, planned, tmp_path):
    make(noted(64).lights[0].calibrated)
    [note] = (tmp_path / "results" / ".plateworks").glob("batches.json")
    note.write_bytes(note.read_bytes()[:-3])
    assert sizes(planned(frames_per_job=1)) == {ALONE: 4}


def test_lights_of_jobs_that_a_run_has_not_stay_noted_and_those_that_its_jobs_lack_do_not(tmp_path):
    note, batch = SharedJobs(str(tmp_path)), "20250815_l_60s_64x0040_2c6189"
    here, gone, alone, elsewhere = (str(tmp_path / f"{name}.fits") for name in "abcd")
    others = {here: batch, gone: batch, alone: ALONE, elsewhere: "20250816_l_60s_64x0040_3f9a00"}
    lights = {batch: [SimpleNamespace(calibrated=here)], ALONE: []}
    note.write(lights, others, selected=True)
    assert note.read() == others
    note.write(lights, others)
    assert note.read() == {path: job for path, job in others.items() if path != gone}
