"""The page of a night: it answers what people ask, alone, and safely."""

import json
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from browser import Page, asks_for
from nightfacts import light, night, poor_night
from plateworks.csvtable import write_table
from plateworks.orders.nights import CalibrationRow, NightOrder, SetAside, Slot
from plateworks.report.gaps import Gap
from plateworks.report.night.course import course, ticks
from plateworks.report.night.gather import gather_night
from plateworks.report.night.headline import MOST_TO_DO, filters, headline, tasks
from plateworks.report.night.heavens import bright_spans
from plateworks.report.night.page import numbers_of, render

HOSTILE = "</style><script>document.title='x'</script>\"><img src=x onerror=alert(1)>{{ 7 * 6 }}"


def shown(facts) -> str:
    return Page(render(facts)).shown()


def test_the_first_sentence_says_what_the_night_is_worth():
    assert headline(poor_night()) == (
        "10 of 14 lights are usable, 0.3 hours: 2 flagged (1 cloud, 1 focus), 2 refused."
    )
    assert headline(night(light(0), light(1))) == "2 of 2 lights are usable, 0.1 hours."
    assert headline(night()) == "No light of this night takes part."


def test_what_is_to_be_done_begins_with_refused_lights_and_names_a_remedy_each():
    said = tasks(poor_night())
    assert said[0].what == "2 lights refused: no master flat matches"
    assert said[1].remedy == "shoot 20 × flat in L, gain 100"
    assert any("1 light: cloud (light_0003)" in task.what for task in said)
    assert any("1 light without plate solution: no match" in task.what for task in said)
    assert any("1 light of a poor plate solution (light_0009)" in task.what for task in said)
    assert all(task.remedy for task in said)


def test_of_much_to_do_the_first_five_are_named_and_the_others_counted():
    said = tasks(poor_night())
    assert len(said) > MOST_TO_DO
    assert f"And {len(said) - MOST_TO_DO} more" in shown(poor_night())


def test_figures_of_the_sensor_have_as_many_digits_as_their_errors_let_count():
    good = night(light(0))
    uncertain = replace(good.sensors[0], gain=0.24961, gain_error=0.0042, read_noise_error=None)
    text = shown(replace(good, sensors=(uncertain,)))
    assert "0.250 ± 0.004" in text and "1.5 ±" not in text


def test_files_that_take_no_part_are_counted_as_what_they_are():
    said = SetAside(reason="is shorter than its header promises", files=("dark_3.fits",))
    text = shown(replace(night(light(0)), aside=(said,)))
    assert "1 file: is shorter than its header promises" in text


def test_a_gain_that_headers_tell_otherwise_is_to_be_looked_at():
    good = night(light(0))
    apart = replace(good, sensors=(replace(good.sensors[0], gain_header=0.3),))
    assert not tasks(good)
    assert "gain of ZWO ASI2600MM Pro: 0.25 measured, 0.3 in headers" in tasks(apart)[0].what


def test_a_light_that_could_not_be_measured_is_not_usable():
    blind = light(1, verdict="not judged", numbers={"sources": None})
    assert headline(night(light(0), blind)).startswith("1 of 2 lights is usable")
    assert "1 not measured" in headline(night(light(0), blind))


def test_hours_of_each_filter_are_those_of_usable_lights():
    bad = light(2, verdict="flagged", cause="cloud")
    [luminance, red] = filters(night(light(0), light(1), bad, light(3, filter="R")))
    assert (luminance.usable, luminance.lights) == (2, 3)
    assert luminance.hours == pytest.approx(240 / 3600)
    assert (red.filter, red.usable) == ("R", 1)


def test_what_serves_from_another_night_or_is_missing_is_told_in_words_and_by_a_sign():
    text = shown(poor_night())
    assert "◐ 6 days older, good" in text
    assert "● of this night" in text
    assert "✕ missing" in text
    assert "left out: dark_07.fits, a lamp was on" in text


def test_the_night_in_time_has_a_point_for_each_light_and_names_what_is_wrong():
    facts = poor_night()
    drawn = course(facts)
    assert {len(chart.points) for chart in drawn.charts} == {12}
    assert [chart.name for chart in drawn.charts][:2] == ["FWHM, ″", "ellipticity"]
    [clear, cloudy] = [drawn.charts[3].points[i] for i in (2, 3)]
    assert cloudy.y > clear.y  # less comes through
    assert cloudy.text.endswith("cloud: 41% of the light comes through, limit 90%")


def test_masters_of_one_name_are_each_shown_as_they_look(tmp_path):
    [master] = poor_night().masters
    masters = []
    for setup, level in (("one", 0.0), ("other", 1000.0)):
        (tmp_path / setup).mkdir()
        path = str(tmp_path / setup / "dark.fits")
        ramp = np.linspace(level, level + 100, 64, dtype=np.float32).reshape(8, 8)
        fits.writeto(path, ramp)
        masters.append(replace(master, path=path))
    source = render(replace(poor_night(), masters=tuple(masters)))
    alts = [attributes["alt"] for tag, attributes in Page(source).elements if tag == "img"]
    assert len(set(alts)) == 2


def test_a_dark_that_serves_flats_too_is_called_a_dark(tmp_path):
    path, tables = tmp_path / "dark.fits", [tmp_path / "verdicts.csv", tmp_path / "missing.csv"]
    fits.writeto(path, np.ones((8, 8), np.float32))
    for table, columns in zip(tables, (["frame"], Gap._fields), strict=True):
        write_table(table, columns, [])
    slots = [
        Slot(kind=kind, filling="own", master=str(path), why="") for kind in ("darkflat", "dark")
    ]
    row = CalibrationRow(
        setup="camera", filter="L", exposure=30.0, lights=1, refused="", slots=tuple(slots)
    )
    order = NightOrder(session="20250815", rows=(row,), refused=(), aside=(), settings={})
    [master] = gather_night(order, *map(str, tables), []).masters
    assert master.kind == "dark"


def test_a_master_in_doubt_says_so_beside_its_picture():
    [master] = poor_night().masters
    said = "found doubtful on 2025-08-16 by plateworks: noisier"
    doubtful = replace(poor_night(), masters=(replace(master, verdict=said),))
    assert f"it was {said}" in shown(doubtful)
    assert "found doubtful" not in shown(poor_night())


def test_without_seconds_of_arc_widths_are_in_pixels():
    bare = [light(i, numbers={"fwhm_arcsec": None, "sky_mag": None}) for i in range(3)]
    names = [chart.name for chart in course(night(*bare)).charts]
    assert "FWHM, px" in names
    assert "sky, ADU" in names


def test_a_single_light_makes_no_course():
    assert course(night(light(0))) is None
    assert "The night in time" not in shown(night(light(0)))


def test_without_a_place_the_page_says_why_it_shows_no_twilight():
    text = shown(replace(poor_night(), place=None))
    assert "no place is known (site.latitude, site.longitude)" in text


def test_day_ends_with_sunset_and_the_moon_counts_only_in_the_night():
    # Greenwich, 15 August 2025: the Sun sets at 20:24 summer time, and a waning Moon rises later.
    spans = bright_spans(60902.75, 60903.0, (51.48, 0.0))
    assert [span.sky for span in spans] == ["day", "twilight", "moon"]
    assert spans[0].end == pytest.approx(60902 + (19 + 24 / 60) / 24, abs=6 / 1440)
    assert spans[0].end == pytest.approx(spans[1].begin)
    assert spans[2].end == 60903.0


def test_nights_to_come_have_a_twilight_too():
    # Thirty years later, where no table of the Earth's turning reaches.
    spans = bright_spans(71859.75, 71860.0, (51.48, 0.0))
    assert [span.sky for span in spans][:2] == ["day", "twilight"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 1.0, [0.0, 0.5, 1.0]), (19.8, 20.9, [20.0, 20.5]), (-3.0, 3.0, [-2.0, 0.0, 2.0])],
)
def test_marks_of_an_axis_are_round_numbers(low, high, expected):
    assert ticks(low, high) == expected


def test_header_text_is_shown_as_text():
    facts = night(
        *(light(i, filter=HOSTILE, cause=HOSTILE, why=HOSTILE, verdict="flagged") for i in (0, 1)),
    )
    page = Page(render(facts))
    assert not page.tags() & {"script", "img"}
    assert not page.attributes() & {"onerror"}
    assert "{{ 7 * 6 }}" in page.text


def test_the_page_asks_for_nothing_and_is_the_same_for_the_same_night():
    source = render(poor_night())
    assert source == render(poor_night())
    assert asks_for(source) == []
    assert "script" not in Page(source).tags()


def test_the_numbers_are_those_of_the_page():
    numbers = json.loads(json.dumps(numbers_of(poor_night())))
    assert numbers["headline"] == headline(poor_night())
    assert len(numbers["lights"]) == 12
    assert numbers["lights"][3]["cause"] == "cloud"
    assert numbers["to_do"][1]["remedy"] == "shoot 20 × flat in L, gain 100"


def test_five_hundred_lights_make_a_small_page():
    assert len(render(night(*map(light, range(500)))).encode()) < 2_000_000
