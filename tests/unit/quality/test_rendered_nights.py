"""Verdicts on rendered frames: pixels through our own extraction, none of them solved."""

from plateworks.quality.judging import judge
from plateworks.quality.night import measure_night
from renderednights import render_night

FAULTS = {2: "cloud", 5: "focus", 8: "trailing", 11: "obstruction", 14: "cloud", 16: "trailing",
          18: "obstruction", 20: "wrong pointing", 22: "focus"}  # fmt: skip


def test_faults_in_pixels_are_named_and_moonlight_satellites_and_a_turned_camera_are_none():
    drawn = render_night(1, FAULTS)
    lights = judge(measure_night(drawn.lights))
    assert dict(enumerate(lights.cause)) == {n: FAULTS.get(n, "") for n in range(len(lights))}
