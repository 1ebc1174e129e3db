"""Files of images: whole or not at all, in the same bytes every time, and back as they were."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import CCDData, StdDevUncertainty

from plateworks.errors import FrameError
from plateworks.products.image import PLANES, Image
from plateworks.products.imagefiles import (
    read_image,
    read_image_header,
    read_sigma,
    write_cards,
    write_image,
)

RNG = np.random.default_rng(8)
SHAPE = (7, 5)

each_format = pytest.mark.parametrize("ending", ["fits", "xisf"])


def full_image(dtype: type = np.float32) -> Image:
    """An image with every plane there is."""
    return Image(
        (RNG.random(SHAPE) * 250).astype(dtype),
        fits.Header([("OBJECT", "M 31", "what"), ("BUNIT", "electron")]),
        mask=RNG.integers(0, 32, SHAPE).astype(np.uint8),
        sigma=RNG.random(SHAPE).astype(np.float32),
        losses=RNG.integers(0, 300, SHAPE).astype(np.uint16),
        glow=RNG.normal(0, 1, SHAPE).astype(np.float32),
        rate=RNG.normal(0, 0.01, SHAPE).astype(np.float32),
        misfit=RNG.random(SHAPE).astype(np.float32),
    )


@each_format
@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.uint8])
def test_an_image_comes_back_with_all_its_planes(tmp_path, ending, dtype):
    image = full_image(dtype)
    write_image(tmp_path / f"a.{ending}", image)
    got = read_image(tmp_path / f"a.{ending}")
    assert got.data.dtype == dtype and np.array_equal(got.data, image.data)
    assert got.header["OBJECT"] == "M 31" and got.header.comments["OBJECT"] == "what"
    for plane in PLANES:
        pixels = getattr(got, plane.field)
        assert pixels.dtype in (plane.dtype, np.uint8)  # masks of few bits stay bytes
        kept = getattr(image, plane.field)
        if plane.field in ("sigma", "misfit") and ending == "fits":  # in steps, 65534 of them
            assert np.allclose(pixels, kept, rtol=0, atol=kept.max() / 65_000)
        else:
            assert np.array_equal(pixels, kept), plane.name


@each_format
@pytest.mark.parametrize("left_out", [plane.field for plane in PLANES])
def test_a_plane_that_is_not_there_is_not_made_up(tmp_path, ending, left_out):
    planes = {plane.field: np.ones(SHAPE, plane.dtype) for plane in PLANES}
    planes[left_out] = None
    write_image(tmp_path / f"a.{ending}", Image(np.zeros(SHAPE, np.int16), fits.Header(), **planes))
    got = read_image(tmp_path / f"a.{ending}")
    assert {plane.field for plane, _ in got.planes()} == set(planes) - {left_out}


def test_a_plane_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"plane MASK has the shape \(5, 7\), the image \(7, 5\)"):
        Image(np.zeros(SHAPE), fits.Header(), mask=np.zeros(SHAPE[::-1], np.uint8))


@pytest.mark.parametrize("unit", ["electron", None])
def test_astropy_reads_pixels_mask_and_deviation(tmp_path, unit):
    image = full_image()
    image.header["BUNIT"] = unit or "adu"
    write_image(tmp_path / "a.fits", image)
    ccd = CCDData.read(tmp_path / "a.fits")
    assert ccd.unit == (unit or "adu")
    assert np.array_equal(ccd.data, image.data)
    assert np.array_equal(ccd.mask, image.mask != 0)
    assert isinstance(ccd.uncertainty, StdDevUncertainty)
    step = fits.getheader(tmp_path / "a.fits", "UNCERT")["BSCALE"]
    assert np.allclose(ccd.uncertainty.array, image.sigma, rtol=0, atol=0.51 * step)
    assert step < image.sigma.max() / 60_000
    extension = fits.getheader(tmp_path / "a.fits", "UNCERT")
    assert (extension["UTYPE"], extension["BUNIT"]) == ("StdDevUncertainty", unit or "adu")


def test_pixels_without_a_unit_deviate_in_adu(tmp_path):
    image = Image(np.zeros(SHAPE, np.float32), fits.Header(), sigma=np.ones(SHAPE, np.float32))
    write_image(tmp_path / "a.fits", image)
    assert fits.getheader(tmp_path / "a.fits", "UNCERT")["BUNIT"] == "adu"


def test_cards_of_how_an_array_was_stored_are_not_written(tmp_path):
    header = fits.Header([("BZERO", 5, "must not survive"), ("OBJECT", "M 31")])
    write_image(tmp_path / "a.fits", Image(np.eye(5, dtype=np.float32), header))
    got = read_image(tmp_path / "a.fits")
    assert np.array_equal(got.data, np.eye(5)) and "BZERO" not in got.header


def test_the_mask_explains_its_bits(tmp_path):
    write_image(tmp_path / "a.fits", full_image())
    header = fits.getheader(tmp_path / "a.fits", "MASK")
    assert [header[f"BIT{i}"] for i in range(5)] == [1, 2, 4, 8, 16]
    assert "cosmic" in header.comments["BIT4"]


@each_format
def test_the_same_image_has_the_same_bytes(tmp_path, ending):
    image = full_image()
    for name in ("a", "b"):
        write_image(tmp_path / f"{name}.{ending}", image)
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()


@each_format
def test_the_marker_of_a_frame_set_aside_has_cards_and_says_why_it_has_no_pixels(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    write_cards(path, fits.Header([("PWFAIL", "it's broken")]))
    assert read_image_header(path)["PWFAIL"] == "it's broken"
    with pytest.raises(FrameError, match=rf"a\.{ending}: has no pixels: it's broken"):
        read_image(path)


@pytest.mark.parametrize("read", [read_image, read_image_header])
@pytest.mark.parametrize(
    ("name", "words"), [("a.fits", "cannot be read as FITS"), ("a.xisf", "is not XISF")]
)
def test_a_damaged_product_is_said_by_name(tmp_path, read, name, words):
    (tmp_path / name).write_text("neither")
    with pytest.raises(FrameError, match=f"{name}: {words}"):
        read(tmp_path / name)


@each_format
def test_deviations_are_read_alone_as_they_were_written(tmp_path, ending):
    image = full_image()
    write_image(tmp_path / f"a.{ending}", image)
    assert np.allclose(read_sigma(tmp_path / f"a.{ending}")[...], image.sigma, atol=1e-4)
    write_image(tmp_path / f"b.{ending}", replace(image, sigma=None))
    assert read_sigma(tmp_path / f"b.{ending}") is None


@pytest.mark.parametrize("cards", [{}, {"BSCALE": 0.5, "BZERO": 3.0}])
def test_deviations_that_another_program_wrote_are_read_by_its_own_scale(tmp_path, cards):
    hdus = fits.HDUList([fits.PrimaryHDU(np.zeros(SHAPE, np.float32))])
    hdus.append(fits.ImageHDU(np.full(SHAPE, 6, np.int16), name="UNCERT"))
    hdus.writeto(tmp_path / "a.fits")
    for key, value in cards.items():
        fits.setval(tmp_path / "a.fits", key, value=value, ext=1)
    told = 6 * cards.get("BSCALE", 1.0) + cards.get("BZERO", 0.0)
    assert np.array_equal(read_sigma(tmp_path / "a.fits")[...], np.full(SHAPE, told))
