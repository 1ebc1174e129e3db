"""Where the mount says it points."""

import pytest
from astropy.coordinates import FK5, SkyCoord
from astropy.time import Time

from observatory.faults import NOT_IMPLEMENTED, error, value
from plateworks.camera.mount import Mount
from plateworks.camera.rawframe import Surroundings

SAID = {
    "connected": True, "name": "Newton 8", "rightascension": 21.53, "declination": 48.43,
    "equatorialsystem": 2, "focallength": 0.8, "sitelatitude": 47.5, "sitelongitude": 11.25,
}  # fmt: skip


@pytest.fixture
def ask(server, limits, clock):
    """Fill surroundings from a mount that says what SAID does, but for the changes given."""

    def fill(around, **changes):
        for name, what in (SAID | changes).items():
            answer = error(NOT_IMPLEMENTED) if what is None else value(what)
            server.always(name, answer)
        with Mount.open(server.address, 0, limits, clock) as mount:
            return mount.fill(around)

    return fill


def test_the_mount_says_what_the_configuration_does_not(ask):
    known = Surroundings(focal_length=750.0, target="M 39")
    assert ask(known) == Surroundings(
        "Newton 8", 750.0, 47.5, 11.25, pytest.approx(322.95), 48.43, "M 39"
    )


def test_coordinates_of_date_become_those_of_the_catalogues(ask):
    around = ask(Surroundings(), equatorialsystem=1)
    now = FK5(equinox=Time.now())
    there = SkyCoord(21.53 * 15, 48.43, unit="deg", frame=now)
    assert there.separation(SkyCoord(around.ra, around.dec, unit="deg")).arcsec < 1
    assert abs(around.dec - 48.43) > 0.05  # two decades and more of precession


def test_a_mount_that_knows_little_leaves_the_rest_unknown(ask):
    little = dict.fromkeys(("focallength", "sitelatitude", "sitelongitude", "rightascension"))
    around = ask(Surroundings(), **little)
    assert (around.focal_length, around.latitude, around.longitude, around.ra) == (None,) * 4
    assert around.telescope == "Newton 8"
