"""Masters and lights of frames that several amplifiers read: seams, measures, errors."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from amplified import halves, order_of, quarters, write_images
from orders import calibration_order, light_order, master_order
from plateworks.errors import FrameError
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.products.assembling import digests_of
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.rawframes import open_raw
from plateworks.products.reading import FrameReader

HEIGHT, WIDTH = 128, 160
Y, X = np.mgrid[:HEIGHT, :WIDTH]


def random(seed):
    return np.random.default_rng(seed)


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
