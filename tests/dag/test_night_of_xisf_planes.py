"""A night of XISF in three planes through the whole workflow: made, proved, and not made again."""

import numpy as np
import pytest
from astropy.io import fits

from inplanes import SHARES, as_xisf, in_planes
from inprocess import SKY, expose_night, sensor
from night import Reduced, reduce
from workflow import snakemake

HIGH, WIDE = 96, 128
PLAIN = sensor(HIGH, WIDE)
SETTINGS = {
    "raw": "raw",
    "calibrate": {"uncertainty": True, "egain": 1.0, "read_noise": 3.0},
    "cosmetic": {"max_fraction": 0.1},
}


def expose(folder, storage):
    expose_night(folder / "raw", PLAIN, in_planes(PLAIN))
    if storage is not None:
        as_xisf(folder / "raw", storage)
    return folder


@pytest.fixture(scope="module", params=["Planar", "Normal"])
def night(request, tmp_path_factory) -> Reduced:
    folder = expose(tmp_path_factory.mktemp(request.param), request.param)
    return reduce(folder, **SETTINGS)


def lights(night):
    return sorted(night.results.glob("calibrated/*/*.fits"))


def test_each_light_is_calibrated_plane_by_plane_and_its_night_has_a_page(night):
    assert night.run.code == 0, night.run.text
    assert [path.name for path in lights(night)] == ["light_0.fits", "light_1.fits"]
    for path in lights(night):
        with fits.open(path) as hdus:
            assert hdus[0].data.shape == hdus["UNCERT"].data.shape == (3, HIGH, WIDE)
            assert hdus[0].header["CALSTAT"] == "BDF"
            for plane, share in zip(hdus[0].data, SHARES, strict=True):
                wanted = share * SKY * np.median(PLAIN.flat)
                assert np.median(plane) == pytest.approx(wanted, rel=0.04)
    masters = sorted(path.name[:4] for path in night.results.glob("masters/*_rgb/*.fits"))
    assert masters == ["bias", "dark", "flat"]
    assert "data:image/jpeg" in night.one("report/2*.html").read_text()


def test_the_same_night_as_fits_comes_out_the_same(night, tmp_path):
    plain = reduce(expose(tmp_path, None), "calibrated", **SETTINGS)
    assert plain.run.code == 0, plain.run.text
    for one, other in zip(lights(night), lights(plain), strict=True):
        for name in (0, "MASK", "UNCERT"):
            np.testing.assert_array_equal(fits.getdata(one, name), fits.getdata(other, name))


def test_nothing_is_left_to_do_and_all_is_proved(night):
    words = "--configfile", "settings.yaml"
    assert "Nothing to be done" in snakemake(night.folder, "-n", *words).text
    proved = snakemake(night.folder, "verify", *words)
    assert proved.code == 0, proved.text


def test_a_light_that_is_deleted_is_made_again_by_the_masters_that_are_there(night):
    first, _ = lights(night)
    content = fits.getdata(first)
    first.unlink()
    again = snakemake(night.folder, "calibrated", "--configfile", "settings.yaml")
    assert again.code == 0, again.text
    np.testing.assert_array_equal(fits.getdata(first), content)
    assert again.stages["calibrate"] == 1
    assert not [rule for rule in again.jobs if rule.startswith("master")]
