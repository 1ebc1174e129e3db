"""Profiles of cameras and sites are read with a sentence for each mistake."""

import re
from pathlib import Path

import pytest

from frames import ROOT
from plateworks.errors import ConfigError
from plateworks.settings.profilefiles import read_profiles
from plateworks.settings.profiles import Profiles, names_of

ALONG = ROOT / "config"
COLOURED = re.compile(r"MC\b|\d+C\b|-C\b")
CAMERA = "name: Astrocam 7\nsources: [the label on its back]\n"
TWO = (
    "amplifiers: [{{data: '[1:32,1:64]'}}, {{data: '{}', bias: '{}'}}]\n"
    "crosstalk: [{{source: 1, {}, share: 0.002}}]\n"
)
#: Two amplifiers that have an image each.
IMAGES = (
    "amplifiers: [{{data: '[1:32,1:64]', detector: '[1:32,1:64]'{}}}, "
    "{{data: '[1:32,1:64]', {}}}]\n"
)
NINE = f"amplifiers: {[{'data': f'[{8 * i + 1}:{8 * i + 8},1:64]'} for i in range(9)]}\n"


def written(folder: Path, text: str, kind: str = "cameras", name: str = "one.yaml") -> Path:
    path = folder / kind / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def read(folder: Path) -> Profiles:
    return read_profiles(str(folder), folder / "none come along")


def test_those_that_come_along_can_be_read_and_name_their_sources():
    found = read_profiles((), ALONG)
    assert len(found.cameras) >= 12 and found.sites
    assert all(profile.sources for profile in (*found.cameras, *found.sites))
    assert all(len(set(names_of(one))) == len([*names_of(one)]) for one in found.cameras)


def test_those_that_come_along_say_no_key_twice():
    read_profiles(str(ALONG), ALONG / "none")


def test_what_is_published_of_those_that_come_along_can_be():
    for camera in read_profiles((), ALONG).cameras:
        for mode in camera.modes:
            noises = [one.read_noise for one in mode.gains if one.read_noise is not None]
            assert all(0.5 < noise < 20 for noise in noises), camera.name
            assert [one.gain for one in mode.gains] == sorted(one.gain for one in mode.gains)


def test_a_dozen_and_more_are_told_whole():
    """With the curve of noise, electrons, well and bits, and the pattern where it has colours."""
    whole = [
        camera.name
        for camera in read_profiles((), ALONG).cameras
        if camera.full_well
        and all(mode.bits or camera.bits for mode in camera.modes)
        and any(
            sum(one.read_noise is not None for one in mode.gains) >= 3
            and any(one.egain is not None for one in mode.gains)
            for mode in camera.modes
        )
        and (camera.pattern or not COLOURED.search(camera.name))
    ]
    assert len(whole) >= 14


def test_a_profile_of_ones_own_goes_before_one_that_comes_along(tmp_path):
    written(tmp_path, "name: ZWO ASI2600MM Pro\nsources: [measured]\nread_noise: 1.9\n")
    first, *_ = read_profiles([str(tmp_path)], ALONG).cameras
    assert first.read_noise == 1.9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CAMERA + "fullwell: 3", ["fullwell is not known", "Did you mean full_well?"]),
        (CAMERA + "modes: [{gains: [{gain: 0, egain: -1}]}]", ["modes.0.gains.0.egain", "over 0"]),
        (CAMERA + "pattern: XTRANS", ["pattern", "RGGB"]),
        (CAMERA + "aliases: ['--']", ["neither letter nor digit"]),
        (CAMERA + "modes: [{readout_mode: '?'}]", ["modes.0.readout_mode", "neither letter"]),
        (CAMERA + "modes: [{gains: [{gain: 7}, {gain: 7.0}]}]", ["2 points at gain 7"]),
        (CAMERA + "amplifiers: [{bias: '[1:8,1:64]'}]", ["amplifiers.0 has no data"]),
        (CAMERA + "amplifiers: [{data: '[0:64,1:64]'}]", ["amplifiers.0.data: '[0:64,1:64]'"]),
        (CAMERA + TWO.format("[33:64,1:64]", "[65:72,1:64]", "onto: 1"), ["crosstalk is of two"]),
        (CAMERA + TWO.format("[33:64,1:64]", "[65:72,1:64]", "onto: 3"), ["crosstalk is of two"]),
        (CAMERA + TWO.format("[33:64,1:64]", "[1:32,1:64]", "onto: 2"), ["amplifiers.1.bias"]),
        (CAMERA + TWO.format("[30:64,1:64]", "[65:72,1:64]", "onto: 2"), ["make no picture"]),
        (CAMERA + NINE, ["more than 8"]),
        (CAMERA + IMAGES.format("", "bias: '[33:40,1:64]'"), ["amplifiers.1 has no detector"]),
        (CAMERA + IMAGES.format("", "detector: '[1:32,1:64]'"), ["make no picture"]),
        (CAMERA + IMAGES.format("", "detector: '[33:63,1:64]'"), ["make no picture"]),
        (CAMERA + IMAGES.format(", image: A", "detector: '[33:64,1:64]'"), ["give image to each"]),
        (
            CAMERA + IMAGES.format(", image: A1", "image: a-1, detector: '[33:64,1:64]'"),
            ["no name twice"],
        ),
        (
            CAMERA + IMAGES.format("", "detector: '[33:64,1:64]', bias: '[20:40,1:64]'"),
            ["amplifiers.1.bias"],
        ),
        (
            CAMERA
            + IMAGES.format("", "detector: '[33:64,1:64]'")
            + "crosstalk: [{onto: 3, share: 0.01}]",
            ["crosstalk is of two"],
        ),
        (CAMERA + "modes: [{readout_mode: Low noise}, {readout_mode: low-noise}]", ["modes.1 is"]),
        (
            CAMERA + "modes: [{bits: 12}, {bits: 14}]",
            ["modes.1 is that of modes.0", "give each once"],
        ),
        (CAMERA + "bits: 18", ["bits: 18", "stored_bits: 16"]),
        (CAMERA + "bits: 8\nstored_bits: 8\nmodes: [{bits: 12}]", ["modes.0.bits: 12"]),
        (CAMERA + "read_noise: 3\nread_noise: 4", ["says read_noise twice", "line"]),
        ("sources: [me]", ["has no name"]),
        ("name: Astrocam 7", ["has no sources"]),
        ("- 1", ["holds no keys"]),
        ("name: [", ["cannot be read"]),
    ],
)
def test_a_mistake_is_told_with_its_file(tmp_path, text, words):
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        read(tmp_path)
    assert str(path) in str(told.value)
    assert all(word.replace("over", "more than") in str(told.value) for word in words)


def test_a_zone_that_there_is_none_of_is_refused(tmp_path):
    text = "name: Hill\nsources: [me]\ntimezone: Europe/Hill\n"
    path = written(tmp_path, text, kind="sites")
    with pytest.raises(ConfigError, match=r"timezone: 'Europe/Hill' is not an IANA") as told:
        read(tmp_path)
    assert str(path) in str(told.value)


def test_half_a_place_is_refused(tmp_path):
    path = written(tmp_path, "name: Hill\nsources: [me]\nlatitude: 5\n", "sites")
    with pytest.raises(ConfigError, match="give both") as told:
        read(tmp_path)
    assert str(path) in str(told.value)


def test_two_profiles_of_one_name_in_a_folder_are_refused(tmp_path):
    written(tmp_path, CAMERA + "aliases: [AC-7]\n", name="a.yaml")
    written(tmp_path, "name: ac 7\nsources: [me]\n", name="b.yaml")
    with pytest.raises(ConfigError, match=r"b\.yaml: a\.yaml beside it"):
        read(tmp_path)


def test_hidden_files_are_none_and_endings_may_be_in_capitals(tmp_path):
    written(tmp_path, "\x00\x05\x16\x07", name="._one.yaml")
    written(tmp_path, CAMERA, name="ONE.YAML")
    [camera] = read(tmp_path).cameras
    assert camera.name == "Astrocam 7"


def test_a_folder_without_profiles_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no folder cameras and none named sites"):
        read(tmp_path)
