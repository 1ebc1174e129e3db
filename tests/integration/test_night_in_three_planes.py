"""A night of three planes through the whole workflow: solved, handed over, proved, made again."""

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest
import yaml
from astropy.io import fits
from astropy.nddata import CCDData
from astropy.wcs import WCS

from night import Reduced, reduce
from plateworks.demo.__main__ import INDEX
from plateworks.demo.night import L, Night
from plateworks.demo.rawnight import write_night
from plateworks.demo.sensor import Sensor
from plateworks.demo.truth import read_light
from workflow import snakemake

SHARES = (0.5, 1.0, 0.7)
LIT = ("LIGHT", "FLAT")


def in_planes(path, bias):
    """Write a frame in three planes, as of a camera with a share of the light in each colour."""
    with fits.open(path) as hdus:
        pixels, header = hdus[0].data.astype(float), hdus[0].header.copy()
    shares = SHARES if header["IMAGETYP"].upper().startswith(LIT) else (1.0, 1.0, 1.0)
    rng = np.random.default_rng([len(path.name), int(pixels[0, 0])])
    planes = [bias + (pixels - bias) * share + rng.normal(0, 1, pixels.shape) for share in shares]
    for keyword in ("BZERO", "BSCALE"):
        header.remove(keyword, ignore_missing=True)
    whole = np.rint(np.stack(planes)).clip(0, 65535).astype(np.uint16)
    fits.writeto(path, whole, header, overwrite=True)


@pytest.fixture(scope="module")
def night(root, tmp_path_factory) -> Reduced:
    folder = tmp_path_factory.mktemp("planes")
    few = {"biases": 3, "darks": 3, "flats": 3, "darkflats": 0, "truncated": 0}
    write_night(Night(bands=(replace(L, lights=2),), **few), folder)
    for path in (folder / "raw").rglob("*.fits"):
        in_planes(path, Sensor().bias_level)
    (folder / "index").mkdir()
    shutil.copy(INDEX, folder / "index")
    told = yaml.safe_load((root / "config" / "presets" / "demo.yaml").read_text())
    told["calibrate"] |= {"uncertainty": True, "egain": Sensor().egain}
    return reduce(folder, **told, debayer="bilinear", export=["siril"])


def solved(night):
    return sorted(night.results.glob("solved/*/*.fits"))


def test_lights_are_solved_and_all_their_planes_have_the_coordinates(night):
    assert night.run.code == 0, night.run.text
    assert len(solved(night)) == 2
    for path in solved(night):
        header = fits.getheader(path)
        assert header["PLTSOLVD"] is True and header["NAXIS3"] == 3 == header["WCSAXES"]
        truth = read_light(night.folder / "truth" / "lights" / path.name)
        x, y = (np.asarray(truth.stars[key], float) for key in ("x", "y"))
        inside = (x > 100) & (x < 1100) & (y > 100) & (y < 700)
        ra, dec = WCS(header, naxis=2).all_pix2world(x[inside], y[inside], 0)
        apart = np.hypot(
            (ra - truth.stars["ra"][inside]) * np.cos(np.radians(dec)),
            dec - truth.stars["dec"][inside],
        )
        assert np.median(apart) * 3600 < 1.0


def test_astropy_reads_each_plane_with_its_errors(night):
    for path in solved(night):
        image = CCDData.read(path)
        assert image.shape == image.mask.shape == image.uncertainty.array.shape == (3, 800, 1200)
        levels = [np.nanmedian(plane) for plane in image.data]
        assert levels[0] / levels[1] == pytest.approx(0.5, abs=0.03)
        assert levels[2] / levels[1] == pytest.approx(0.7, abs=0.03)


def test_what_debayer_cannot_do_is_said_and_lights_are_handed_over_as_they_are(night):
    with open(night.one("debayered/*.csv"), newline="") as stream:
        whys = {row["why"] for row in csv.DictReader(stream)}
    assert whys == {"it was debayered before it was saved, and has its three planes already"}
    links = sorted(night.results.glob("export/siril/*/*/lights_*.fit"))
    assert links and all(fits.getheader(link)["NAXIS3"] == 3 for link in links)


def test_the_page_shows_lights_in_colour(night):
    assert "data:image/jpeg" in night.one("report/2*.html").read_text()


def test_nothing_is_left_to_do_and_all_is_proved(night):
    again = snakemake(night.folder, "-n", "--configfile", "settings.yaml")
    assert "Nothing to be done" in again.text
    proved = snakemake(night.folder, "verify", "--configfile", "settings.yaml")
    assert proved.code == 0, proved.text
    log = night.one("calibrated/*/*0000.fits")
    log.unlink()
    remade = snakemake(night.folder, "--configfile", "settings.yaml")
    assert remade.code == 0 and log.exists(), remade.text
