"""Images of three planes: the factor of their dark, and which of several flats suits them."""

import csv

import numpy as np
import pytest
from astropy.io import fits

from inplanes import SHARES, in_planes
from inprocess import CARDS, expose, is_even, lights, reduce, sensor
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import FrameOrder
from plateworks.orders.trials import TrialOrder
from plateworks.products.flattrial import preview_flat, preview_lights, rank_flats
from plateworks.products.imagefiles import read_image

HIGH, WIDE = 240, 320
SKY = 2000.0


@pytest.mark.parametrize("warmer", [0.6, 1.0, 1.5])
def test_the_factor_of_a_dark_is_fitted_to_all_planes_at_once(tmp_path, warmer):
    raw, of = tmp_path / "raw", sensor(HIGH, WIDE)
    rng = np.random.default_rng(8)
    hot = rng.integers(0, HIGH, 300), rng.integers(0, WIDE, 300)
    of.dark[hot] += rng.uniform(200, 3000, 300)
    now = of._replace(dark=of.dark * warmer)
    for kind in ("bias", "dark", "flat"):
        expose(raw, kind, 5, of, in_planes(of))
    expose(raw, "light", 2, now, in_planes(now))
    plan = reduce(
        raw,
        matching={"dark_scale": "optimise"},
        cosmetic={"max_fraction": 0.1},
    )
    for light in lights(plan):
        header = light[0].header
        assert header["DARKK"] == pytest.approx(warmer, abs=3 * header["DARKKERR"])
        assert header["DARKKERR"] < 0.02
        for plane, share in zip(light[0].data, SHARES, strict=True):
            wanted = share * 400 * np.median(of.flat)
            assert np.median(plane) == pytest.approx(wanted, rel=0.03)  # K of 1: 6 to 10 % off
            assert is_even(plane, wanted, 0.05)


def shadow(y, x):
    """Dust that takes two hundredths of the light, 240 pixels wide: larger than a star may be."""
    rows, columns = np.mgrid[:480, :640]
    return 1 - 0.02 / (1 + np.exp((np.hypot(rows - y, columns - x) - 120) / 8))


def planes_of(level, dust, rng, noise):
    light = np.stack([level * share * one for share, one in zip(SHARES, dust, strict=True)])
    return 500 + light + rng.normal(0, noise, light.shape)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The scores of three flats: of the session, with dust moved in blue alone, and in all."""
    folder, rng = tmp_path_factory.mktemp("trial"), np.random.default_rng(1)
    here, moved = shadow(180, 200), shadow(300, 430)
    shown = {"same": [here] * 3, "blue": [here, here, moved], "moved": [moved] * 3}
    previews = {}
    for name, dust in shown.items():
        path, seen = folder / f"{name}.fits", folder / f"seen_{name}.fits"
        pixels = (planes_of(20_000, dust, rng, 20) - 500).astype(np.float32)
        pixels *= 5000 / np.median(pixels, axis=(1, 2))[:, None, None]
        header = fits.Header([*CARDS.items(), ("IMAGETYP", "Master Flat"), ("EXPTIME", 1.0)])
        fits.writeto(path, pixels, header)
        assert read_frame(path).in_colours
        preview_flat(str(path), str(seen))
        previews[str(path)] = str(seen)
    orders = []
    for i in range(3):
        path = folder / f"light{i}.fits"
        header = fits.Header([*CARDS.items(), ("IMAGETYP", "LIGHT"), ("EXPTIME", 60.0)])
        frame = planes_of(SKY, [here] * 3, rng, 40).astype(np.uint16)
        fits.writeto(path, frame, header)
        orders.append(FrameOrder(raw=str(path)))
    session, scores = folder / "session.fits", folder / "scores.csv"
    preview_lights(TrialOrder(frames=tuple(orders), repair="median"), str(session))
    rank_flats(str(session), dict(reversed(previews.items())), str(scores), str(folder / "trials"))
    with open(scores, newline="") as stream:
        rows = {row["flat"].rpartition("/")[2][:-5]: row for row in csv.DictReader(stream)}
    return folder, rows


def test_the_flat_of_their_own_dust_is_the_best_of_a_trial(tried):
    _, rows = tried
    assert [rows[name]["rank"] for name in ("same", "blue", "moved")] == ["1", "2", "3"]
    same, blue, moved = (float(rows[name]["score"]) for name in ("same", "blue", "moved"))
    assert blue > 1.1 * same and moved > 2 * same


def test_dust_that_moved_in_one_of_three_colours_counts_a_third(tried):
    """The preview of a flat is the mean of its planes, which are of one level."""
    folder, _ = tried
    names = ("same_best", "blue", "moved")
    same, blue, moved = (read_image(str(folder / f"trials/{name}.fits")).data for name in names)
    part, whole = blue - same, moved - same
    seen = np.isfinite(whole) & (np.abs(whole) > 0.25 * np.nanmax(np.abs(whole)))
    assert np.median(part[seen] / whole[seen]) == pytest.approx(1 / 3, abs=0.02)


def test_previews_are_pictures_of_one_plane(tried):
    folder, _ = tried
    for name in ("session.fits", "seen_same.fits", "seen_blue.fits"):
        image = read_image(str(folder / name))
        assert image.data.shape == (60, 80) and image.colours == 1
