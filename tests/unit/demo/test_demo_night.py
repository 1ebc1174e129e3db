"""The files of a night: reproducible, readable, and as the truth says."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from plateworks.demo.__main__ import main
from plateworks.demo.frames import DrawnObservatory, write_frame
from plateworks.demo.night import Night, list_exposures
from plateworks.demo.truth import read_light, read_sensor
from plateworks.errors import FrameError
from plateworks.metadata.normalise import read_frame


def of_kind(night, kind):
    return [e for e in list_exposures(night) if e.kind == kind]


def test_the_same_seed_gives_the_same_bytes_and_any_subset_too(tiny_night, tiny_folder, tmp_path):
    again = DrawnObservatory(tiny_night)
    for exposure in list_exposures(tiny_night)[::-5]:
        path = write_frame(again, exposure, tmp_path)
        assert path.read_bytes() == (tiny_folder / "raw" / exposure.path).read_bytes()


def test_another_seed_gives_other_pixels(tiny_night):
    other = replace(tiny_night, seed=1)
    for kind in ("bias", "dark", "flat", "light"):
        first, second = (
            DrawnObservatory(night).take(of_kind(night, kind)[0]) for night in (tiny_night, other)
        )
        assert (first != second).mean() > 0.5


def test_frames_of_one_kind_differ(tiny_night):
    observatory = DrawnObservatory(tiny_night)
    first, second = (observatory.take(e) for e in of_kind(tiny_night, "bias")[:2])
    assert (first != second).mean() > 0.5


def test_no_two_frames_share_a_name():
    paths = [e.path for e in list_exposures(Night())]
    assert len(set(paths)) == len(paths) == 89


def test_the_header_says_what_was_taken(tiny_night, tiny_folder):
    for exposure in list_exposures(tiny_night):
        if exposure.truncated:
            continue
        frame = read_frame(tiny_folder / "raw" / exposure.path)
        wheel = exposure.band or tiny_night.bands[0]
        assert frame.kind == exposure.kind
        assert frame.filter == wheel.name
        assert frame.exposure == exposure.seconds
        assert (frame.set_temp, frame.temp) == (-10.0, exposure.sensor_temp)
        assert (frame.width, frame.height) == (96, 64)
        assert (frame.gain, frame.offset, frame.egain) == (100, 50, 0.25)
        assert frame.camera == "ZWO ASI2600MM Pro"
        assert (frame.pixel_size, frame.focal_length) == (3.76, 135)
        assert (frame.site_lat, frame.site_lon) == (47.0, 11.0)
        assert frame.bayer is None
        assert not frame.is_master
        if exposure.kind == "light":
            assert (frame.ra, frame.dec) == pytest.approx((322.95, 48.43), abs=1e-9)
            assert frame.object == "M 39"


def test_the_time_in_the_header_is_utc(tiny_night, tiny_folder):
    light = of_kind(tiny_night, "light")[0]
    frame = read_frame(tiny_folder / "raw" / light.path)
    assert frame.mjd == pytest.approx(60902 + (20 + 14 / 60 + 5 / 3600) / 24, abs=1e-6)


def test_a_colour_camera_writes_its_pattern_and_no_filter(tiny_night, tmp_path):
    sensor = replace(tiny_night.sensor, bayer="RGGB")
    bands = (replace(tiny_night.bands[0], name=None),)
    night = replace(tiny_night, sensor=sensor, bands=bands)
    path = write_frame(DrawnObservatory(night), of_kind(night, "flat")[0], tmp_path)
    frame = read_frame(path)
    assert (frame.bayer, frame.filter) == ("RGGB", None)
    flat = fits.getdata(path).astype(float) - 500
    assert np.median(flat[::2, ::2]) / np.median(flat[::2, 1::2]) == pytest.approx(0.61, abs=0.02)


def test_the_truncated_light_cannot_be_read_and_the_others_can(tiny_night, tiny_folder):
    broken = [e for e in list_exposures(tiny_night) if e.truncated]
    assert len(broken) == 1
    with pytest.raises(FrameError):
        read_frame(tiny_folder / "raw" / broken[0].path)


def test_flats_show_the_vignetting_and_the_dust_of_the_truth(observatory):
    night = observatory.night
    for band in night.bands:
        flats = [e for e in of_kind(night, "flat") if e.band == band]
        truth = observatory.flat(band)
        good = (observatory.maps.dark_rate < 1) & (truth > 0.5)
        frames = [observatory.take(e) - observatory.maps.bias for e in flats]
        mean = np.mean([f / f[good].mean() for f in frames], axis=0) * truth[good].mean()
        electrons = night.flat_level * night.sensor.saturation * night.sensor.egain * truth
        error = truth / np.sqrt(electrons * len(flats))
        pull = ((mean - truth) / error)[good]
        assert np.std(pull) == pytest.approx(1, abs=0.05)
        assert abs(pull.mean()) < 0.02
        assert truth.min() < 0.5  # dead pixels
        assert np.median(truth) == pytest.approx(1)


def test_dust_on_a_filter_is_not_seen_through_the_other(observatory):
    first, second = (observatory.flat(band) for band in observatory.night.bands)
    ratio = first / second
    assert np.ptp(ratio) > 0.05
    assert np.median(np.abs(ratio - np.median(ratio))) < 0.02


def test_a_light_calibrated_with_the_true_masters_is_the_true_light(observatory, tmp_path):
    """The mean of the residuals over their computed noise is 0, and their scatter 1."""
    night, maps = observatory.night, observatory.maps
    for band in night.bands:
        light = next(e for e in of_kind(night, "light") if e.band == band)
        raw = observatory.take(light).astype(float)
        flat, egain = observatory.flat(band), night.sensor.egain
        dark = maps.dark_rate * night.sensor.warmth(light.sensor_temp) * light.seconds
        calibrated = (raw - maps.bias - dark / egain) / flat
        expected = observatory.scene(light).electrons
        noise = np.sqrt(expected * flat + dark + night.sensor.read_noise**2) / egain / flat
        good = (raw < 65000) & (observatory.cosmics(light) == 0)
        pull = ((calibrated - expected / egain) / noise)[good]
        assert abs(pull.mean()) < 0.02
        assert np.std(pull) == pytest.approx(1, abs=0.02)


def test_the_truth_on_disk_is_what_was_drawn(tiny_night, tiny_folder):
    observatory = DrawnObservatory(tiny_night)
    sensor = read_sensor(tiny_folder / "truth" / "sensor.fits")
    assert sorted(sensor) == ["BIAS", "DARK", "FLAT_HA", "FLAT_L"]
    np.testing.assert_array_equal(sensor["DARK"], observatory.maps.dark_rate)
    np.testing.assert_array_equal(sensor["FLAT_HA"], observatory.flat(tiny_night.bands[1]))

    hot = np.genfromtxt(tiny_folder / "truth" / "hot.csv", delimiter=",", names=True)
    assert len(hot) == len(observatory.maps.hot) == 31
    rates = sensor["DARK"][hot["y"].astype(int), hot["x"].astype(int)]
    np.testing.assert_allclose(hot["rate"], rates, rtol=1e-4)

    light = of_kind(tiny_night, "light")[0]
    scene = observatory.scene(light)
    truth = read_light(tiny_folder / "truth" / "lights" / light.path.split("/")[-1])
    np.testing.assert_allclose(truth.image, scene.electrons / 0.25, rtol=1e-6)
    there, here = (wcs.all_pix2world(90, 3, 0) for wcs in (truth.wcs, scene.wcs))
    np.testing.assert_allclose(there, here, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(truth.stars["vt"], scene.stars["vt"])


def test_every_raw_file_is_listed_and_no_truth_lies_among_them(tiny_night, tiny_folder):
    raw = {p.relative_to(tiny_folder / "raw") for p in (tiny_folder / "raw").rglob("*.*")}
    rows = (tiny_folder / "truth" / "frames.csv").read_text().splitlines()[1:]
    assert {str(path) for path in raw} == {row.split(",")[0] for row in rows}


def test_the_command_makes_a_night_and_says_so_in_one_line(tmp_path, capsys):
    assert main(["make", str(tmp_path), "--width", "48", "--height", "32", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "89 frames of 48 x 32 pixels (11 lights, 28 darks, 16 biases" in said
    assert len(list((tmp_path / "raw").rglob("*.fits"))) == 89
