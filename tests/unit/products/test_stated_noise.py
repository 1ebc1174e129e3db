"""What a master states as its noise, and what it says where that is in doubt, in files."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from madenoise import made_sets, stated_and_true
from orders import FLAT, frame_order, master_order
from plateworks.errors import PlateworksError
from plateworks.orders.frames import Subtraction
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master

KINDS = ["bias", "dark", "darkflat", "flat"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("sigma", "step", "count"), [(0.3, 16, 4), (0.5, 4, 6), (3.0, 1, 11)])
def test_the_stated_noise_is_that_by_which_masters_of_new_frames_differ(
    kind, sigma, step, count, tmp_path
):
    stated, true = stated_and_true(kind, sigma, count, step, 1, tmp_path)
    assert stated == pytest.approx(true, rel=0.03)


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat"])
@pytest.mark.parametrize(("sigma", "step", "count"), [(0.3, 16, 4), (0.5, 4, 5), (3.0, 1, 3)])
def test_so_it_is_where_values_are_rejected_against_it(kind, sigma, step, count, tmp_path):
    stated, true = stated_and_true(kind, sigma, count, step, 1, tmp_path, method="variance")
    assert stated == pytest.approx(true, rel=0.03)


def test_flats_that_are_weighted_by_their_light_state_the_noise_of_that(tmp_path):
    changes = {"flat": replace(FLAT, weights="level"), "method": "mean"}
    stated, true = stated_and_true("flat", 3.0, 5, 4, 2, tmp_path, **changes)
    assert stated == pytest.approx(true, rel=0.03)


def made(kind, frames, folder, **changes):
    raws = []
    for number, frame in enumerate(frames):
        header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "made"), ("EXPTIME", 2.0)])
        raws.append(folder / f"{kind}_{number}.fits")
        fits.writeto(raws[-1], frame, header, overwrite=True)
    make_master(master_order(kind, raws, **changes), str(folder / "master.fits"))
    return read_image(folder / "master.fits").header


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("screened", [True, False])
def test_one_image_given_as_a_series_makes_no_master_and_its_files_are_named(
    kind, screened, tmp_path
):
    image = made_sets(kind, 3.0, 1, 1, 3)[0][0]
    changes = {} if screened else {"screening": None}
    with pytest.raises(PlateworksError, match=f"{kind}_[01].fits") as caught:
        made(kind, [image] * 6, tmp_path, **changes)
    if not screened:
        assert "exactly zero" in str(caught.value) and f"{kind}_5.fits" in str(caught.value)
    assert not (tmp_path / "master.fits").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_master_warns_of_nothing(kind, tmp_path):
    assert "PWWARN" not in made(kind, made_sets(kind, 2.0, 5, 1, 4)[0], tmp_path)


def test_frames_at_different_levels_are_named_by_the_worst(tmp_path):
    frames = made_sets("dark", 3.0, 6, 1, 5)[0]
    frames[4] += 30
    header = made("dark", frames, tmp_path, screening=None)
    assert "dark_4.fits 30 ADU above the others" in header["PWWARN"]
    # The one that lies above is among the extremes that are dropped, at each pixel.
    assert 3.0 / 5**0.5 < header["PWNOISE"] < 3.0 / 4**0.5


def test_frames_that_share_their_noise_are_named_as_such(tmp_path):
    single = made_sets("bias", 20.0, 4, 1, 6)[0].astype(np.float64)
    more = made_sets("bias", 5.0, 8, 1, 7)[0].astype(np.float64)
    pairs = np.repeat(single, 2, axis=0) + (more - more.mean(axis=0))
    header = made("bias", np.rint(pairs).astype(np.uint16), tmp_path, screening=None)
    assert "resemble each other more" in header["PWWARN"]


def test_a_single_frame_does_not_tell_its_noise(tmp_path):
    frames = made_sets("bias", 3.0, 1, 1, 8)[0]
    assert "PWNOISE" not in made("bias", frames, tmp_path, min_frames=1)


def test_the_noise_of_what_is_subtracted_from_flats_is_in_theirs(tmp_path):
    bias = fits.Header([("IMAGETYP", "Master Bias"), ("PWNOISE", 40.0), ("PWMEDIAN", 4000.0)])
    frames = made_sets("flat", 3.0, 5, 1, 9)[0]
    path = tmp_path / "bias.fits"
    fits.writeto(path, np.full(frames.shape[1:], 4000, np.float32), bias)
    raws = []
    for number, frame in enumerate(frames):
        raw = tmp_path / f"flat_{number}.fits"
        fits.writeto(raw, frame, fits.Header([("IMAGETYP", "flat"), ("EXPTIME", 2.0)]))
        raws.append(frame_order(raw, subtraction=Subtraction(bias=str(path))))
    make_master(master_order("flat", raws), str(tmp_path / "master.fits"))
    noise = read_image(tmp_path / "master.fits").header["PWNOISE"]
    light = np.median(frames[0]) - 4000
    assert noise == pytest.approx(40 * 5000 / light, rel=0.02)
