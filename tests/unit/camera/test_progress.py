"""What a capture says while it runs."""

from plateworks.camera.progress import CoolingReport, Progress
from unit.camera.test_manifest import DARK


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def said(capsys):
    return capsys.readouterr().err.splitlines()


def test_the_time_left_follows_the_pace_so_far(capsys):
    clock = Clock()
    progress = Progress("dark of 60 s", 40, clock)
    clock.now = 65.0
    progress.frame(DARK, 22)
    clock.now = 130.0
    progress.frame(DARK, 21)
    progress.frame(DARK, 0)
    assert said(capsys) == [
        "dark of 60 s: 18 of 40, 60 s, median 505 ADU, -10.0 °C, about 24 min left",
        "dark of 60 s: 19 of 40, 60 s, median 505 ADU, -10.0 °C, about 23 min left",
        "dark of 60 s: 40 of 40, 60 s, median 505 ADU, -10.0 °C, complete",
    ]


def test_hours_and_seconds_are_told_as_such(capsys):
    clock = Clock()
    progress = Progress("dark", 40, clock)
    clock.now = 300.0
    progress.frame(DARK._replace(temperature_degC=None), 39)
    clock.now = 20.0
    progress.frame(DARK, 1)
    first, second = said(capsys)
    assert first.endswith("median 505 ADU, about 3.2 h left")
    assert second.endswith("about 10 s left")


def test_cooling_is_reported_now_and_then(capsys):
    clock = Clock()
    report = CoolingReport(clock, every=15.0)
    for clock.now in range(40):
        report.reading(20.0 - clock.now, 10.0, -10.0)
    assert said(capsys) == [
        "cooling: 20.0 °C, set to 10.0, on the way to -10",
        "cooling: 5.0 °C, set to 10.0, on the way to -10",
        "cooling: -10.0 °C, set to 10.0, on the way to -10",
    ]
