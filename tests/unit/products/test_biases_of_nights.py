"""A bias that moves between two nights: what is scaled of a dark is its current, and no bias."""

import numpy as np
import pytest
from astropy.io import fits

from inprocess import CURRENT, SKY, expose, lights, reduce, sensor

#: ADU that the bias of the earlier night lies above that of the later, in half of the columns.
MOVED = 80
#: Factor on the darks: frames of 120 s, darks of 60 s.
K = 2.0
#: Flats too; by cost they would take bias alone.
SCALED = {"dark_policy": "scale_longest_not_longer"}
EARLIER = {"DATE_OBS": "2025-02-20T20:00:00"}


def higher(pixels, cards):
    """A frame of the night of the higher bias."""
    pixels = pixels.copy()
    pixels[:, : pixels.shape[1] // 2] += MOVED
    return pixels, cards


def longer(pixels, cards):
    """Add the dark current that frames of 120 s have beside those of the tests."""
    lacks = CURRENT if cards["IMAGETYP"] == "LIGHT" else K * CURRENT
    return (pixels + np.rint(lacks)).astype(np.uint16), cards


def two_nights(raw, *, biases=("earlier", "later")):
    """Bias and darks of 60 s of one night; bias, flats and lights of 120 s of the next."""
    of = sensor()._replace(dark=np.full(sensor().dark.shape, CURRENT))
    expose(raw / "earlier", "dark", 20, of, higher, **EARLIER)
    for night, change, date in (("earlier", higher, EARLIER), ("later", None, {})):
        if night in biases:
            more = {} if change is None else {"change": change}
            expose(raw / night, "bias", 20, of, **more, **date)
    expose(raw / "later", "flat", 5, of, longer, EXPTIME=120.0)
    expose(raw / "later", "light", 2, of, longer, EXPTIME=120.0)
    return raw


def halves(image):
    """The medians of the left and of the right half."""
    middle = image.shape[1] // 2
    return np.nanmedian(image[:, :middle]), np.nanmedian(image[:, middle:])


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The plan and the lights by both modes: bias out of darks when they are combined, or not."""
    made = {}
    for early in (False, True):
        raw = two_nights(tmp_path_factory.mktemp("nights") / "raw")
        plan = reduce(raw, masters={"subtract_bias": early}, matching=SCALED)
        made[early] = plan, lights(plan)
    return made


def test_a_scaled_dark_is_freed_of_the_bias_of_its_own_night(both):
    for plan, [hdus, _] in both.values():
        header = hdus[0].header
        assert header["DARKK"] == K
        [light, *_] = plan.lights
        assert "20250301" in light.dark.bias.path
    own = both[False][0].lights[0].dark.dark_bias
    assert "20250220" in own.path
    assert both[False][1][0][0].header["DBIAFILE"] == "bias_m10c_20250220.fits"
    assert "DBIAFILE" not in both[True][1][0][0].header


def test_the_sky_is_even_where_the_bias_moved(both):
    sky = SKY * np.median(sensor().flat)
    for _, found in both.values():
        for hdus in found:
            left, right = halves(hdus[0].data)
            # One bias for both would leave 80 ADU times K minus 1 in one of the halves.
            assert left == pytest.approx(sky, abs=2.0)
            assert right == pytest.approx(sky, abs=2.0)


def test_both_modes_give_the_same_sky_within_their_noise(both):
    for one, other in zip(both[False][1], both[True][1], strict=True):
        apart = one[0].data - other[0].data
        assert abs(np.nanmedian(apart)) < 0.05
        # Two means of the same frames differ by the rounding of rejected values alone.
        assert np.nanstd(apart) < 0.5


def test_the_darks_of_flats_are_freed_of_the_bias_of_their_own_night(both):
    for plan, _ in both.values():
        [flat] = [one for one in plan.masters if one.source.key.kind == "flat"]
        assert {match.k for match in flat.matches} == {K}
        ratio = fits.getdata(flat.path) / sensor().flat
        left, right = halves(ratio)
        # One bias for both would leave 80 ADU in a flat of 16,000.
        assert left / right == pytest.approx(1.0, abs=5e-4)


@pytest.mark.parametrize("missing", ["earlier", "later"])
def test_with_one_bias_the_other_night_stays_without_its_own_and_loses_a_level(tmp_path, missing):
    kept = {"earlier", "later"} - {missing}
    plan = reduce(
        two_nights(tmp_path / "raw", biases=kept),
        matching={"fresh_days": {"bias": 2.0}, "accept_level": 3},
    )
    [light, *_] = plan.lights
    side = "bias of the dark: 9 days newer" if missing == "earlier" else "bias: 9 days older"
    assert side in light.dark.reason


def test_without_any_bias_a_dark_of_another_exposure_is_not_scaled(tmp_path):
    plan = reduce(two_nights(tmp_path / "raw", biases=()), matching={"accept_level": 3})
    [light, *_] = plan.lights
    assert (light.dark.k, light.dark.level) == (1.0, 3)
