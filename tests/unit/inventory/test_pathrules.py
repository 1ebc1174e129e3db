"""What paths say by rules: fields with set values, and those that named groups find."""

import pytest

from frames import settings, write_frame
from plateworks.errors import ConfigError
from plateworks.inventory.pathrules import apply_path_rules
from plateworks.metadata.frame import Frame
from plateworks.planning.run import plan_run
from plateworks.settings.configuration import complete
from plateworks.settings.pathrules import FrameFields, PathRule

ALL = (
    r"(?P<kind>[A-Za-z]+)_(?P<object>.+)_(?P<exposure>[\dp.]+\w*)_bin(?P<binning>\dx\d)"
    r"_g(?P<gain>\d+)_(?P<set_temp>m?-?\d+)C_(?P<filter>\w+?)_"
)


def ruled(path: str, match: str, *, force: bool = False, **known: object) -> Frame:
    rule = PathRule(match=match, force=force)
    [found], _ = apply_path_rules([Frame(f"/raw/{path}", 9, 9, 16, **known)], [rule], ["/raw"])
    return found


def test_a_name_tells_all_that_stands_in_it():
    found = ruled("a/Flats_NGC 7000_0p5s_bin2x2_g100_m15C_Ha_0001.fits", ALL)
    assert (found.kind, found.object, found.exposure) == ("flat", "NGC 7000", 0.5)
    assert (found.xbin, found.ybin, found.gain, found.set_temp) == (2, 2, 100, -15)
    assert (found.filter, found.notes) == ("Ha", ())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300", 300), ("300s", 300), ("2min", 120), ("500ms", 0.5), ("0p25s", 0.25), ("1,5 sec", 1.5)],
)
def test_an_exposure_is_read_with_its_unit(text, seconds):
    assert ruled(f"d_{text}.fit", r"d_(?P<exposure>.+)\.fit").exposure == seconds


@pytest.mark.parametrize(
    ("text", "degrees"), [("-10", -10), ("m10", -10), ("minus7.5C", -7.5), ("+4", 4), ("0°C", 0)]
)
def test_a_temperature_below_zero_is_written_in_many_ways(text, degrees):
    assert ruled(f"d_{text}_.fit", r"d_(?P<temp>.+?)_").temp == degrees


@pytest.mark.parametrize(
    ("text", "match", "word"),
    [
        ("d_-900C_.fit", r"d_(?P<temp>.+?)_", "temp '-900C'"),
        ("d_-3s_.fit", r"d_(?P<exposure>.+?)_", "exposure '-3s'"),
        ("d_0x0_.fit", r"d_(?P<binning>.+?)_", "binning '0x0'"),
        ("d_soon_.fit", r"d_(?P<gain>.+?)_", "gain 'soon'"),
        ("d_RGBG_.fit", r"d_(?P<bayer>.+?)_", "bayer 'RGBG'"),
        ("d_2025-02-30T10-00-00_.fit", r"d_(?P<date>.+?)_", "no date with a time"),
        ("d_20250301_.fit", r"d_(?P<date>.+?)_", "no date with a time"),
        ("d_portrait_.fit", r"d_(?P<kind>.+?)_", "kind 'portrait'"),
        (
            "d_Hill_.fit",
            r"d_(?P<clock_zone>.+?)_",
            "clock_zone 'Hill' in its path cannot be (a zone",
        ),
    ],
)
def test_what_cannot_be_is_said_and_not_set(text, match, word):
    found = ruled(text, match)
    [note] = found.notes
    assert word in note
    assert found == Frame(f"/raw/{text}", 9, 9, 16, notes=(note,))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("L_2023-02-25T06-28-48_.fit", r"(?P<date>\d{4}-\S+?)_"),
        ("L_20230225_062848_.fit", r"(?P<date>\d{8})_(?P<time>\d{6})"),
        ("2023-02-25/L 6.28.48 AM.fit", r"(?P<date>\d{4}-\d\d-\d\d)/L (?P<time>.+)\.fit"),
        ("2023.02.25/L_06h28m48s.fit", r"(?P<date>[\d.]+)/L_(?P<time>.+)\.fit"),
    ],
)
def test_date_and_time_stand_in_names(text, match):
    assert ruled(text, match).mjd == pytest.approx(60000.27)


def test_bias_and_dark_may_be_taken_out_beside_an_overscan():
    found = ruled("d_OBD_.fit", r"d_(?P<done>.+?)_")
    assert (found.done, found.done_by, found.bias_inside) == ("OBD", "path_rules", False)


def test_the_header_wins_unless_the_rule_is_forced():
    name, match = "dark_300s.fit", r"dark_(?P<exposure>\d+)s"
    assert ruled(name, match, exposure=60.0).exposure == 60.0
    forced = ruled(name, match, force=True, exposure=60.0)
    assert forced.exposure == 300 and "the header says 60.0" in forced.notes[0]


def test_a_group_goes_before_what_is_set_and_one_that_found_nothing_after():
    rule = PathRule(match=r"(?P<filter>Ha|OIII)?\d\.fit", set=FrameFields(filter="L", gain=7))
    frames = [Frame(f"/raw/{name}", 9, 9, 16) for name in ("Ha1.fit", "x_2.fit", "none.fit")]
    found, facts = apply_path_rules(frames, [rule], ["/raw"])
    assert [one.filter for one in found] == ["Ha", "L", None]
    assert facts["/raw/Ha1.fit"] == {"filter": "Ha", "gain": 7}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"match": "(?P<exposur>\\d+)s"}, ["no group can be named exposur", "exposure?"]),
        ({"match": "(?P<exposure>\\d+s"}, ["path_rules.0.match", "no regular expression"]),
        ({"match": "*.fits"}, ["path_rules.0 has no set", "named groups"]),
        ({"match": "*", "set": {"clock_zone": "Europe/Hill"}}, ["clock_zone", "IANA"]),
    ],
)
def test_a_rule_that_cannot_be_is_refused_before_the_run(rule, words):
    with pytest.raises(ConfigError) as told:
        complete({"raw": "raw", "path_rules": [rule]})
    assert all(word in str(told.value) for word in words)


@pytest.mark.parametrize(
    ("rule", "site", "utc"),
    [
        ({"local_time": True}, {"timezone": "America/Denver"}, 60000.27 + 7 / 24),
        ({"clock_zone": "Europe/Madrid"}, {"timezone": "America/Denver"}, 60000.27 - 1 / 24),
        ({"local_time": True}, {"longitude": 30.0}, 60000.27 - 2 / 24),
        ({"local_time": False}, {"timezone": "America/Denver"}, 60000.27),
    ],
)
def test_times_of_a_clock_of_the_place_are_counted_in_utc_by_a_rule(tmp_path, rule, site, utc):
    raw = tmp_path / "raw"
    write_frame(raw / "old" / "a.fits", "LIGHT", date_obs="2023-02-25T06:28:48")
    given = settings(
        raw, calibrate={"require": []}, site=site, path_rules=[{"match": "old/**", "set": rule}]
    )
    [light] = plan_run(given, rescan=True).lights
    assert light.frame.mjd == pytest.approx(utc)


def test_a_rule_of_groups_that_fits_no_file_is_named(tmp_path):
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT")
    rules = [{"match": r"x(?P<gain>\d+)"}]
    plan = plan_run(settings(tmp_path / "raw", path_rules=rules), rescan=True)
    assert any("fits no file" in one for one in plan.unmet)
