"""Masters have a MASK as lights do: what their frames show of each pixel, by the same bits."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import CCDData

from orders import mask_order, master_order
from plateworks.pixels.masks import BAD, FLICKERS, HOT, LOW_FLAT, NO_DATA, NONLINEAR, SATURATED
from plateworks.products.cosmetics import make_bad_pixel_mask
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.reading import FrameReader

SHAPE = (48, 64)
FULL = 65535
#: Row and column of a pixel of the darks -> what its master says.
DARK = {
    (5, 6): HOT,
    (9, 30): HOT | FLICKERS,
    (20, 40): HOT | SATURATED,
    (30, 11): HOT | NONLINEAR,
    (40, 3): 0,
}
#: The same of the flats, and how each responds.
FLAT = {
    (6, 9): (BAD, 0.1),
    (12, 50): (BAD, 0.5),
    (31, 20): (BAD | LOW_FLAT, 0.01),
    (40, 40): (0, 0.9),
}


@pytest.fixture
def master(tmp_path):
    """A function that writes frames of a kind and returns the path of their master."""

    def make(kind, frames, ending="fits", **changes):
        raws = []
        for number, frame in enumerate(frames):
            raws.append(tmp_path / f"{kind}_{number}.fits")
            cards = {"IMAGETYP": kind, "EXPTIME": 9.0, "EGAIN": 1.0, "INSTRUME": "ASI"}
            fits.writeto(raws[-1], frame, fits.Header(cards), overwrite=True)
        path = str(tmp_path / f"master_{kind}.{ending}")
        make_master(master_order(kind, raws, **changes), path)
        return path

    return make


def darks(near_full=0.9 * FULL):
    rng = np.random.default_rng(1)
    stack = rng.normal(500, 6, (12, *SHAPE))
    stack[:, 5, 6] += rng.poisson(900, 12)
    stack[::2, 9, 30] += 150
    stack[:, 20, 40], stack[:, 30, 11] = FULL, near_full
    stack[:, 40, 3] += 12  # stands out in the master, and is harmless
    return np.clip(np.rint(stack), 0, FULL).astype(np.uint16)


def flats():
    """Vignetted, and with a speck of dust that takes a third of the light."""
    rng = np.random.default_rng(2)
    y, x = np.indices(SHAPE)
    light = 20_000 * (1 - 0.4 * ((x - 32) ** 2 + (y - 24) ** 2) / 1600)
    light[np.hypot(y - 20, x - 12) < 3] *= 0.65
    for place, (_, response) in FLAT.items():
        light[place] *= response
    return [rng.normal(light, light**0.5).round().astype(np.uint16) for _ in range(4)]


def marked(places):
    mask = np.zeros(SHAPE, int)
    for place, bits in places.items():
        mask[place] = bits
    return mask


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_a_master_dark_marks_what_harms_flickers_or_is_near_saturation(master, ending):
    image = read_image(master("dark", darks(), ending))
    assert np.array_equal(image.mask, marked(DARK))
    counts = [image.header[f"NBIT{bit}"] for bit in (0, 1, 2, 3, 6, 8, 9)]
    assert counts == [0, 4, 1, 0, 1, 1, 0]
    assert "NBIT4" not in image.header  # no master is searched for cosmic rays


def test_a_master_flat_marks_what_is_dead_or_too_low_to_divide_by_but_no_dust(master):
    path = master("flat", flats())
    image = read_image(path)
    assert np.array_equal(image.mask, marked({place: bits for place, (bits, _) in FLAT.items()}))
    header = fits.getheader(path, "MASK")
    assert (header["BIT0"], header["BIT3"]) == (BAD, LOW_FLAT) and "BIT4" not in header
    assert header.comments["BIT0"] == "dead or cold in the flats, or without a value"


def test_what_is_saturated_in_flats_is_marked(master):
    frames = flats()
    for frame in frames:
        frame[3, 3] = FULL
    assert read_image(master("flat", frames)).mask[3, 3] == SATURATED


def test_a_mask_is_of_bytes_unless_a_rarer_bit_is_needed(master):
    plain = read_image(master("dark", darks(near_full=FULL)))
    assert plain.mask.dtype == np.uint8 and plain.mask.any()
    frames = darks().astype(np.float32)
    frames[:, 7, 7] = np.nan
    gaps = read_image(master("dark", frames))
    assert gaps.mask.dtype == np.uint16 and gaps.mask[7, 7] == BAD | NO_DATA


def test_bias_frames_have_a_mask_too_and_a_level_that_somebody_names(master):
    frames = np.random.default_rng(3).normal(300, 5, (4, *SHAPE)).round().astype(np.uint16)
    assert not read_image(master("bias", frames)).mask.any()
    constant = read_image(master("bias", frames[:1], constant=300.0))
    assert constant.mask.shape == SHAPE and not constant.mask.any()


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_the_mask_of_a_master_is_not_taken_for_its_pixels(master, ending):
    path = master("flat", flats(), ending)
    with FrameReader(path) as reader:
        assert np.array_equal(reader.read(), read_image(path).data)
    if ending == "fits":
        ccd = CCDData.read(path)
        assert np.array_equal(ccd.mask, read_image(path).mask != 0)


def test_a_mask_of_bad_pixels_tells_nothing_of_the_mask_of_its_flat(master, tmp_path):
    path = master("flat", flats())
    make_bad_pixel_mask(mask_order([]), path, str(tmp_path / "bad.fits"))
    with fits.open(tmp_path / "bad.fits") as hdus:
        assert len(hdus) == 1
        assert not [card for card in hdus[0].header if card.startswith("NBIT")]
