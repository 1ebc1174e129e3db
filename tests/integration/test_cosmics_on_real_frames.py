"""Cosmic rays in quarters of real lights of ARCSAT: windows find what the full pass finds."""

from unittest.mock import patch

import numpy as np
import pytest
from astropy.io import fits

from plateworks.pixels import cosmics
from plateworks.pixels.cosmicplane import full_pass
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.cosmicwindows import find_in_windows

LOW, HIGH = slice(0, 512), slice(512, 1024)
#: Lights, and the quarter of each.
LIGHTS = {
    "LPSEB35_g_20250530_034359": (LOW, LOW),
    "LPSEB35_g_20250530_041802": (HIGH, LOW),
    "LPSEB35_g_20250530_054221": (LOW, HIGH),
}
#: The frames do not say what the camera is; the noise of the biases is of this size.
CAMERA = {"egain": 1.4, "read_noise": 16.0}


@pytest.fixture(scope="module")
def whole_master(shared_data):
    folder = shared_data / "arcsat-20250530"
    return np.median([fits.getdata(path) for path in folder.glob("Dark_*.fits")], axis=0)


@pytest.fixture(params=LIGHTS)
def master(request, whole_master):
    return whole_master[LIGHTS[request.param]]


@pytest.fixture
def light(request, shared_data, master):
    name = request.node.callspec.params["master"]
    raw = fits.getdata(shared_data / "arcsat-20250530" / f"{name}.fits")
    return (raw[LIGHTS[name]] - master).astype(np.float32)


def in_windows(plane, options):
    hits = find_in_windows(plane, options)
    assert hits is not None, "the full pass was taken"
    return hits


@pytest.mark.parametrize("kind", ["plain", "masked", "other limits"])
def test_windows_in_a_real_light_find_what_the_full_pass_finds(light, master, kind):
    light[np.abs(master - np.median(master)) > 500] = np.nan  # hot pixels
    options = CAMERA | {"extra": unexplained_variance(light, **CAMERA)}
    if kind == "masked":
        options |= {"mask": np.zeros(light.shape, bool), "saturation_adu": 20000.0}
        options["mask"][:, 300] = options["mask"][250:270, 400:440] = True
    elif kind == "other limits":
        options |= {"sigclip": 6.0, "objlim": 2.0, "sigfrac": 0.1, "niter": 6}
    with patch.object(cosmics, "find", full_pass):
        want, struck = clean(light, **options)
    with patch.object(cosmics, "find", in_windows):
        cleaned, hit = clean(light, **options)
    assert hit.any()
    np.testing.assert_array_equal(hit, struck)
    np.testing.assert_array_equal(cleaned, want)
