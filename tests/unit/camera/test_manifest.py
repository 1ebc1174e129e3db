"""The manifest, and what it flags."""

import pytest

from plateworks.camera.manifest import Row, flag, read_manifest, write_manifest

DARK = Row(
    "raw/d.fits", "dark", "0a1b2c3d", 1, None, 60.0, "2025-08-15T22:00:00.000000", 505.1, 4.2, 480,
    60000, 505.0, 0.0001, -10.0, -10.0,
)  # fmt: skip
FLAT = DARK._replace(kind="flat", filter="Ha", median=32000.0, saturated=0.0)


def flags(*rows, bias=500.0):
    return [row.flags for row in flag(rows, bias, 65535)]


def test_a_manifest_comes_back_as_it_was_written(tmp_path):
    rows = [DARK, FLAT._replace(flags="drift", temperature_degC=None, path="raw/été, 1.fits")]
    write_manifest(rows, tmp_path / "capture" / "darks.csv")
    assert read_manifest(tmp_path / "capture" / "darks.csv") == rows
    assert [path.name for path in (tmp_path / "capture").iterdir()] == ["darks.csv"]


def test_good_frames_have_no_flags():
    assert flags(*[DARK] * 3) == [""] * 3
    assert flags(*[FLAT] * 3) == [""] * 3
    assert flag([], 500.0, 65535) == []


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat"])
def test_darkness_with_light_in_it_is_flagged(kind):
    lit = DARK._replace(kind=kind, median=1800.0)
    assert all("light leak? median 1300 ADU above" in text for text in flags(*[lit] * 3))


def test_a_dark_that_drifts_from_the_others_is_flagged_alone():
    assert flags(DARK, DARK, DARK, DARK._replace(median=640.0)) == [
        "", "", "", "drift: median +135 ADU from the others",
    ]  # fmt: skip


def test_flats_that_drift_or_saturate_are_flagged():
    faint, full = FLAT._replace(median=29000.0), FLAT._replace(saturated=0.03)
    assert flags(FLAT, FLAT, faint, full) == [
        "", "", "drift: median -9.4% from the others", "saturated: 3.0% of the pixels",
    ]  # fmt: skip


def test_without_a_bias_level_no_leak_is_claimed():
    assert flags(*[DARK._replace(median=1800.0)] * 3, bias=None) == [""] * 3


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat", "flat", "light"])
def test_an_image_that_the_camera_gives_twice_is_flagged(kind):
    digests = ["a7", "b1", "a7", "c3", "a7"]
    rows = [
        FLAT._replace(kind=kind, number=number, digest=digest, median=400.0)
        for number, digest in enumerate(digests, 1)
    ]
    said = "not a new image: its pixels are those of frame 1, to the last"
    assert flags(*rows) == ["", "", said, "", said]


def test_frames_of_an_older_manifest_without_digests_are_no_copies(tmp_path):
    path = tmp_path / "darks.csv"
    write_manifest([DARK, DARK._replace(number=2, path="raw/e.fits")], path)
    lines = [line.split(",") for line in path.read_text().splitlines()]
    place = lines[0].index("digest")
    path.write_text("".join(",".join(x[:place] + x[place + 1 :]) + "\n" for x in lines))
    assert flags(*read_manifest(path)) == ["", ""]


def test_a_frame_without_any_noise_is_flagged():
    bare = DARK._replace(minimum=505, maximum=505, deviation=0.0)
    assert flags(bare) == ["no noise: every pixel is 505"]
