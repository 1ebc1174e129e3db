"""Frames that several amplifiers read: what becomes of them, against the picture they show."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from amplified import OVERSCAN, halves, order_of, quarters, write_image, write_images
from orders import calibration_order, light_order
from plateworks.digests import digest_of_bytes
from plateworks.errors import FrameError
from plateworks.metadata.amplifiers import Amplifier, Readout
from plateworks.metadata.datadigest import digest_of_data
from plateworks.orders.frames import Assembly
from plateworks.pixels.masks import SATURATED
from plateworks.products.assembling import digests_of
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.products.readoutheader import clear_readout, put_readout
from plateworks.versions import ASSEMBLY

HEIGHT, WIDTH = 128, 160
Y, X = np.mgrid[:HEIGHT, :WIDTH]
#: Electrons: a picture that is nowhere like its mirror.
SKY = 3000.0 + 10.0 * X + 25.0 * Y
LIGHT = {"IMAGETYP": "Light Frame", "EXPTIME": 60.0}


def picture(path, **more):
    with open_raw(order_of(path, **more)) as reader:
        return reader.read()


def random(seed=1):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("amplifiers", [halves, quarters])
def test_amplifiers_that_drift_make_the_picture_that_was_there(tmp_path, amplifiers):
    drawn = amplifiers(HEIGHT, WIDTH, drift=20.0)
    path = write_images(tmp_path / "a.fits", SKY, drawn, random())
    found = picture(path)
    common = np.mean([one.gain for one in drawn])
    off = found * common - SKY
    assert found.shape == (HEIGHT, WIDTH)
    for one in drawn:
        rows, columns = slice(*one.rows), slice(*one.columns)
        assert abs(off[rows, columns].mean()) < 4  # 0.1 % of the light
        slope = off[rows, columns].mean(axis=1)
        assert abs(slope[:16].mean() - slope[-16:].mean()) < 10  # of 40 to 64 electrons of drift
    assert frame_of(order_of(path)).egain == pytest.approx(common)


def test_one_image_of_two_amplifiers_is_the_same(tmp_path):
    drawn = halves(HEIGHT, WIDTH, drift=20.0)
    off = picture(write_image(tmp_path / "a.fits", SKY, drawn, random())) * 1.45 - SKY
    assert off.shape == (HEIGHT, WIDTH)
    assert np.abs([off[:, :80].mean(), off[:, 80:].mean()]).max() < 4


def test_an_overscan_above_the_picture_tells_the_level_of_each_column(tmp_path):
    raw = np.zeros((HEIGHT + 20, WIDTH))
    raw[:HEIGHT] = SKY
    raw += 800 + np.linspace(-20, 20, WIDTH) + random().normal(0, 3, raw.shape)
    header = fits.Header({"BIASSEC": f"[2:{WIDTH},{HEIGHT + 3}:{HEIGHT + 20}]",
                          "TRIMSEC": f"[1:{WIDTH},1:{HEIGHT}]"})  # fmt: skip
    fits.writeto(tmp_path / "a.fits", np.rint(raw).astype(np.uint16), header)
    off = picture(tmp_path / "a.fits") - SKY
    assert off.shape == (HEIGHT, WIDTH)
    assert np.abs(off.reshape(HEIGHT, 8, -1).mean(axis=(0, 2))).max() < 0.5


def test_rows_that_an_overscan_lacks_have_the_level_of_its_last(tmp_path):
    path = write_images(tmp_path / "a.fits", SKY, halves(HEIGHT, WIDTH), random())
    with fits.open(path, mode="update") as hdus:
        for one in hdus[1:]:
            right = one.data.shape[1]
            one.header["BIASSEC"] = f"[{right - 20}:{right},4:{HEIGHT - 4}]"
            one.data[:3, -OVERSCAN:] = one.data[-4:, -OVERSCAN:] = 60_000
    assert np.abs((picture(path, overscan="median") * 1.45 - SKY).mean(axis=1)).max() < 30


@pytest.mark.parametrize("pack", ["gzip", "tiles"])
def test_it_does_not_matter_how_the_images_are_packed(tmp_path, pack):
    drawn = quarters(HEIGHT, WIDTH)
    plain = write_images(tmp_path / "a.fits", SKY, drawn, random())
    if pack == "gzip":
        packed = tmp_path / "b.fits.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
    else:
        packed = write_images(tmp_path / "b.fits.fz", SKY, drawn, random(), tiles=True)
    assert np.array_equal(picture(plain), picture(packed))
    with open_raw(order_of(packed)) as one, open_raw(order_of(plain)) as other:
        assert one.digest() == other.digest()


@pytest.mark.parametrize("one", [False, True])
def test_an_image_may_lie_behind_the_primary_hdu(tmp_path, one):
    plain = write_image(tmp_path / "a.fits", SKY, halves(HEIGHT, WIDTH), random())
    with fits.open(plain, mode="update") as hdus:
        if one:  # amplifier, as most cameras have
            for key in ("DATASEC1", "DATASEC2", "BIASSEC1"):
                del hdus[0].header[key]
        packed = fits.CompImageHDU(hdus[0].data, hdus[0].header)
        fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tmp_path / "a.fits.fz")
    assert picture(plain).shape == (HEIGHT, WIDTH + one * OVERSCAN)
    assert np.array_equal(picture(plain), picture(tmp_path / "a.fits.fz"))


def test_what_is_seen_of_one_amplifier_in_another_is_taken_out(tmp_path):
    sky = np.full((HEIGHT, WIDTH), 500.0)
    sky[40:50, 20:30] = 60_000.0
    seen = {(0, 1): 0.004, (1, 0): 0.002}
    drawn = halves(HEIGHT, WIDTH)
    path = write_images(tmp_path / "a.fits", sky, drawn, random(), seen)
    ghost = np.s_[40:50, WIDTH - 30 : WIDTH - 20]
    order = order_of(path)
    kept = replace(order.assembly, readout=replace(order.assembly.readout, crosstalk=()))
    with open_raw(replace(order, assembly=kept)) as reader:
        before = reader.read()
    assert before[ghost].mean() - np.median(before) > 100
    assert abs(picture(path)[ghost].mean() - np.median(picture(path))) < 10


def test_each_amplifier_is_saturated_at_its_own_level(tmp_path):
    sky = np.full((HEIGHT, WIDTH), 500.0)
    sky[10:14, 10:14] = sky[10:14, 100:104] = 300_000.0
    path = write_images(tmp_path / "a.fits", sky, halves(HEIGHT, WIDTH, drift=20.0), random(),
                        **LIGHT)  # fmt: skip
    found = picture(path)
    assert len(np.unique(found[sky > 1000])) == 1
    assert found[sky > 1000].min() > found[sky < 1000].max()
    light = replace(light_order(path, tmp_path / "out.fits"), frame=order_of(path))
    calibrate_frames(calibration_order([light]))
    made = read_image(tmp_path / "out.fits")
    assert np.array_equal((made.mask & SATURATED) > 0, sky > 1000)
    assert made.header["SATURATE"] == pytest.approx(found.max())


def test_a_word_on_saturation_is_of_the_numbers_in_the_file(tmp_path):
    path = write_images(tmp_path / "a.fits", SKY, halves(HEIGHT, WIDTH), random())
    found = picture(path, saturation=4000.0)
    with fits.open(path) as hdus:
        full = sum(int((one.data[:, :-OVERSCAN] >= 4000).sum()) for one in hdus[1:])
    assert 100 < full < found.size
    assert (found == found.max()).sum() == full


#: The number of the arithmetic, and a digest of the pixels that it makes, to a tenth of an ADU.
GOLDEN = (1, "a58d91a1cc184561")


def test_the_number_of_the_arithmetic_changes_with_its_pixels(tmp_path):
    drawn, seen = quarters(HEIGHT, WIDTH, drift=20.0), {(0, 1): 0.004, (3, 2): 0.001}
    found = picture(write_images(tmp_path / "a.fits", SKY, drawn, random(11), seen))
    digest = digest_of_bytes(np.rint(10 * found).astype("<i4").tobytes())
    assert (ASSEMBLY, digest) == GOLDEN, "raise ASSEMBLY in versions.py with its pixels"


@pytest.mark.parametrize("tiles", [False, True])
def test_a_change_in_any_image_is_a_change_of_the_data(tmp_path, tiles):
    one = write_images(tmp_path / "a.fits", SKY, halves(HEIGHT, WIDTH), random(), tiles=tiles)
    other = tmp_path / "b.fits"
    with fits.open(one) as hdus:
        hdus[2].data[40, 40] += 1
        hdus.writeto(other)
    assert (
        digest_of_data(str(one), whole=True).whole != digest_of_data(str(other), whole=True).whole
    )
    assert digests_of(str(one)).data != digests_of(str(other)).data


def test_cards_of_parts_are_left_out_and_coordinates_follow_the_trim():
    cards = {
        "BIASSEC": "[1:20,1:64]", "TRIMSEC": "[21:84,3:64]", "DETSIZE": "[1:84,1:64]",
        "GAIN": 1.5, "CRPIX1": 40.5, "CRPIX2": 30.0, "CRVAL1": 10.0,
    }  # fmt: skip
    header = fits.Header(cards)
    one = Amplifier(data=(20, 84, 2, 64), bias=((0, 20, 0, 64),))
    clear_readout(header, Assembly(readout=Readout(amplifiers=(one,)), overscan="auto"))
    assert dict(header) == {"GAIN": 1.5, "CRPIX1": 20.5, "CRPIX2": 28.0, "CRVAL1": 10.0}
    two = (one, replace(one, hdu=2, corner=(64, 0)))
    clear_readout(header, Assembly(readout=Readout(amplifiers=two), overscan="auto"))
    assert not header


def test_sixteen_amplifiers_are_told_in_keywords_of_the_standard():
    amplifiers = (
        Amplifier(data=(0, 8, 0, 8), corner=(8 * i, 0), gain=1.0 + i, read_noise=3.0)
        for i in range(16)
    )
    header = fits.Header()
    put_readout(header, Assembly(readout=Readout(amplifiers=tuple(amplifiers)), overscan="auto"))
    assert header["PWAGAN16"] == 16.0
    assert "HIERARCH" not in str(header)


def test_a_file_with_fewer_images_than_were_planned_is_refused_by_name(tmp_path):
    two = write_images(tmp_path / "a.fits", SKY, halves(HEIGHT, WIDTH), random())
    four = write_images(tmp_path / "b.fits", SKY, quarters(HEIGHT, WIDTH), random())
    order = replace(order_of(four), raw=str(two))
    with pytest.raises(FrameError, match="HDU 3"):
        open_raw(order)


def test_an_overscan_without_values_is_refused_by_name(tmp_path):
    path = write_images(tmp_path / "a.fits", SKY, halves(HEIGHT, WIDTH), random())
    with fits.open(path) as hdus:
        hdus[2].data = hdus[2].data.astype(np.float32)
        hdus[2].data[:] = np.nan
        hdus.writeto(tmp_path / "b.fits")
    with pytest.raises(
        FrameError, match=r"no values in the overscan of an amplifier, \[83:104,1:128\]"
    ):
        picture(tmp_path / "b.fits")


@pytest.mark.parametrize(
    "types", [(np.uint16, np.int16), (np.uint8, np.uint16), (np.int32, np.uint16)]
)
def test_amplifiers_of_other_numbers_are_saturated_each_where_its_numbers_end(tmp_path, types):
    sky = np.full((HEIGHT, WIDTH), 100.0)
    drawn = [replace(one, gain=1.0, level=50.0) for one in halves(HEIGHT, WIDTH)]
    tops = [min(np.iinfo(one).max, 65_535) for one in types]
    path, mixed = tmp_path / "a.fits", fits.HDUList([fits.PrimaryHDU()])
    with fits.open(write_images(tmp_path / "like.fits", sky, drawn, random())) as hdus:
        for like, kind, top in zip(hdus[1:], types, tops, strict=True):
            pixels = np.minimum(like.data, top).astype(kind)
            pixels[40:50, 20:30] = top
            image = fits.ImageHDU(pixels)
            for key in ("DATASEC", "BIASSEC", "DETSEC", "GAIN"):
                image.header[key] = like.header[key]
            mixed.append(image)
    mixed.writeto(path)
    with open_raw(order_of(path)) as reader:
        found, reading = reader.read(), reader.reading
    assert reading.ends == pytest.approx([top - 50 for top in tops], abs=2)
    assert reading.saturated == pytest.approx(max(reading.ends))
    assert (found == found.max()).sum() == 2 * 100
    assert np.iinfo(reading.native).max >= max(tops)
