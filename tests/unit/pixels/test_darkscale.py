"""The factor of a dark, measured in lights whose factor is known."""

from typing import NamedTuple

import numpy as np
import pytest

from plateworks.pixels.cfa import MONO, MOSAIC, PLANES
from plateworks.pixels.darkscale import _less_cell_medians as less_cell_medians
from plateworks.pixels.darkscale import _weighted_median as weighted_median
from plateworks.pixels.darkscale import optimise
from plateworks.pixels.statistics import MEDIAN_ERROR

SATURATION = 60000
READ_NOISE = 5.0


class Scene(NamedTuple):
    """Raw light and masters, ADU; one electron is one ADU."""

    raw: np.ndarray
    bias: np.ndarray
    dark: np.ndarray
    dark_noise: float
    bias_noise: float

    def scale(self, **options):
        noise = {"dark_noise": self.dark_noise, "bias_noise": self.bias_noise}
        return optimise(
            self.raw - self.bias, self.dark, usable=self.raw < SATURATION, **(noise | options)
        )


def scene(
    seed,
    k,
    sky=50.0,
    hot=0,
    *,
    shape=(1024, 1024),
    spread=5.0,
    darks=None,
    biases=None,
    stars=0.0003,
    integer=True,
    tint=None,
):
    """Draw a light under a vignetted sky; `hot` pixels of 3000 ADU are in each 256 x 256.

    The masters are without noise, or have that of the mean of so many frames.
    """
    rng = np.random.default_rng(seed)
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    bias = rng.normal(500, 3, shape)
    dark = rng.normal(30, spread, shape)
    dark.flat[rng.choice(dark.size, hot * dark.size // 256**2, replace=False)] = 3000
    light = sky * (1 - 0.15 * (y[:, None] ** 2 + x**2)) * (1 + 0.1 * x)
    light = light * rng.normal(1, 0.005, shape)
    if tint is not None:
        light *= np.tile(tint, (shape[0] // 2, shape[1] // 2))
    put_stars(light, rng, int(stars * dark.size))
    raw = bias + rng.poisson(light + k * np.maximum(dark, 0)) + rng.normal(0, READ_NOISE, shape)
    raw = np.clip(raw, 0, 65535)
    raw = np.rint(raw).astype(np.uint16) if integer else raw.astype(np.float32)
    dark_noise = np.sqrt((READ_NOISE**2 + np.maximum(dark, 0)) / darks) if darks else 0 * dark
    bias_noise = READ_NOISE / biases**0.5 if biases else 0.0
    master_bias = bias + bias_noise * rng.standard_normal(shape)
    master_dark = bias + dark + dark_noise * rng.standard_normal(shape)
    return Scene(
        raw, master_bias, master_dark - master_bias, float(np.median(dark_noise)), bias_noise
    )


def put_stars(image, rng, n):
    """Add stars 2 pixels wide, from faint ones to those far beyond saturation."""
    steps = np.arange(-8, 9)
    shape = np.exp(-(steps[:, None] ** 2 + steps**2) / 8)
    height, width = image.shape
    peaks = np.minimum(30 + 30 * rng.pareto(0.9, n), 300_000)
    peaks[: n // 20] = 300_000
    for peak, y, x in zip(
        peaks, rng.integers(8, height - 8, n), rng.integers(8, width - 8, n), strict=True
    ):
        image[y - 8 : y + 9, x - 8 : x + 9] += peak * shape


@pytest.mark.parametrize("hot", [0, 200])
@pytest.mark.parametrize("sky", [0, 50, 500])
@pytest.mark.parametrize("k", [1.0, 1.8])
def test_a_known_factor_is_recovered_to_2_percent(k, sky, hot):
    given = scene([int(10 * k), sky, hot], k, sky, hot, integer=False)
    assert (given.raw >= SATURATION).sum() > 100
    for raw in (given.raw, np.rint(given.raw).astype(np.uint16)):
        scale = given._replace(raw=raw).scale()
        assert scale.k == pytest.approx(k, rel=0.02)
        assert scale.reason == ""
        assert scale.tiles == 16
        assert 0 < scale.scatter < 0.1


@pytest.mark.parametrize("hot", [0, 200])
@pytest.mark.parametrize("k", [0.5, 1.8])
def test_the_noise_of_the_masters_does_not_change_it(k, hot):
    given = scene([1, hot], k, 50, hot, darks=20, biases=10)
    assert given.scale().k == pytest.approx(k, rel=0.02)
    if not hot:
        assert given.scale(dark_noise=0.0).k < 0.95 * k


def test_the_noise_of_the_bias_is_in_signal_and_dark_alike():
    given = scene(2, 0.5, 0, darks=20, biases=4)
    assert given.scale().k == pytest.approx(0.5, rel=0.02)
    assert given.scale(bias_noise=0.0).k > 0.53


def test_where_the_noise_of_the_dark_is_not_known_only_hot_pixels_count():
    scale = scene(3, 1.3, 500, 200, darks=20).scale(dark_noise=None)
    assert scale.k == pytest.approx(1.3, rel=0.02)
    assert scale.reason == ""
    scale = scene(3, 1.3, 500, 0, darks=20).scale(dark_noise=None, start=1.1)
    assert scale.k == 1.1
    assert scale.tiles == 0
    assert "noise of the dark is not known" in scale.reason


@pytest.mark.parametrize(("sky", "hot", "k"), [(500, 0, 0.7), (50, 0, 1.5), (500, 4, 0.7)])
def test_the_predicted_error_of_a_tile_covers_the_real_one_and_is_not_far_above(sky, hot, k):
    found = [
        (scale.k - k, scale.error)
        for seed in range(30)
        for scale in [scene([4, seed], k, sky, hot, shape=(256, 256), darks=20).scale()]
    ]
    deviations, errors = np.array(found).T
    assert (np.abs(deviations) < np.maximum(0.02 * k, 3 * errors)).all()
    assert 0.4 < np.std(deviations) / errors.mean() < 1.0
    assert abs(deviations.mean()) < errors.mean() / 2


def test_the_error_falls_with_the_number_of_tiles():
    one, many = (scene(5, 1.0, 500, shape=shape).scale() for shape in ((256, 256), (1024, 1024)))
    assert (one.tiles, many.tiles) == (1, 16)
    assert many.error == pytest.approx(one.error / 4, rel=0.1)
    assert one.scatter == 0


def test_neither_a_gradient_in_both_nor_a_nebula_drives_it():
    given = scene(6, 1.0, 200, shape=(512, 512), stars=0)
    y, x = np.mgrid[:512, :512] / 512
    glow = 400 * np.exp(-((1 - x) ** 2 + y**2) / 0.1)
    raw = given.raw + 3 * glow + 300 * np.sin(9 * x) * np.cos(7 * y) + 300
    scale = given._replace(raw=raw, dark=given.dark + glow).scale()
    assert scale.k == pytest.approx(1.0, rel=0.02)


def test_without_a_constant_term_the_sky_would_be_measured():
    given = scene(7, 1.0, 500, shape=(512, 512), stars=0)
    signal = given.raw - given.bias
    assert (signal * given.dark).sum() / (given.dark**2).sum() > 10
    assert given.scale().k == pytest.approx(1.0, abs=3 * given.scale().error)


def test_a_crowded_field_is_no_obstacle():
    for hot in (0, 200):
        assert scene(8, 1.3, 100, hot, stars=0.01, darks=20).scale().k == pytest.approx(
            1.3, rel=0.02
        )


def test_each_colour_of_a_mosaic_has_its_own_sky():
    tint = np.array([[1.0, 1.6], [1.6, 0.5]])
    given = scene(9, 1.2, 300, tint=tint, stars=0.0001)
    scale = given.scale(cell=MOSAIC)
    assert scale.k == pytest.approx(1.2, abs=3 * scale.error)
    assert scale.error < 0.01
    assert given.scale(cell=MONO).error > 5 * scale.error


def below(scenes):
    """The planes of scenes, one below the other."""
    raw, bias, dark = (np.concatenate([one[i] for one in scenes]) for i in range(3))
    return Scene(raw, bias, dark, scenes[0].dark_noise, scenes[0].bias_noise)


@pytest.mark.parametrize("hot", [0, 400])
@pytest.mark.parametrize("k", [0.6, 1.2])
def test_each_plane_of_an_image_in_colours_has_its_own_sky(k, hot):
    """Planes of 264 rows: cells of a sky would reach from one into the next."""
    shape = (264, 256)
    planes = [
        scene([12, sky, hot], k, sky, hot, shape=shape, darks=20, biases=10, stars=1e-4)
        for sky in (150, 3000, 600)
    ]
    given = below(planes)
    scale = given.scale(cell=PLANES)
    assert scale.reason == "" and scale.k == pytest.approx(k, abs=3 * scale.error)
    assert scale.error < 0.03 * k
    alone = [one.scale() for one in planes]
    assert scale.tiles == sum(one.tiles for one in alone)  # all of them, and each of one plane
    assert min(one.k for one in alone) <= scale.k <= max(one.k for one in alone)


def test_a_cell_of_the_sky_that_reached_into_the_next_plane_would_be_told_by_its_steps():
    planes = [scene([13, sky], 1.2, sky, shape=(40, 256), stars=0) for sky in (150, 3000, 600)]
    scale = below(planes).scale(cell=PLANES)
    assert scale.k == pytest.approx(1.2, abs=3 * scale.error)
    assert scale.reason == "" and "gives K only" in below(planes).scale(cell=MONO).reason


@pytest.mark.parametrize("hot", [0, 200])
def test_an_expectation_far_off_does_not_pull(hot):
    given = scene(10, 2.0, 50, hot, shape=(512, 512))
    want = given.scale(start=2.0).k
    for start in (0.7, 4.0):
        assert given.scale(start=start).k == pytest.approx(want, rel=0.005)


def test_what_is_missing_takes_no_part():
    given = scene(11, 1.0, 50, 200, shape=(300, 400))
    want = given.scale()
    assert want.tiles == 4
    assert want.k == pytest.approx(1.0, rel=0.02)
    signal, dark, usable = given.raw - given.bias, given.dark.copy(), given.raw < SATURATION
    rng = np.random.default_rng(12)
    signal[rng.random(signal.shape) < 0.1] = np.nan
    dark[rng.random(signal.shape) < 0.1] = -np.inf
    wild = rng.random(signal.shape) < 0.1
    signal[wild] = dark[wild] = 1e9
    signal[100:140, 90:130] = np.nan
    scale = optimise(signal, dark, usable=usable & ~wild, dark_noise=0.0)
    assert scale.k == pytest.approx(want.k, rel=0.01)


def test_where_nothing_shows_it_the_expected_factor_is_taken_with_the_reason():
    given = scene(13, 1.0, 500, shape=(256, 256))
    for dark in (np.zeros((256, 256)), np.full((256, 256), np.nan), given.dark * 0.01):
        scale = given._replace(dark=dark).scale(start=0.4)
        assert (scale.k, scale.tiles) == (0.4, 0)
        assert np.isnan([scale.error, scale.scatter]).all()
        assert scale.reason == "no tile has enough dark signal"
    scale = given._replace(dark_noise=6.0).scale(start=0.4)
    assert (scale.k, scale.tiles) == (0.4, 0)
    scale = scene(13, 1.0, 500, shape=(256, 256), spread=1.0).scale(start=0.9)
    assert (scale.k, scale.tiles) == (0.9, 1)
    assert "only to within" in scale.reason


def test_a_factor_beyond_the_bounds_is_not_believed():
    given = scene(14, 3.0, 50, 200, shape=(256, 256))
    scale = given.scale(start=1.5, bounds=(0.5, 2.5))
    assert scale.k == 1.5
    assert scale.tiles == 1
    assert "is not between 0.5 and 2.5" in scale.reason
    assert given.scale(start=1.5, bounds=(0.5, 3.5)).reason == ""


@pytest.mark.parametrize("name", ["dark", "mask"])
def test_arrays_of_another_size_are_refused(name):
    image, other = np.zeros((4, 4)), np.zeros((4, 5), bool)
    given = {"dark": other} if name == "dark" else {"dark": image, "usable": other}
    with pytest.raises(ValueError, match=rf"{name} has the shape \(4, 5\), the signal \(4, 4\)"):
        optimise(image, **given)


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("cell", [MONO, MOSAIC], ids=str)
@pytest.mark.parametrize("missing", [0, 0.3])
@pytest.mark.parametrize("shape", [(16, 16), (64, 96), (37, 53), (33, 70), (5, 3)])
def test_from_each_pixel_the_median_of_its_cell_and_colour_is_subtracted(shape, missing, cell):
    rng = np.random.default_rng(15)
    image = rng.normal(100, 10, shape).astype(np.float32)
    image[rng.random(shape) < missing] = np.nan
    step = cell.step
    want = image.copy()
    for y in range(0, shape[0], 16 * step):
        for x in range(0, shape[1], 16 * step):
            place = want[y : y + 16 * step, x : x + 16 * step]
            for colour in (place[i::step, j::step] for i in range(step) for j in range(step)):
                colour -= np.nanmedian(colour)
    np.testing.assert_array_equal(less_cell_medians(image, cell), want)
    image[:16, :16] = np.nan
    assert np.isnan(less_cell_medians(image, cell)[:16, :16]).all()


def test_the_weighted_median_equals_that_of_repeated_values():
    rng = np.random.default_rng(16)
    for n in range(1, 30):
        values, weights = rng.normal(size=n), rng.integers(1, 9, n)
        repeated = np.sort(np.repeat(values, weights))
        assert weighted_median(values, weights) == repeated[(len(repeated) - 1) // 2]


def plain(signal, dark, noise):
    """The rule for one tile of 16 x 16 cells, one pixel after the other, without hot pixels."""
    light, thermal = (image - np.median(image) for image in (signal, dark))
    k, centre = 0.0, 0.0
    for passed in range(4):
        residual = [r - k * d for r, d in zip(light.flat, thermal.flat, strict=True)]
        centre = np.median(residual)
        sigma = 1.4826 * np.median([abs(value - centre) for value in residual])
        pairs = []
        for r, d, value in zip(light.flat, thermal.flat, residual, strict=True):
            if abs(value - centre) <= 4 * sigma:
                pairs.append((r, d))
            elif passed == 0:
                pairs.append((centre + np.sign(value - centre) * 4 * sigma, d))
        covariance = np.cov(np.transpose(pairs), bias=True)
        k = covariance[0, 1] / (covariance[1, 1] - noise**2)
        error = sigma * (covariance[1, 1] / len(pairs)) ** 0.5 / (covariance[1, 1] - noise**2)
    return k, error


def test_one_cell_equals_a_plain_reckoning():
    rng = np.random.default_rng(17)
    dark = rng.normal(30, 20, (16, 16))
    signal = 1.4 * dark + rng.normal(300, 10, dark.shape)
    signal[3, 4:9] += 2000
    k, error = plain(signal, dark, 4.0)
    scale = optimise(signal, dark, dark_noise=4.0)
    assert scale.k == pytest.approx(k, rel=1e-5)
    assert scale.error == pytest.approx(MEDIAN_ERROR * np.hypot(error, 0.01), rel=1e-4)
