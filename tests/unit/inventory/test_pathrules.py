"""What paths say by rules: fields with set values, and those that named groups find."""

import unicodedata

import pytest

from frames import settings, write_frame
from plateworks.errors import ConfigError
from plateworks.inventory.localtimes import with_times_in_utc
from plateworks.inventory.pathrules import apply_path_rules
from plateworks.metadata.frame import Frame
from plateworks.planning.run import plan_run
from plateworks.settings.configuration import complete
from plateworks.settings.pathrules import FrameFields, PathRule
from plateworks.settings.site import Site

ALL = (
    r"(?P<kind>[A-Za-z]+)_(?P<object>.+)_(?P<exposure>[\dp.]+\w*)_bin(?P<binning>\dx\d)"
    r"_g(?P<gain>\d+)_(?P<set_temp>m?-?\d+)C_(?P<filter>\w+?)_"
)
#: Folders of a year, its months and their days.
PARTS = r"(?P<year>\d+)/(?P<month>\w+)/(?P<day>\d+)"


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
    [
        ("300", 300), ("300s", 300), ("2min", 120), ("500ms", 0.5), ("0p25s", 0.25),
        ("1,5 sec", 1.5), (".5s", 0.5), ("1m30s", 90), ("5m", 300),
    ],
)  # fmt: skip
def test_an_exposure_is_read_with_its_unit(text, seconds):
    assert ruled(f"d_{text}.fit", r"d_(?P<exposure>.+)\.fit").exposure == seconds


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("-10", -10), ("m10", -10), ("minus7.5C", -7.5), ("+4", 4), ("0°C", 0), ("neg10", -10),
        ("minus 7,5 degC", -7.5), ("\u221210ºC", -10), ("\u201310˚C", -10), ("n5C", -5),
    ],
)  # fmt: skip
def test_a_temperature_below_zero_is_written_in_many_ways(text, degrees):
    assert ruled(f"d_{text}_.fit", r"d_(?P<temp>.+?)_").temp == degrees


@pytest.mark.parametrize(
    ("text", "match", "word"),
    [
        ("d_-900C_.fit", r"d_(?P<temp>.+?)_", "temp '-900C'"),
        ("d_-3s_.fit", r"d_(?P<exposure>.+?)_", "exposure '-3s'"),
        ("d_0x0_.fit", r"d_(?P<binning>.+?)_", "binning '0x0'"),
        ("d_soon_.fit", r"d_(?P<gain>.+?)_", "gain 'soon'"),
        ("d_10mm_.fit", r"d_(?P<temp>.+?)_", "temp '10mm'"),
        ("d_2025-03-05_13-05 PM_.fit", r"d_(?P<date>.+M)_", "no date with a time"),
        ("d_2025-03-05_2105-0312_.fit", r"d_(?P<date>.+)_", "no date with a time"),
        ("d_2025_21-05_.fit", r"d_(?P<year>\d+)_(?P<time>.+)_", "no date with a time"),
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
        ("L_20230225062848_.fit", r"_(?P<date>\d{14})_"),
        ("L_25.2.2023_06-28-48-000_.fit", r"_(?P<date>[\d.]+)_(?P<time>.+)_"),
        ("L_25-Feb-2023_062848_.fit", r"_(?P<date>\d+-\w+-\d+)_(?P<time>.+)_"),
        ("L_2023feb25_06-28-48_.fit", r"_(?P<date>\d+[a-z]+\d+)_(?P<time>.+)_"),
        ("2023/02/25/L_6-28-48 a. m..fit", f"{PARTS}/L_(?P<time>.+)\\.fit"),
        ("23/Feb/25/L_6-28-48\u202fAM.fit", f"{PARTS}/L_(?P<time>.+)\\.fit"),
        (
            "25-February-2023_062848.fit",
            r"(?P<day>\d+)-(?P<month>\w+)-(?P<year>\d+)_(?P<time>\d+)",
        ),
    ],
)
def test_date_and_time_stand_in_names(text, match):
    assert ruled(text, match).mjd == pytest.approx(60000.27)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("12:05 AM", 0), ("12:05 PM", 12), ("12 am", -5 / 60), ("11.05 p.m.", 23),
        ("14:05Z", 14), ("14-05-00 UTC", 14), ("14:05+02:00", 12), ("14-05-00-03:30", 17.5),
    ],
)  # fmt: skip
def test_noon_midnight_and_zones_in_names(text, hours):
    found = ruled(f"a_2023-02-25_{text}_.fit", r"_(?P<date>[\d-]+)_(?P<time>.+)_")
    assert found.mjd == pytest.approx(60000 + (hours + 5 / 60) / 24)
    assert found.local_time is (False if text[-1] not in "mM." else None)


def test_a_zone_in_a_name_wins_over_that_of_the_clock():
    rule = PathRule(match="(?P<date>2023.+)_", set=FrameFields(clock_zone="America/Denver"))
    frame = Frame("/raw/2023-02-25T06-28-48Z_.fit", 9, 9, 16)
    [found], _ = apply_path_rules([frame], [rule], ["/raw"])
    [told], times = with_times_in_utc([found], Site())
    assert told.mjd == pytest.approx(60000.27) and not times


def test_letters_of_disks_of_macs_are_those_of_the_rule():
    apart = unicodedata.normalize("NFD", "Grün/a.fit")
    assert ruled(apart, "(?P<filter>Grün)/").filter == "Grün"
    rule = PathRule(match="grün/**", set=FrameFields(filter="G"))
    [found], _ = apply_path_rules([Frame(f"/raw/{apart}", 9, 9, 16)], [rule], ["/raw"])
    assert found.filter == "G"


@pytest.mark.parametrize("text", ["Europe/Berlin", "Europe-Berlin", "Europe_Berlin"])
def test_a_zone_stands_in_a_name_without_its_slash(text):
    assert ruled(f"d_{text}_.fit", r"d_(?P<clock_zone>.+)_").clock_zone == "Europe/Berlin"


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
