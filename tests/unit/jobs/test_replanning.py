"""The plan that holds now."""

import os

from plateworks.jobs.replanning import CurrentJobs


class Plans:
    """Counts how often it is asked for a new plan."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return f"plan {self.made}"


def test_the_plan_of_the_beginning_holds_while_nothing_is_captured(tmp_path):
    plans = Plans()
    current = CurrentJobs("begun", str(tmp_path / "frames.csv"), plans)
    assert (current(), current(), plans.made) == ("begun", "begun", 0)


def test_a_capture_is_planned_for_once(tmp_path):
    plans, table = Plans(), tmp_path / "frames.csv"
    current = CurrentJobs("begun", str(table), plans)
    table.write_text("a")
    assert (current(), current(), plans.made) == ("plan 1", "plan 1", 1)


def test_a_capture_that_was_complete_before_changes_nothing(tmp_path):
    table = tmp_path / "frames.csv"
    table.write_text("a")
    current = CurrentJobs("begun", str(table), Plans())
    assert current() == "begun"
    os.utime(table, ns=(0, 1))
    assert current() == "plan 1"
