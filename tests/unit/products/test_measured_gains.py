"""Gains of amplifiers that no header tells: measured by pairs, and applied to all frames."""

import json
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from amplified import halves, order_of, quarters, write_images
from orders import calibration_order, light_order, mask_order, master_order
from plateworks.errors import FrameError
from plateworks.metadata.gainnights import read_told
from plateworks.metadata.normalise import read_frame
from plateworks.orders.amplifiergains import GainNight, GainPairs, GainsOrder
from plateworks.orders.frames import Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.orders.trials import TrialOrder
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.cosmetics import make_bad_pixel_mask
from plateworks.products.flattrial import preview_lights
from plateworks.products.gainfile import read_gains, with_gains
from plateworks.products.gainmeasuring import measure_gains
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.quality.cameras import COLUMNS, camera_rows
from plateworks.report.amplifiergains import doubtful_gains, of_other_nights, unknown_gains

HEIGHT, WIDTH = 256, 320
Y, X = np.mgrid[:HEIGHT, :WIDTH]
FLAT = 30_000 * (1 - 0.1 * ((X - 160) / 160) ** 2)


def night_of(*pairs, night="20250815"):
    return GainNight(night=night, pairs=pairs, told=f"{night}01234567")


class Night:
    """Frames of amplifiers whose headers tell no gain, and the gains that are measured of them."""

    def __init__(self, folder, drawn, seed=3, told=False):
        self.folder, self.drawn, self.told = folder, drawn, told
        self.random = np.random.default_rng(seed)
        self.gains = str(folder / "gains.json")
        response = 1 + 0.002 * self.random.standard_normal(X.shape)
        self.bias = self.take("bias", 6, 0 * X, 0.0)
        self.flat = self.take("flat", 6, FLAT * response, 1.0)
        self.light = self.take("light", 1, 0.5 * FLAT * response, 60.0)

    def take(self, kind, count, electrons, seconds):
        cards = {"IMAGETYP": kind, "EXPTIME": seconds, "FILTER": "r"}
        paths = [self.folder / f"{kind}{i}.fits" for i in range(count)]
        for path in paths:
            path.unlink(missing_ok=True)
            write_images(path, electrons, self.drawn, self.random, gains=self.told, **cards)
        return paths

    def measure(self, flats=None, darks=None, of_reading=True):
        flats, darks = flats or self.flat, darks or self.bias
        pairs = GainPairs(
            flats=tuple(map(order_of, flats)), darks=tuple(map(order_of, darks)),
            of_reading=of_reading,
        )  # fmt: skip
        measure_gains(
            GainsOrder(nights=(night_of(pairs),), mode="1", told="0123456789abcdef"), self.gains
        )
        return read_gains(self.gains)

    def masters(self):
        """Make a bias and a flat by the measured gains; return them and what they are taken off."""
        bias, flat = str(self.folder / "bias_master.fits"), str(self.folder / "flat_master.fits")
        frames = [order_of(path, gains=self.gains) for path in self.bias]
        make_master(master_order("bias", frames), bias)
        taken = Subtraction(bias=bias)
        frames = [
            replace(order_of(path, gains=self.gains), subtraction=taken) for path in self.flat
        ]
        make_master(master_order("flat", frames), flat)
        return bias, flat, taken

    def calibrated(self, **settings):
        _, flat, taken = self.masters()
        frame = replace(order_of(self.light[0], gains=self.gains), subtraction=taken)
        light = replace(light_order(frame.raw, self.folder / "out.fits"), frame=frame)
        chosen = FlatChoice(path=flat, match=MatchQuality(level=0, reason="exact"))
        calibrate_frames(calibration_order([replace(light, flat=chosen)], **settings))
        return read_image(self.folder / "out.fits")


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    return Night(tmp_path_factory.mktemp("night"), quarters(HEIGHT, WIDTH, drift=20.0))


def seams(picture, over):
    """Return the steps between amplifiers beside the picture `over`, a part of the level."""
    even, (down, across) = picture / over, (HEIGHT // 2, WIDTH // 2)
    found = []
    for rows in (slice(0, down), slice(down, None)):
        found.append(even[rows, :across].mean() / even[rows, across:].mean() - 1)
    for columns in (slice(0, across), slice(across, None)):
        found.append(even[:down, columns].mean() / even[down:, columns].mean() - 1)
    return np.abs(found)


@pytest.mark.parametrize("amplifiers", [halves, quarters])
def test_gains_are_within_a_hundredth_of_the_truth_and_of_their_errors(tmp_path, amplifiers):
    drawn = amplifiers(HEIGHT, WIDTH, drift=20.0, noise=6.0)
    found = Night(tmp_path, drawn).measure().found
    assert len(found) == len(drawn)
    for one, truth in zip(found, drawn, strict=True):
        assert one.gain.value == pytest.approx(truth.gain, rel=0.01)
        assert abs(one.gain.value - truth.gain) < 4 * one.gain.error
        assert one.gain.error < 0.01 * truth.gain
        assert one.read_noise.value == pytest.approx(6.0, rel=0.02)


def test_they_are_those_of_the_truth_also_where_headers_say_otherwise(tmp_path):
    night = Night(tmp_path, halves(HEIGHT, WIDTH), told=True)
    for path in (*night.bias, *night.flat):
        with fits.open(path, mode="update") as hdus:
            hdus[1].header["GAIN"] = 5.0
    assert read_frame(str(night.flat[0])).readout.gain == pytest.approx(3.15)
    found = night.measure().found
    assert [one.gain.value for one in found] == pytest.approx([1.6, 1.3], rel=0.01)
    applied = with_gains(order_of(night.flat[0], gains=night.gains)).assembly.readout
    assert [one.gain for one in applied.amplifiers] == pytest.approx([1.6, 1.3], rel=0.01)


def test_before_the_flat_measured_gains_leave_their_error_and_no_more(night):
    found = night.measure().found
    with open_raw(with_gains(order_of(night.flat[0], gains=night.gains))) as reader:
        seam = seams(reader.read(), FLAT)
    with open_raw(order_of(night.flat[0])) as reader:
        as_read = seams(reader.read(), FLAT)
    assert as_read.min() > 0.1
    errors = [one.gain.error / one.gain.value for one in found]
    assert seam.max() < 4 * 2**0.5 * max(errors) < 0.05


def test_after_the_flat_no_seam_is_left(night):
    night.measure()
    image = night.calibrated()
    assert seams(image.data, np.ones_like(image.data)).max() < 1e-3
    assert image.header["CALSTAT"] == "OBF"
    assert image.header["PWAGAN1"] == pytest.approx(1.2, rel=0.01)
    assert "by pairs" in image.header.comments["PWAGAN1"]


def test_masters_tell_by_what_they_were_brought_to_one_gain(night):
    night.measure()
    for path in night.masters()[:2]:
        header = read_image(path).header
        word, *shares = header["PWSHARES"].split()
        assert word == "measured"
        assert [float(one) for one in shares] == pytest.approx(
            [0.941, 1.176, 1.098, 0.784], rel=0.01
        )
        assert read_frame(path).amplifiers == header["PWSHARES"]
        assert header["EGAIN"] == pytest.approx(1.275, rel=0.01)
        assert "PWWARN" not in header


def test_what_was_measured_is_not_said_to_be_what_headers_say(night):
    night.measure()
    bias, flat, _ = night.masters()
    [row] = camera_rows([bias, flat], [("kb42", "20250815")] * 2)
    told = dict(zip(COLUMNS, row, strict=True))
    assert told["gain_e_per_adu"] == pytest.approx(1.275, rel=0.01)
    assert told["gain_header"] is told["read_noise_header"] is told["header_apart"] is None


def test_electrons_are_counted_by_them_where_flats_tell_none(night):
    night.measure()
    frame = with_gains(order_of(night.light[0], gains=night.gains))
    light = replace(light_order(frame.raw, night.folder / "alone.fits"), frame=frame)
    calibrate_frames(calibration_order([light], units="electron"))
    image = read_image(night.folder / "alone.fits")
    assert image.header["PWGAINBY"] == "measured"
    assert image.data.mean() == pytest.approx(0.5 * FLAT.mean(), rel=0.01)


def test_errors_are_true_of_each_amplifier_that_was_measured(night):
    night.measure()
    image = night.calibrated(uncertainty=True)
    # The light is the flat, but for its noise.
    pull = (image.data - image.data.mean()) / image.sigma[...]
    for rows in (slice(0, 128), slice(128, None)):
        for columns in (slice(0, 160), slice(160, None)):
            assert pull[rows, columns].std() == pytest.approx(1.0, abs=0.05)


def test_masks_and_previews_are_made_of_frames_brought_to_one_gain(night):
    night.measure()
    _, flat, taken = night.masters()
    frames = [replace(order_of(one, gains=night.gains), subtraction=taken) for one in night.flat]
    make_bad_pixel_mask(mask_order(frames), flat, str(night.folder / "mask.fits"))
    assert read_image(night.folder / "mask.fits").data.shape == (HEIGHT, WIDTH)
    trial = TrialOrder(frames=(order_of(night.light[0], gains=night.gains),), repair="median")
    preview_lights(trial, str(night.folder / "trial.fits"))
    preview = read_image(night.folder / "trial.fits").data
    left, right = np.array_split(preview, 2, axis=1)
    assert np.nanmedian(left) == pytest.approx(np.nanmedian(right), rel=0.02)


def test_gains_that_were_not_read_open_no_frame(night):
    with pytest.raises(ValueError, match="before its gains are read"):
        open_raw(order_of(night.light[0], gains=night.gains))


def test_flats_without_light_tell_nothing_and_frames_stay_as_they_are_read(night, tmp_path):
    dark = Night(tmp_path, night.drawn)
    found = dark.measure(flats=dark.bias)
    assert not found.found
    assert "amplifier 1:" in found.why_not
    order = with_gains(order_of(dark.light[0], gains=dark.gains))
    assert order.assembly.gains is None
    assert frame_of(order).amplifiers == "as read"


def test_a_frame_that_cannot_be_read_is_left_out(night, tmp_path):
    night.measure()
    torn = tmp_path / "torn.fits"
    torn.write_bytes(night.flat[0].read_bytes()[:40_000])
    orders = [order_of(night.flat[0]), replace(order_of(night.flat[1]), raw=str(torn))]
    flats = (*orders, *map(order_of, night.flat[2:]))
    pairs = GainPairs(flats=flats, darks=tuple(map(order_of, night.bias)), of_reading=False)
    measure_gains(GainsOrder(nights=(night_of(pairs),), mode="1"), str(tmp_path / "gains.json"))
    found = read_gains(str(tmp_path / "gains.json")).found
    assert [one.gain.value for one in found] == pytest.approx([1.2, 1.5, 1.4, 1.0], rel=0.01)
    assert all(one.read_noise is None for one in found)


def full_of(night):
    """Return flats like those of a night, every pixel of which is full."""
    folder = night.folder / "full"
    paths = []
    for number, path in enumerate(night.flat):
        with fits.open(path) as hdus:
            for hdu in hdus[1:]:
                hdu.data[:] = 65535
            folder.mkdir(exist_ok=True)
            paths.append(folder / f"full{number}.fits")
            hdus.writeto(paths[-1], overwrite=True)
    return paths


def test_flats_that_tell_nothing_do_not_block_those_of_the_next_night(night, tmp_path, caplog):
    darks = tuple(map(order_of, night.bias))
    nights = [
        night_of(GainPairs(flats=tuple(map(order_of, flats)), darks=darks, of_reading=True),
                 night=name)
        for name, flats in (
            ("20250812", full_of(night)), ("20250813", night.flat[:1]), ("20250815", night.flat),
            ("20250816", night.flat[:2]),
        )
    ]  # fmt: skip
    path = str(tmp_path / "gains.json")
    measure_gains(GainsOrder(nights=tuple(nights), mode="1", told="0123456789abcdef"), path)
    gains = [one.gain.value for one in read_gains(path).found]
    assert gains == pytest.approx([1.2, 1.5, 1.4, 1.0], rel=0.01)
    told = read_told(path)
    assert [(one.night, bool(one.why_not)) for one in told.tried] == [
        ("20250812", True), ("20250813", True), ("20250815", False),
    ]  # fmt: skip
    assert "amplifier 1: too many of their pixels are saturated" in told.tried[0].why_not
    assert "1 of its flats and 6 frames without light can be read" in told.tried[1].why_not
    assert json.loads((tmp_path / "gains.json").read_text())["frames"][0] == "flat0.fits"
    [said] = of_other_nights([path])
    assert "by the flats of 20250815" in said
    assert said.index("20250812") < said.index("20250813")


def test_where_no_night_tells_gains_each_is_named_with_its_reason(night, tmp_path):
    darks = tuple(map(order_of, night.bias))
    nights = [
        night_of(GainPairs(flats=tuple(map(order_of, flats)), darks=darks, of_reading=True),
                 night=name)
        for name, flats in (("20250812", night.flat[:1]), ("20250813", night.flat[:1]))
    ]  # fmt: skip
    path = str(tmp_path / "gains.json")
    measure_gains(GainsOrder(nights=tuple(nights), mode="1"), path)
    [said] = unknown_gains([path])
    assert "20250812, 20250813: 1 of its flats and 6 frames without light can be read" in said
    assert not of_other_nights([path])


def of_means(night, kind, rounded, folder, **cards):
    """Return frames that are the means of each two of a kind, as whole numbers."""
    files = night.take(kind, 12, FLAT if kind == "flat" else 0 * X, 1.0 if kind == "flat" else 0.0)
    means = []
    for one, other in zip(files[::2], files[1::2], strict=True):
        with fits.open(one) as hdus, fits.open(other) as more:
            hdus[0].header.update(cards)
            for hdu, second in zip(hdus[1:], more[1:], strict=True):
                mean = (hdu.data.astype(np.float64) + second.data) / 2
                hdu.data = rounded(mean).astype(np.uint16)
            means.append(folder / f"two_{one.name}")
            hdus.writeto(means[-1])
    return means


class NightOfMeans(Night):
    """Each frame is the mean of two."""

    def __init__(self, folder, rounded=np.rint, told=False, **cards):
        super().__init__(folder, halves(HEIGHT, WIDTH, noise=6.0), told=told)
        for kind in ("bias", "flat"):
            for path in getattr(self, kind):
                path.unlink()
            setattr(self, kind, of_means(self, kind, rounded, folder, **cards))


@pytest.mark.parametrize(
    ("rounded", "told", "words"),
    [
        (np.rint, False, ("75% of the values of its flats are even",)),
        (np.floor, True, (
            "amplifier 1: its frames show 3.", "amplifier 2: its frames show 2.",
            "the header says 1.6 (EGAIN)", "as flats show that are each the mean of 2 frames",
            "as flats and bias frames show that are each the mean of 2 frames",
        )),
    ],
)  # fmt: skip
def test_means_of_two_frames_are_named_with_what_betrays_them(tmp_path, rounded, told, words):
    night = NightOfMeans(tmp_path, rounded, told)
    gains = night.measure()
    found = [one.gain.value for one in gains.found]
    assert found == pytest.approx([3.2, 2.6], rel=0.03)  # the shares are right
    assert found[0] / found[1] == pytest.approx(1.6 / 1.3, rel=0.01)
    said = "; ".join(gains.caveats)
    assert all(one in said for one in words)
    assert all(one.startswith(night.gains) for one in doubtful_gains([night.gains]))


def test_nothing_is_measured_of_frames_whose_header_counts_readouts(tmp_path):
    gains = NightOfMeans(tmp_path, COADDS=2).measure()
    assert not gains.found
    assert "two_flat0.fits says that it is of 2 readouts (COADDS" in gains.why_not


def test_single_frames_are_in_no_doubt(night, tmp_path):
    assert night.measure().caveats == ()
    told = Night(tmp_path, halves(HEIGHT, WIDTH, noise=4.0), told=True)
    assert told.measure().caveats == ()


def test_the_file_tells_where_each_amplifier_lies_and_by_which_frames(night):
    night.measure()
    told = json.loads((night.folder / "gains.json").read_text())
    assert told["amplifiers"][3]["place"] == f"[161:{WIDTH},129:{HEIGHT}]"
    assert told["amplifiers"][0]["share"] == pytest.approx(0.941, rel=0.01)
    assert told["frames"][0] == "flat0.fits"
    assert told["PWTOLD"] == "0123456789abcdef"


@pytest.mark.parametrize("text", ["", "{}", '{"amplifiers": [{"gain_e_per_adu": -1}]}'])
def test_a_file_that_tells_no_gains_is_refused_by_name(tmp_path, text):
    path = tmp_path / "gains.json"
    path.write_text(text)
    with pytest.raises(FrameError, match="delete it, and the next run measures them again"):
        read_gains(str(path))
