"""Cosmic rays in windows: bit for bit what the full pass of astroscrappy finds."""

from unittest.mock import patch

import numpy as np
import pytest
from astroscrappy import laplaceconvolve, rebin, sepmedfilt5, sepmedfilt7, sepmedfilt9, subsample
from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from threadpoolctl import threadpool_limits

from plateworks.pixels import cosmics, cosmicscreen, cosmicwindows
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmicplane import Plane, full_pass, masked
from plateworks.pixels.cosmics import clean
from plateworks.pixels.cosmicscreen import suspects
from plateworks.pixels.cosmicwindows import find, find_in_windows

OPTIONS = {"sigclip": 4.5, "sigfrac": 0.3, "objlim": 5.0, "niter": 4}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Let the threads of astroscrappy not wait for each other in images as small as these."""
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


def add_star(electrons, y, x, flux, sigma):
    height, width = electrons.shape
    rows, columns = np.mgrid[:height, :width]
    spread = ((rows - y) ** 2 + (columns - x) ** 2) / (2 * sigma**2)
    electrons += flux / (2 * np.pi * sigma**2) * np.exp(-spread)


def add_track(electrons, y, x, length, angle, charge):
    """A ray that flies along the sensor."""
    way = np.arange(length)
    at = np.stack([y + way * np.sin(angle), x + way * np.cos(angle)]).astype(int)
    at = at[:, (at >= 0).all(axis=0) & (at[0] < electrons.shape[0]) & (at[1] < electrons.shape[1])]
    electrons[tuple(at)] += charge


@st.composite
def planes(draw):
    """Fields of all kinds: edges, stars sharp and wide, saturation, masks, variances, blobs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1), label="seed"))
    height, width = draw(st.integers(15, 220)), draw(st.integers(15, 220))
    gain, readnoise = draw(st.sampled_from([0.1, 0.37, 1.0, 4.0])), draw(st.floats(0.5, 8))
    electrons = np.full((height, width), draw(st.sampled_from([0.3, 5.0, 150.0, 3000.0])))
    for _ in range(draw(st.integers(0, 8), label="stars")):
        at = rng.uniform(-3, height + 3), rng.uniform(-3, width + 3)
        add_star(electrons, *at, 10 ** rng.uniform(2, 6), rng.uniform(0.6, 3))
    electrons = rng.poisson(electrons) + rng.normal(0, readnoise, electrons.shape)
    for _ in range(draw(st.integers(0, 6), label="tracks")):
        at = rng.integers(height), rng.integers(width)
        add_track(electrons, *at, rng.integers(1, 25), rng.uniform(0, 7), 10 ** rng.uniform(2, 4))
    for _ in range(draw(st.integers(0, 2), label="blobs")):
        y, x, side = rng.integers(height), rng.integers(width), rng.integers(2, 9)
        electrons[y : y + side, x : x + side] += 10 ** rng.uniform(2, 5)
    satlevel = np.inf
    if draw(st.booleans(), label="saturated"):
        satlevel = float(np.quantile(electrons, draw(st.sampled_from([0.4, 0.9, 0.99, 0.999]))))
        electrons = np.minimum(electrons, satlevel)
    ignored = rng.random(electrons.shape) < draw(st.sampled_from([0, 0, 0.001, 0.01, 0.1]))
    if draw(st.booleans(), label="columns"):
        ignored[:, rng.integers(width)] = True
        ignored[rng.integers(height) :][:20, rng.integers(width) :][:, :20] = True
    image = (electrons / gain).astype(np.float32)
    if draw(st.booleans(), label="dead pixel"):
        image[rng.integers(height), rng.integers(width)] = -1e5
    variance = None
    if draw(st.booleans(), label="variance"):
        variance = image / gain + (readnoise / gain) ** 2 + rng.uniform(0, 50, image.shape)
        variance = variance.astype(np.float32)
    return Plane(image, ignored, variance, gain, readnoise, satlevel)


options = st.fixed_dictionaries(
    {
        "sigclip": st.sampled_from([1.7, 3.0, 4.5, 9.0]),
        "sigfrac": st.floats(0, 1),
        "objlim": st.sampled_from([0.2, 2.0, 5.0, 8.0]),
        "niter": st.integers(1, 5),
    }
)


def windows_only(plane, options):
    """What windows find, however many they are."""
    with patch.object(cosmicwindows, "MOST_SUSPECTS", 1.0):
        return find_in_windows(plane, options, most=np.inf)


def starts(plane, options):
    """The pixels from which the first iteration starts, by the filters of astroscrappy itself."""
    signal, variance = plane.cut(np.array)
    noise = np.sqrt(np.maximum(sepmedfilt7(variance), np.float32(1e-5)))
    s = rebin(np.maximum(laplaceconvolve(subsample(signal)), 0)) / (2 * noise)
    fine = sepmedfilt5(signal)
    fine = np.maximum((fine - sepmedfilt9(fine)) / noise, np.float32(0.01))
    s -= sepmedfilt7(s)
    return (s > options["sigclip"]) & (s / fine > options["objlim"]) & ~masked(plane)


def assert_same(hits, want):
    np.testing.assert_array_equal(hits.y, want.y)
    np.testing.assert_array_equal(hits.x, want.x)
    np.testing.assert_array_equal(hits.values, want.values)


def field(shape=(300, 400), gain=0.5, seed=0):
    """A sky with stars and tracks, large enough for windows to be a small part of it."""
    rng = np.random.default_rng(seed)
    electrons = np.full(shape, 200.0)
    for _ in range(6):
        add_star(electrons, *rng.uniform(0, shape), 10 ** rng.uniform(3, 5), 2.0)
    electrons = rng.poisson(electrons) + rng.normal(0, 3, shape)
    for part in [(0, 0.5), (0.5, 0), (0.4, 0.3), (0.99, 0.99), (0.7, 0.75), (0.13, 0.15)]:
        add_track(electrons, part[0] * shape[0], part[1] * shape[1], 6, 1.0, 2500)
    return Plane(
        (electrons / gain).astype(np.float32), np.zeros(shape, bool), None, gain, 3.0, np.inf
    )


@given(plane=planes(), options=options)
@settings(max_examples=120)
def test_windows_find_what_the_full_pass_finds(plane, options):
    want = full_pass(plane, options)
    event(f"hits: {min(want.y.size, 1)}")
    hits = windows_only(plane, options)
    if hits is None:  # only where a plane's own level counts as saturated
        level = np.median(plane.image[~masked(plane)])
        assert level * plane.gain >= plane.satlevel * (1 - 1e-5)
        hits = find(plane, options)
    assert_same(hits, want)


@given(plane=planes(), options=options)
@settings(max_examples=60)
def test_no_pixel_from_which_a_cosmic_ray_starts_is_screened_out(plane, options):
    found = np.zeros(plane.image.shape, bool)
    found[suspects(plane, sigclip=options["sigclip"], objlim=options["objlim"], most=1)] = True
    assert not (starts(plane, options) & ~found).any()


def test_the_screen_lets_hardly_another_pixel_through():
    plane = field()
    found = np.zeros(plane.image.shape, bool)
    found[suspects(plane, sigclip=4.5, objlim=5.0, most=1)] = True
    true = starts(plane, OPTIONS)
    inner = np.s_[6:-6, 6:-6]
    assert np.count_nonzero(true[inner]) > 10
    assert np.count_nonzero(found[inner] & ~true[inner]) <= 1


floats = st.floats(-1e6, 1e6, width=32) | st.floats(0, 70000, width=32) | st.floats(-5, 5, width=32)


@given(image=arrays(np.float32, (9, 12), elements=floats))
def test_sums_in_another_order_stay_within_the_doubt(image):
    ours, doubt = cosmicscreen._laplacian(image), cosmicscreen._doubt(image)
    theirs = 4 * rebin(np.maximum(laplaceconvolve(subsample(image)), 0))[1:-1, 1:-1]
    exact = cosmicscreen._laplacian(image.astype(np.float64))
    assert (np.abs(ours - exact) <= doubt / 2 + 1e-30).all()
    assert (np.abs(theirs - exact) <= doubt / 2 + 1e-30).all()


@given(image=arrays(np.float32, (11, 14), elements=floats))
def test_medians_and_their_bound_agree_with_astroscrappy(image):
    want = sepmedfilt7(image)[3:-3, 3:-3]
    np.testing.assert_array_equal(cosmicscreen._smooth(image, 7), want)
    assert (cosmicscreen._median_at_least(image) <= want).all()


def test_few_pixels_of_a_field_are_searched():
    searched = []

    def counting(plane, options):
        searched.append(plane.image.size)
        return full_pass(plane, options)

    plane = field()
    with patch.object(cosmicwindows, "full_pass", counting):
        hits = find(plane, OPTIONS)
    assert sum(searched) < 0.5 * plane.image.size
    assert len(searched) >= 4
    assert_same(hits, full_pass(plane, OPTIONS))


def test_a_hit_without_good_neighbours_takes_the_level_of_the_whole_image():
    plane = field()
    plane.image[80:200, 200:320] += 100  # the level round the hit is another one
    plane.image[140, 250] += 9000
    plane.ignored[138:143, 248:253] = True
    plane.ignored[139:142, 249:252] = False  # astroscrappy grows what is ignored by one pixel
    hits = find(plane, OPTIONS)
    good = np.sort(plane.image[~masked(plane)])
    np.testing.assert_array_equal(
        hits.values[(hits.y == 140) & (hits.x == 250)], good[(good.size - 1) // 2]
    )
    assert_same(hits, full_pass(plane, OPTIONS))


@pytest.mark.parametrize(
    "crowd",
    [
        pytest.param(lambda image: image[::9, ::9].__iadd__(5000), id="cosmic rays everywhere"),
        pytest.param(lambda image: np.subtract(image, 440, out=image), id="noise from no sky"),
        pytest.param(lambda image: image.__imul__(np.float32(1e30)), id="huge values"),
    ],
)
def test_where_windows_are_no_gain_the_full_pass_is_run(crowd):
    plane = field()
    crowd(plane.image)
    want = full_pass(plane, OPTIONS)
    with patch.object(cosmicwindows, "full_pass", wraps=full_pass) as passes:
        hits = find(plane, OPTIONS)
    assert_same(hits, want)
    assert passes.call_args.args[0] is plane


@pytest.mark.parametrize("sigclip", [0.0, -1.0])
def test_limits_that_screen_nothing_are_left_to_the_full_pass(sigclip):
    plane = field(shape=(60, 60))
    options = OPTIONS | {"sigclip": sigclip}
    assert find_in_windows(plane, options) is None
    assert_same(find(plane, options), full_pass(plane, options))


@pytest.mark.parametrize("shape", [(1, 1), (2, 50), (6, 6), (7, 9), (13, 200), (300, 12)])
def test_images_as_small_as_the_filters_are_searched_without_harm(shape):
    rng = np.random.default_rng(1)
    image = rng.poisson(100, shape).astype(np.float32)
    image.ravel()[:: max(image.size // 5, 1)] += 5000
    plane = Plane(image, np.zeros(shape, bool), None, 1.0, 3.0, np.inf)
    hits = find(plane, OPTIONS)
    if min(shape) < 7:  # on less, astroscrappy may crash
        assert not hits.y.size
    else:
        assert_same(hits, full_pass(plane, OPTIONS))


@given(
    seed=st.integers(0, 1000),
    cell=st.sampled_from((MONO, MOSAIC)),
    holes=st.sampled_from([0, 0.001, 0.02]),
    bad=st.sampled_from([None, 0.001, 0.02]),
    extra=st.booleans(),
    saturation=st.sampled_from([None, 20000.0]),
)
@settings(max_examples=25)
def test_cleaning_in_windows_is_cleaning_by_the_full_pass(
    seed, cell, holes, bad, extra, saturation
):
    rng = np.random.default_rng(seed)
    image = field((150, 180), seed=seed).image
    image[rng.random(image.shape) < holes] = np.nan
    settings = {
        "egain": 0.5,
        "read_noise": 3.0,
        "cell": cell,
        "saturation_adu": saturation,
        "mask": None if bad is None else rng.random(image.shape) < bad,
        "extra": rng.uniform(0, 20, image.shape).astype(np.float32) if extra else None,
    }
    with patch.object(cosmics, "find", full_pass):
        want, struck = clean(image, **settings)
    with patch.object(cosmics, "find", windows_only):
        cleaned, hit = clean(image, **settings)
    np.testing.assert_array_equal(hit, struck)
    np.testing.assert_array_equal(cleaned, want)
    assert hit.any()
