"""Airmass, beside astropy's altitudes."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers

from plateworks.metadata.frame import Frame
from plateworks.sky.airmass import airmass_in_middle, airmass_of, placed


@pytest.mark.parametrize("seed", range(8))
def test_it_is_that_of_astropys_altitude(seed):
    rng = np.random.default_rng(seed)
    latitude, longitude = rng.uniform(-60, 60), rng.uniform(-180, 180)
    mjd = rng.uniform(51_000, 61_500)
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        site = EarthLocation(lat=latitude * u.deg, lon=longitude * u.deg)
        frame = AltAz(obstime=Time(mjd, format="mjd", scale="utc"), location=site)
        there = AltAz(alt=rng.uniform(20, 85) * u.deg, az=rng.uniform(0, 360) * u.deg,
                      obstime=frame.obstime, location=site)  # fmt: skip
        star = SkyCoord(there).icrs
    expected = 1 / np.sin(there.alt.rad)
    found = airmass_of(star.ra.deg, star.dec.deg, latitude, longitude, mjd)
    assert found == pytest.approx(expected, rel=0.01)


def test_below_the_horizon_there_is_none():
    assert airmass_of(0.0, -80.0, 50.0, 10.0, 60_000.0) is None


def test_at_the_pole_it_is_that_of_the_latitude():
    for ra in (0.0, 111.0):
        assert airmass_of(ra, 90.0, 30.0, 5.0, 60_000.0) == pytest.approx(2.0, rel=0.01)


def test_a_frame_that_names_no_place_stands_in_that_of_the_settings():
    frame = Frame("a.fits", 10, 10, 16, mjd=60_000.0, exposure=60.0)
    assert airmass_in_middle(placed(frame, None), 10.0, 89.9) is None
    found = airmass_in_middle(placed(frame, (30.0, 5.0)), 10.0, 89.9)
    assert found == pytest.approx(2.0, rel=0.02)


def test_a_place_in_the_header_comes_before_that_of_the_settings():
    frame = Frame("a.fits", 10, 10, 16, mjd=60_000.0, site_lat=90.0, site_lon=0.0)
    assert placed(frame, (30.0, 5.0)) == frame
    half = Frame("a.fits", 10, 10, 16, site_lat=90.0)
    assert placed(half, (30.0, 5.0)).site_lat == 30.0  # half a place is none
