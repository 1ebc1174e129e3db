"""Pixels without a value, pedestals and numbers from 0 to 1: what they become in products."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from inprocess import KINDS, expose, is_even, lights, reduce, sensor
from plateworks.pixels.masks import BAD

LEVEL = 400.0 * float(np.median(sensor().flat))
HOLE = np.s_[30:40, 30:45]  # no hot pixel lies there


def blank(where, *frames):
    """Return what takes the values out of some pixels: of all frames, or of those numbers."""

    def change(pixels, cards):
        minute = int(cards["DATE-OBS"][-5:-3])
        if frames and minute not in frames:
            return pixels, cards
        stored = (pixels.astype(np.int32) - 32768).astype(np.int16)
        stored[where] = -32768
        return stored, {**cards, "BLANK": -32768, "BZERO": 32768.0, "BSCALE": 1.0}

    return change


def night(raw, **changes):
    for kind in KINDS:
        more = {"change": changes[kind]} if kind in changes else {}
        expose(raw, kind, 2 if kind == "light" else 5, sensor(), **more)
    return raw


def pack(folder):
    for path in folder.glob("light*.fits"):
        path.with_suffix(".fits.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def tile(folder):
    for path in folder.glob("light*.fits"):
        with fits.open(path, do_not_scale_image_data=True, uint=False) as hdus:
            header = hdus[0].header.copy()
            tiles = fits.CompImageHDU(hdus[0].data, header, do_not_scale_image_data=True)
            tiles.header.update({key: header[key] for key in ("BLANK", "BZERO", "BSCALE")})
            fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(path.with_suffix(".fits.fz"))
        path.unlink()


@pytest.mark.parametrize("form", [None, pack, tile], ids=["plain", "gz", "fz"])
def test_pixels_of_a_light_without_a_value_are_nan_and_masked(tmp_path, form):
    raw = night(tmp_path / "raw", light=blank(HOLE))
    if form:
        form(raw)
    for hdus in lights(reduce(raw)):
        hole = np.zeros(hdus[0].data.shape, bool)
        hole[HOLE] = True
        assert np.array_equal(np.isnan(hdus[0].data), hole)
        assert np.all(hdus["MASK"].data[hole] & BAD)
        assert is_even(hdus[0].data, LEVEL)
        assert "BLANK" not in hdus[0].header


@pytest.mark.parametrize("kind", ["bias", "dark", "flat"])
@pytest.mark.parametrize("method", ["auto", "mean", "median", "sigma_clip", "winsorized", "minmax",
                                    "percentile", "linear_fit"])  # fmt: skip
def test_a_value_that_one_frame_lacks_is_that_of_the_others(tmp_path, kind, method):
    raw = night(tmp_path / "raw", **{kind: blank(HOLE, 2)})
    masters = {"method": {kind: method}, "rejection_map": True}
    for hdus in lights(reduce(raw, masters=masters)):
        assert not np.isnan(hdus[0].data).any()
        assert is_even(hdus[0].data, LEVEL)
        assert abs(np.median(hdus[0].data[HOLE]) - LEVEL) < 0.1 * LEVEL


@pytest.mark.parametrize("kind", ["bias", "dark", "flat"])
def test_a_value_that_all_frames_lack_is_masked_and_the_rest_is_as_it_was(tmp_path, kind):
    raw = night(tmp_path / "raw", **{kind: blank(HOLE)})
    for hdus in lights(reduce(raw)):
        hole = np.zeros(hdus[0].data.shape, bool)
        hole[HOLE] = True  # of a bias too, by the dark that is scaled for the flats
        lost = np.isnan(hdus[0].data)
        assert not lost[~hole].any()
        assert lost[HOLE][4:-4, 4:-4].all()  # near its rim the flats show it, and it is repaired
        assert np.all(hdus["MASK"].data[hole] != 0)
        assert is_even(hdus[0].data, LEVEL)


def test_a_listed_pixel_beside_a_hole_is_replaced_by_what_has_a_value(tmp_path):
    hot = np.argwhere(sensor().dark > 1000)
    y, x = hot[np.argmax((hot[:, 0] > 2) & (hot[:, 1] > 2))]
    raw = night(tmp_path / "raw", light=blank(np.s_[y - 1 : y + 1, x - 1 : x]))
    for hdus in lights(reduce(raw)):
        assert abs(hdus[0].data[y, x] - LEVEL) < 0.25 * LEVEL


def pedestal(pixels, cards):
    return pixels + np.uint16(100), {**cards, "PEDESTAL": -100}


@pytest.mark.parametrize("kinds", [("light",), ("dark",), ("bias", "dark", "flat", "light")])
def test_a_pedestal_is_taken_off_and_its_card_is_gone(tmp_path, kinds):
    raw = night(tmp_path / "raw", **dict.fromkeys(kinds, pedestal))
    plan = reduce(raw)
    for hdus in lights(plan):
        assert is_even(hdus[0].data, LEVEL)
        assert abs(np.median(hdus[0].data) - LEVEL) < 0.02 * LEVEL
        assert "PEDESTAL" not in hdus[0].header
        taken = any(
            "PEDESTAL was taken off, -100 ADU" in line for line in hdus[0].header["HISTORY"]
        )
        assert taken == ("light" in kinds)
        if "light" in kinds:
            assert hdus[0].header["RAWSAT"] == 65435.0
    for master in plan.masters:
        header = fits.getheader(master.path)
        assert "PEDESTAL" not in header
        said = any("PEDESTAL was taken off" in line for line in header["HISTORY"])
        assert said == (master.source.key.kind in kinds)


def test_whole_numbers_that_are_asked_for_have_their_own_pedestal(tmp_path):
    raw = night(tmp_path / "raw", light=pedestal)
    for hdus in lights(reduce(raw, calibrate={"output_type": "raw", "pedestal": 50.0})):
        assert hdus[0].header["PEDESTAL"] == -50
        assert hdus[0].data.dtype == np.uint16
        assert abs(np.median(hdus[0].data) - LEVEL - 50) < 0.02 * LEVEL


def to_one(pixels, cards):
    return (pixels / 65535).astype(np.float32), {**cards, "SWCREATE": "SharpCap"}


@pytest.mark.parametrize("kinds", [("light",), ("bias", "dark", "flat"), tuple(KINDS)])
def test_numbers_from_0_to_1_are_counted_as_the_others_are(tmp_path, kinds):
    raw = night(tmp_path / "raw", **dict.fromkeys(kinds, to_one))
    for hdus in lights(reduce(raw)):
        assert is_even(hdus[0].data, LEVEL)
        counted = any("from 0 to 1" in line for line in hdus[0].header["HISTORY"])
        assert counted == ("light" in kinds)


def test_a_saturation_that_is_told_in_numbers_from_0_to_1_is_counted_too(tmp_path):
    def bright(pixels, cards):
        pixels, cards = to_one(pixels, cards)
        pixels[5, 5] = 1.0
        return pixels, {**cards, "SATURATE": 0.99}

    raw = night(tmp_path / "raw", light=bright)
    for hdus in lights(reduce(raw)):
        assert (hdus["MASK"].data & 4 > 0).sum() == 1


def test_a_dark_of_ours_that_is_all_below_1_adu_stays_so(tmp_path):
    def faint(pixels, cards):
        return (pixels.astype(np.float32) / 100).astype(np.uint8), cards

    raw = night(tmp_path / "raw", **dict.fromkeys(KINDS, faint))
    for hdus in lights(reduce(raw, masters={"subtract_bias": True})):
        assert abs(np.median(hdus[0].data) - LEVEL / 100) < 1
