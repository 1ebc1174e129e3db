"""Masters whose values are rejected against the noise of their whole set, in files."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import frame_order, master_order
from plateworks.errors import PlateworksError
from plateworks.orders.frames import Subtraction
from plateworks.products.imagefiles import read_image_header
from plateworks.products.masters import make_master
from sensorfiles import write_frames
from sensors import Sensor

SENSOR = Sensor(egain=0.5, read_noise=4.0, dark_rate=0.05, hot=1500, hot_rates=(5.0, 20.0))
SECONDS = 100.0


def master(folder, frames, name="master", bias=None, **changes):
    files = write_frames(folder / name, SENSOR, "DARK", frames, exposure=SECONDS)
    orders = [frame_order(path, subtraction=Subtraction(bias=bias)) for path in files]
    order = master_order("dark", orders, method="variance", rejection_map=True, **changes)
    make_master(order, str(folder / f"{name}.fits"))
    with fits.open(folder / f"{name}.fits") as hdus:
        return hdus[0].data.astype(float), hdus["REJECTED"].data.astype(int)


def hot_pixels():
    charge = SENSOR.dark_electrons(SECONDS)
    return charge - np.median(charge) > 300


def test_cosmic_rays_of_10_sigma_go_from_three_darks_and_clean_values_stay(tmp_path):
    frames = SENSOR.dark(SECONDS, n=3)
    struck = np.zeros(SENSOR.shape, bool)
    struck[5::9, 5::9] = True
    sigma = np.std(frames[0].astype(float) - frames[1]) / 2**0.5
    ordinary = struck & ~hot_pixels()
    noise = np.hypot(SENSOR.noise, (0.05 * SECONDS) ** 0.5 / SENSOR.egain)
    assert noise < sigma  # hot pixels make up the most of the latter
    frames[1][struck] += np.uint16(10 * noise)
    _, lost = master(tmp_path, frames)
    assert lost[ordinary].mean() > 0.99
    assert lost[~struck & ~hot_pixels()].mean() < 0.02


@pytest.mark.parametrize("subtracted", [False, True])
def test_hot_pixels_have_the_shot_noise_that_they_show_or_else_that_of_the_gain(
    tmp_path, subtracted
):
    bias = None
    if subtracted:
        bias = str(tmp_path / "bias.fits")
        files = write_frames(tmp_path / "bias", SENSOR, "BIAS", SENSOR.bias(5), exposure=0.0)
        make_master(master_order("bias", files), bias)
    hot = hot_pixels()
    frames = SENSOR.dark(SECONDS, n=4)
    assert master(tmp_path, frames, "shown", bias)[1][hot].mean() < 0.03
    few = replace(SENSOR, hot=100)
    charge = few.dark_electrons(SECONDS)
    hot, frames = charge - np.median(charge) > 300, few.dark(SECONDS, n=4)
    untold = master(tmp_path, frames, "untold", bias)[1][hot].mean()
    told = master(tmp_path, frames, "told", bias, egain=few.egain)[1][hot].mean()
    assert told < 0.03 < 0.3 < untold


def test_frames_a_few_sigmas_apart_lose_no_more_than_others(tmp_path):
    frames = SENSOR.dark(SECONDS, n=4)
    frames[2] += np.uint16(40)
    _, lost = master(tmp_path, frames, screening=None)
    assert (lost > 0).mean() < 0.03


def test_the_gain_that_it_was_told_is_part_of_what_a_master_is_made_of(tmp_path):
    frames = SENSOR.dark(SECONDS, n=3)
    for name, egain in (("one", 0.5), ("other", 0.6)):
        master(tmp_path, frames, name, egain=egain)
    digests = [
        read_image_header(tmp_path / f"{name}.fits")["PWDIGEST"] for name in ("one", "other")
    ]
    assert digests[0] != digests[1]


def test_a_set_without_a_pixel_that_all_frames_have_is_refused_in_words(tmp_path):
    frames = SENSOR.dark(SECONDS, n=3).astype(np.float32)
    for number, frame in enumerate(frames):
        frame[np.arange(SENSOR.height) % 3 == number] = np.nan
    with pytest.raises(PlateworksError, match=r"No pixel has a value in all of these 3 frames"):
        master(tmp_path, frames, screening=None)


def test_one_or_two_frames_lose_nothing(tmp_path):
    for n in (1, 2):
        frames = SENSOR.dark(SECONDS, n=n)
        value, lost = master(tmp_path, frames, f"of_{n}", min_frames=1)
        assert not lost.any()
        np.testing.assert_allclose(value, frames.mean(axis=0), rtol=1e-6)
