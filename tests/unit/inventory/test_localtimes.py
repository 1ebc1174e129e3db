"""Times by the clock of a camera, which knows no zone."""

import pytest

from plateworks.inventory.localtimes import with_times_in_utc
from plateworks.metadata.frame import Frame
from plateworks.settings.site import Site

#: Half past eleven in the evening of 14 July 2023.
EVENING = 60139 + 23.5 / 24


def frame(**facts):
    return Frame("a.nef", 8, 8, 16, **{"mjd": EVENING, "local_time": True} | facts)


@pytest.mark.parametrize(
    ("site", "facts", "hours", "words"),
    [
        (Site(timezone="America/La_Paz", longitude=9.0), {}, -4, "America/La_Paz (site.timezone)"),
        (Site(timezone="Europe/Oslo"), {}, 2, "Europe/Oslo"),
        (Site(longitude=-70.4), {"site_lon": 15.0}, -5, "by the longitude; set site.timezone"),
        (Site(), {"site_lon": 174.8}, 12, "UTC+12 h"),
        (Site(), {}, 0, "for UTC; set site.timezone"),
    ],
)
def test_the_zone_is_that_of_the_settings_else_by_the_longitude(site, facts, hours, words):
    [told], times = with_times_in_utc([frame(**facts)], site)
    assert told.mjd == pytest.approx(EVENING - hours / 24, abs=1e-9)
    assert times == {"a.nef": told.mjd}
    assert words in told.notes[-1]


def test_summer_time_ends_where_the_zone_ends_it():
    winter = EVENING + 180
    [told], _ = with_times_in_utc([frame(mjd=winter)], Site(timezone="Europe/Oslo"))
    assert told.mjd == pytest.approx(winter - 1 / 24, abs=1e-9)


@pytest.mark.parametrize(("day", "hours"), [(60029, 1), (60246, 3), (60247, 2)])
def test_an_hour_that_is_shown_twice_or_never_is_told(day, hours):
    shown = day + (2.5 if hours == 1 else 3.5) / 24  # in Europe/Athens and Europe/Oslo
    site = Site(timezone="Europe/Oslo" if hours == 1 else "Europe/Athens")
    [told], _ = with_times_in_utc([frame(mjd=shown)], site)
    assert told.mjd == pytest.approx(shown - hours / 24, abs=1e-9)
    assert ("an hour off" in told.notes[-1]) == (day != 60247)


def test_a_time_in_utc_stays():
    told, times = with_times_in_utc(
        [frame(local_time=None), frame(mjd=None)], Site(timezone="Asia/Tokyo")
    )
    assert told == [frame(local_time=None), frame(mjd=None)]
    assert not times
