"""Which frames belong together."""

from frames import settings, write_frame
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source
from plateworks.planning.plan import build_plan


def grouped(tmp_path, **changes):
    """Return the sets of the frames in tmp_path/raw, by name, with their numbers of frames."""
    complete = settings(tmp_path / "raw", tmp_path / "results", **changes)
    inventory = scan([Source(str(tmp_path / "raw"))], tmp_path / "scan.json")
    return {one.key.name: len(one.frames) for one in build_plan(inventory, complete).sets}


def test_darks_taken_over_noon_are_one_set_of_the_session_they_began_in(tmp_path):
    for hour in (10, 11, 12, 13):
        write_frame(
            tmp_path / "raw" / f"{hour}.fits", "DARK",
            exptime=60.0, date_obs=f"2025-08-10T{hour}:30:00",
        )  # fmt: skip
    assert grouped(tmp_path) == {"dark_60s_m10c_20250809": 4}
    assert grouped(tmp_path, grouping={"series_gap_h": 0.5}) == {
        "dark_60s_m10c_20250809": 2, "dark_60s_m10c_20250810": 2,
    }  # fmt: skip


def test_darks_of_two_nights_are_two_sets_unless_nights_do_not_count(tmp_path):
    for day in (10, 12):
        write_frame(
            tmp_path / "raw" / f"{day}.fits", "DARK",
            exptime=60.0, date_obs=f"2025-08-{day}T22:00:00",
        )  # fmt: skip
    assert len(grouped(tmp_path)) == 2
    assert grouped(tmp_path, grouping={"by_session": ["flat"]}) == {"dark_60s_m10c": 2}


def test_flats_over_noon_are_two_sets(tmp_path):
    for hour in (11, 13):
        write_frame(
            tmp_path / "raw" / f"{hour}.fits", "FLAT",
            exptime=2.0, filter="L", date_obs=f"2025-08-10T{hour}:30:00",
        )  # fmt: skip
    assert grouped(tmp_path) == {"flat_l_20250809": 1, "flat_l_20250810": 1}


def test_exposures_a_microsecond_apart_are_two_sets_and_flats_of_any_exposure_one(tmp_path):
    for i, seconds in enumerate((0.0001, 0.000101, 0.0004, 0.001, 0.0049, 2.5, 120.0)):
        write_frame(tmp_path / "raw" / f"d{i}.fits", "DARK", exptime=seconds)
        write_frame(tmp_path / "raw" / f"f{i}.fits", "FLAT", exptime=seconds, filter="L")
    sets = grouped(tmp_path)
    assert sets.pop("flat_l_20250815") == 7
    tokens = ("100us", "101us", "400us", "1ms", "4900us", "2500ms", "120s")
    assert set(sets) == {f"dark_{token}_m10c_20250815" for token in tokens}


def test_a_sensor_that_never_reached_its_set_point_is_grouped_by_its_temperature(tmp_path):
    write_frame(tmp_path / "raw" / "cold.fits", "DARK", exptime=60.0, set_temp=-40, ccd_temp=-39.5)
    write_frame(tmp_path / "raw" / "warm.fits", "DARK", exptime=60.0, set_temp=-40, ccd_temp=-7.9)
    write_frame(tmp_path / "raw" / "bare.fits", "DARK", exptime=60.0, set_temp=None, ccd_temp=21.2)
    write_frame(tmp_path / "raw" / "none.fits", "DARK", exptime=60.0, set_temp=None, ccd_temp=None)
    assert set(grouped(tmp_path)) == {
        "dark_60s_m40c_20250815", "dark_60s_m8c_20250815", "dark_60s_p21c_20250815",
        "dark_60s_20250815",
    }  # fmt: skip


def test_spellings_of_one_filter_make_one_set(tmp_path):
    for i, name in enumerate(("Ha", "HA", "H-alpha")):
        write_frame(tmp_path / "raw" / f"{i}.fits", "FLAT", exptime=2.0, filter=name)
    assert grouped(tmp_path) == {"flat_ha_20250815": 3}


def test_the_filter_of_a_dark_does_not_divide_darks(tmp_path):
    write_frame(tmp_path / "raw" / "a.fits", "DARK", exptime=60.0, filter="L")
    write_frame(tmp_path / "raw" / "b.fits", "DARK", exptime=60.0, filter="Ha")
    assert grouped(tmp_path) == {"dark_60s_m10c_20250815": 2}


def test_two_telescopes_with_the_same_camera_have_flats_of_their_own(tmp_path):
    write_frame(tmp_path / "raw" / "a.fits", "FLAT", exptime=2.0, filter="L", telescop="RC 8")
    write_frame(tmp_path / "raw" / "b.fits", "FLAT", exptime=2.0, filter="L", telescop="Tak")
    assert set(grouped(tmp_path)) == {"flat_l_rc-8_20250815", "flat_l_tak_20250815"}


def test_flats_of_different_temperatures_are_one_set_unless_temperature_counts(tmp_path):
    for degrees in (-10, 0):
        write_frame(
            tmp_path / "raw" / f"{degrees}.fits", "FLAT",
            exptime=2.0, filter="L", set_temp=degrees, ccd_temp=degrees,
        )  # fmt: skip
    assert grouped(tmp_path) == {"flat_l_20250815": 2}
    assert grouped(tmp_path, grouping={"flats_by_temperature": True}) == {
        "flat_l_m10c_20250815": 1, "flat_l_p0c_20250815": 1,
    }  # fmt: skip
