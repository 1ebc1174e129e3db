"""What calibration bought: measured in the same way before and after, and told honestly."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from plateworks.demo.__main__ import main
from plateworks.demo.compare import measure, read_astrometry, relative_gradient
from plateworks.demo.frames import DrawnObservatory, write_frame
from plateworks.demo.night import L, Night, list_exposures
from plateworks.demo.picture import DETAIL, GAP, WIDTH, stretch
from plateworks.demo.scene import Psf, draw_sky, draw_stars, make_wcs
from plateworks.demo.sensor import Sensor
from plateworks.demo.truth import LightTruth, write_truth
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image

SHAPE = (256, 320)
NOISE = 10.0


@pytest.fixture
def truth():
    rng = np.random.default_rng(11)
    x, y = np.meshgrid(np.arange(20.3, 310, 40), np.arange(20.6, 250, 40))
    x, y = x.ravel(), y.ravel()
    sky = draw_sky(SHAPE, 500.0, (0.2, 0.0))
    image = sky + draw_stars(SHAPE, x, y, rng.uniform(2000, 20000, x.size), Psf())
    stars = np.rec.fromarrays([x, y], names="x,y")
    return LightTruth(image, make_wcs(322.95, 48.43, 5.7, 1.0, SHAPE), stars, stars[:0])


@pytest.fixture
def noisy(truth):
    noise = np.random.default_rng(12).normal(0, NOISE, SHAPE)
    return (truth.image + noise).astype(np.float32)


def test_a_clean_frame_shows_its_stars_and_nothing_else(truth, noisy):
    figures = measure(noisy, truth)
    assert figures.detections == figures.sources == figures.stars_found == len(truth.stars)
    assert figures.false_detections == figures.false_sources == 0
    assert figures.noise == pytest.approx(NOISE, rel=0.05)  # stars' halos widen it
    assert figures.sky == pytest.approx(500, rel=0.01)


def test_hot_pixels_are_false_detections_and_not_sources(truth, noisy):
    noisy[40:240:40, 40:300:40] += 3000  # in the middle between four stars
    count = noisy[40:240:40, 40:300:40].size
    figures = measure(noisy, truth)
    assert figures.false_detections == count
    assert figures.detections == count + len(truth.stars)
    assert figures.false_sources == 0


def test_the_gradient_is_that_of_the_sky_and_grows_by_the_bias_removed(truth, noisy):
    gradient = measure(noisy, truth).gradient
    assert gradient == pytest.approx(0.98 * 20, rel=0.05)
    assert measure(noisy - 250, truth).gradient == pytest.approx(2 * gradient, rel=0.03)


def test_an_even_background_has_no_gradient():
    assert relative_gradient(np.full(SHAPE, 7.0)) == 0


def test_pixels_without_value_are_not_measured(truth, noisy):
    noisy[100:110, 100:110] = np.nan
    figures = measure(noisy, truth)
    assert figures.false_detections == 0
    assert figures.noise == pytest.approx(NOISE, rel=0.05)  # stars' halos widen it


def solved_header(wcs):
    header = wcs.to_header()
    header.update({"PLTSOLVD": True, "NMATCH": 12, "ASTRRMS": 0.4})
    return header


def test_the_error_of_a_solution_is_its_distance_from_the_true_wcs(truth):
    shifted = make_wcs(322.95, 48.43 + 1.5 / 3600, 5.7, 1.0, SHAPE)
    assert read_astrometry(solved_header(truth.wcs), truth).error == pytest.approx(0, abs=1e-6)
    found = read_astrometry(solved_header(shifted), truth)
    assert (found.matches, found.residual) == (12, 0.4)
    assert found.error == pytest.approx(1.5, rel=1e-3)


def test_an_unsolved_frame_has_no_astrometry(truth):
    assert read_astrometry(fits.Header({"PLTSOLVD": False}), truth) is None
    assert read_astrometry(fits.Header(), truth) is None


def test_the_stretch_is_the_same_whatever_the_level_and_the_scale(noisy):
    np.testing.assert_allclose(stretch(noisy), stretch(3 * noisy - 700), atol=1e-3)


def test_the_stretch_keeps_the_order_of_values(noisy):
    order = np.argsort(noisy, axis=None)
    shades = stretch(noisy).ravel()[order]
    assert (np.diff(shades) >= 0).all()
    assert (shades[0], shades[-1]) == (0, 1)


@pytest.fixture(scope="module")
def solved_night(tmp_path_factory):
    """One light of 600 x 400 pixels and, as its product, the light calibrated with the truth."""
    folder = tmp_path_factory.mktemp("night")
    night = Night(
        sensor=Sensor(width=600, height=400),
        bands=(replace(L, lights=1),),
        biases=0, darks=0, flats=0, darkflats=0, truncated=0,
    )  # fmt: skip
    observatory = DrawnObservatory(night)
    (light,) = list_exposures(night)
    raw = write_frame(observatory, light, folder / "raw")
    write_truth(observatory, [light], folder / "truth")

    maps = observatory.maps
    dark = maps.dark_rate * night.sensor.warmth(light.sensor_temp) * light.seconds
    data = fits.getdata(raw) - maps.bias - dark / night.sensor.egain
    data /= observatory.flat(light.band)
    x, y = np.concatenate([maps.hot, maps.dead]).T
    data[y, x] = np.median(data)
    header = solved_header(observatory.scene(light).wcs)
    product = folder / "results" / "solved" / "2025-08-15" / raw.name
    write_image(product, Image(data.astype(np.float32), header))
    return folder


def test_the_command_tells_what_calibration_bought_and_draws_it(solved_night, capsys):
    from PIL import Image

    picture = solved_night / "report" / "pair.png"
    results = solved_night / "results"
    assert main(["compare", str(solved_night), str(results), "--png", str(picture)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    false = next(row[3:] for row in rows if row[:3] == ["of", "which", "false"])
    assert int(false[0]) > 10 * int(false[1])
    raw_error, error = next(row[-2:] for row in rows if row[:2] == ["error", "against"])
    assert float(raw_error) < 0.3
    assert float(error) == 0

    with Image.open(picture) as image:
        assert image.width == 2 * WIDTH + 3 * GAP
        assert image.height > 400 / 600 * WIDTH + DETAIL
        left, right = (
            np.asarray(image.convert("L").crop((x, 92, x + WIDTH, 92 + 480)))
            for x in (GAP, 2 * GAP + WIDTH)
        )
    assert (left != right).mean() > 0.5
    assert left.max() == right.max() == 255


def test_without_products_the_command_says_what_to_do(solved_night, tmp_path, capsys):
    assert main(["compare", str(solved_night), str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "holds no light of the night" in said
    assert "run snakemake" in said
