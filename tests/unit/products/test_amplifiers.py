"""Frames that several amplifiers read: what becomes of them, against the picture they show."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from amplified import OVERSCAN, halves, quarters, write_image, write_images
from orders import calibration_order, frame_order, light_order, master_order
from plateworks.digests import digest_of_bytes
from plateworks.errors import FrameError
from plateworks.metadata.amplifiers import Amplifier, Readout
from plateworks.metadata.datadigest import digest_of_data
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import Assembly, Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.pixels.masks import SATURATED
from plateworks.products.assembling import digests_of
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.products.reading import FrameReader
from plateworks.products.readoutheader import clear_readout, put_readout
from plateworks.versions import ASSEMBLY

HEIGHT, WIDTH = 128, 160
Y, X = np.mgrid[:HEIGHT, :WIDTH]
#: Electrons: a picture that is nowhere like its mirror.
SKY = 3000.0 + 10.0 * X + 25.0 * Y
LIGHT = {"IMAGETYP": "Light Frame", "EXPTIME": 60.0}


def order_of(path, **more):
    told = {"readout": read_frame(str(path)).readout, "overscan": "auto"} | more
    return frame_order(path, assembly=Assembly(**told))


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


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Bias frames, flats and a light of four amplifiers, and the masters that are made of them."""
    folder, drawn = tmp_path_factory.mktemp("night"), quarters(HEIGHT, WIDTH, drift=20.0)
    draws = random(5)
    response = 1 - 0.1 * ((X - 80) / 80) ** 2 + 0.002 * draws.standard_normal(X.shape)

    def frames(kind, count, electrons, exposure):
        cards = {"IMAGETYP": kind, "EXPTIME": exposure, "FILTER": "r"}
        return [
            order_of(write_images(folder / f"{kind}{i}.fits", electrons, drawn, draws, **cards))
            for i in range(count)
        ]

    bias, flat = folder / "bias_master.fits", folder / "flat_master.fits"
    make_master(master_order("bias", frames("bias", 5, 0 * X, 0.0)), str(bias))
    taken = Subtraction(bias=str(bias))
    flats = [replace(one, subtraction=taken) for one in frames("flat", 6, 40_000 * response, 1.0)]
    make_master(master_order("flat", flats), str(flat))
    [light] = frames("light", 1, 20_000 * response, 60.0)
    return folder, bias, flat, replace(light, subtraction=taken)


def calibrated(night, **settings):
    folder, _, flat, frame = night
    quality = MatchQuality(level=0, reason="exact")
    light = replace(
        light_order(frame.raw, folder / "out.fits"), frame=frame,
        flat=FlatChoice(path=str(flat), match=quality),
    )  # fmt: skip
    calibrate_frames(calibration_order([light], **settings))
    return read_image(folder / "out.fits")


def test_masters_are_combined_of_pictures(night):
    _, bias, flat, _ = night
    for path in (bias, flat):
        header = read_image(path).header
        assert (header["NAXIS1"], header["NAXIS2"]) == (WIDTH, HEIGHT)
        assert (header["PWNAMP"], header["PWOSCAN"], header["CALSTAT"]) == (4, "auto", "O")
        assert header["PWAMP4"] == f"[{WIDTH // 2 + 1}:{WIDTH},{HEIGHT // 2 + 1}:{HEIGHT}]"
        assert header["PWAGAN2"] == 1.5
        assert header["PWSHARES"] == "0.941 1.18 1.1 0.784"
        assert read_frame(path).amplifiers == header["PWSHARES"]
    assert abs(read_image(bias).data.mean()) < 0.1


def test_no_seam_is_left_after_the_flat(night):
    image = calibrated(night)
    middle = HEIGHT // 2, WIDTH // 2
    level = image.data.mean()
    for axis, edge in enumerate(middle):
        strips = np.moveaxis(image.data, axis, 0)
        seam = strips[edge : edge + 20].mean() - strips[edge - 20 : edge].mean()
        assert abs(seam) / level < 1e-3
    header = image.header
    assert header["CALSTAT"] == "OBF"
    assert not {"BIASSEC", "DATASEC", "DETSEC", "GAIN"} & set(header)
    assert any("overscan of amplifier 1" in line for line in header["HISTORY"])


def test_errors_are_those_of_each_amplifier(night):
    image = calibrated(night, uncertainty=True)
    pull = (image.data - image.data.mean()) / image.sigma[...]
    for rows in (slice(0, 64), slice(64, None)):
        for columns in (slice(0, 80), slice(80, None)):
            assert pull[rows, columns].std() == pytest.approx(1.0, abs=0.05)


def test_a_raw_file_is_proven_by_all_its_images(night):
    _, _, _, light = night
    with open_raw(light) as reader:
        assert reader.digests() == digests_of(light.raw)
    with pytest.raises(FrameError, match="4 amplifiers"):
        FrameReader(light.raw)


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


@pytest.fixture(scope="module")
def unlike(tmp_path_factory):
    """Masters of two amplifiers of which one is three times as noisy, and a light."""
    folder, draws = tmp_path_factory.mktemp("unlike"), random(7)
    left, right = halves(HEIGHT, WIDTH)
    drawn = (replace(left, noise=6.0), replace(right, noise=18.0))

    def frames(kind, count, electrons):
        cards = {"IMAGETYP": kind, "EXPTIME": 60.0, "FILTER": "r"}
        return [
            order_of(write_images(folder / f"{kind}{i}.fits", electrons, drawn, draws, **cards))
            for i in range(count)
        ]

    bias, flat = folder / "bias_master.fits", folder / "flat_master.fits"
    errors = {"uncertainty": True}
    make_master(master_order("bias", frames("bias", 6, 0 * X), **errors), str(bias))
    taken = Subtraction(bias=str(bias))
    flats = [replace(one, subtraction=taken) for one in frames("flat", 6, 20_000.0 + 0 * X)]
    make_master(master_order("flat", flats, **errors), str(flat))
    [light] = frames("light", 1, 100.0 + 0 * X)
    return folder, bias, flat, replace(light, subtraction=taken)


def test_masters_measure_each_amplifier(unlike):
    _, bias, flat, _ = unlike
    header = read_image(bias).header
    noises = [header[f"PWFNOI{count}"] * 1.45 for count in (1, 2)]
    assert noises == pytest.approx([6.0, 18.0], rel=0.05)
    header = read_image(flat).header
    assert [header[f"PWGAIN{count}"] for count in (1, 2)] == pytest.approx([1.45, 1.45], rel=0.05)
    assert header["PWGAIN"] == pytest.approx(1.45, rel=0.05)
    assert "PWWARN" not in header


def test_the_noise_of_an_amplifier_is_in_the_errors_of_its_pixels_alone(unlike):
    image = calibrated(unlike, uncertainty=True)
    off = image.data - np.median(image.data)
    for columns in (slice(0, 80), slice(80, None)):
        pull = off[:, columns] / image.sigma[...][:, columns]
        assert pull.std() == pytest.approx(1.0, abs=0.06)


def test_a_gain_that_a_header_says_wrongly_is_named_with_its_amplifier(tmp_path, unlike):
    folder, bias, _, _ = unlike
    wrong = []
    for i in range(6):
        path = tmp_path / f"flat{i}.fits"
        with fits.open(folder / f"flat{i}.fits") as hdus:
            hdus[2].header["GAIN"] = 2.6
            hdus.writeto(path)
        wrong.append(replace(order_of(path), subtraction=Subtraction(bias=str(bias))))
    make_master(master_order("flat", wrong), str(tmp_path / "flat_master.fits"))
    assert (
        "amplifier 2: its frames show" in read_image(tmp_path / "flat_master.fits").header["PWWARN"]
    )
