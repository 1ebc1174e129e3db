"""Nights of three planes, through every job up to the calibrated frames."""

import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import CCDData, StdDevUncertainty

from frames import settings
from inplanes import SHARES, as_xisf, in_planes
from inprocess import HEIGHT, SKY, WIDTH, expose, expose_night, is_even, lights, reduce, sensor
from plateworks.errors import ConfigError
from plateworks.metadata.caveats import CAVEAT
from plateworks.metadata.normalise import read_frame
from plateworks.pixels.masks import BAD, HOT
from plateworks.planning.run import plan_run
from plateworks.products.imagefiles import read_image
from plateworks.products.lists import read_list
from plateworks.products.pixeltable import read_pixels
from plateworks.products.preview import read_preview

PLAIN = sensor()
WAYS = ("planar", "last", "xisf", "xisf-normal")


def expose_in(raw, way, **cards):
    expose_night(raw, PLAIN, in_planes(PLAIN, last=way == "last"), EGAIN=1.0, RDNOISE=3.0, **cards)
    if way.startswith("xisf"):
        as_xisf(raw, "Normal" if way == "xisf-normal" else "Planar")


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """The same night in each way of storing it, reduced."""
    found = {}
    for way in WAYS:
        raw = tmp_path_factory.mktemp(way) / "raw"
        expose_in(raw, way)
        given = {"uncertainty": True, "cosmic_rays": True}
        found[way] = reduce(raw, calibrate=given, cosmetic={"max_fraction": 0.1})
    return found


@pytest.mark.parametrize("way", WAYS)
def test_each_plane_is_calibrated_by_its_own_masters(nights, way):
    for light in lights(nights[way]):
        assert light[0].data.shape == (3, HEIGHT, WIDTH)
        # A flat is 1 in the middle of each of its colours, so that the balance stays.
        middle = np.median(PLAIN.flat)
        for plane, share in zip(light[0].data, SHARES, strict=True):
            assert is_even(plane, share * SKY * middle, 0.04)
        assert light[0].header["CALSTAT"] == "BDF"


@pytest.mark.parametrize("way", WAYS[1:])
def test_however_they_are_stored_the_same_comes_of_them(nights, way):
    for one, other in zip(lights(nights["planar"]), lights(nights[way]), strict=True):
        for name in (0, "MASK", "UNCERT"):
            np.testing.assert_array_equal(one[name].data, other[name].data)


def test_a_master_has_three_planes_and_says_so_when_it_is_read_again(nights):
    for master in nights["planar"].to_make:
        image, frame = read_image(master.path), read_frame(master.path)
        assert image.shape == (HEIGHT, WIDTH) and image.colours == 3 == frame.planes
        assert fits.getdata(master.path).shape == (3, HEIGHT, WIDTH)
        assert "_rgb/" in master.path
        if frame.kind == "flat":
            planes = np.split(image.data, 3)
            assert [np.median(one) for one in planes] == pytest.approx([5000] * 3, rel=1e-5)
            balance = [image.header[key] for key in ("FLATRED", "FLATBLUE")]
            assert balance == pytest.approx([0.5, 0.7], abs=0.01)
            assert "their scatter tells no gain" in image.header[CAVEAT]
            assert "PWGAIN" not in image.header


def test_a_hot_pixel_is_listed_once_and_repaired_in_all_planes(nights):
    plan = nights["planar"]
    [path] = Path(plan.settings.results).glob("cosmetic/*/*.lst")
    hot = {(x, y) for y, x in zip(*np.nonzero(PLAIN.dark > 1000), strict=True)}
    listed = [tuple(one) for one in read_list(path, (HEIGHT, WIDTH)).pixels.tolist()]
    assert set(listed) == hot and len(listed) == len(hot)
    mask = lights(plan)[0]["MASK"].data
    assert {(x, y) for y, x in zip(*np.nonzero(mask[0] & HOT), strict=True)} == hot
    for plane in mask[1:]:
        np.testing.assert_array_equal(plane & (HOT | BAD), mask[0] & (HOT | BAD))


def test_the_table_of_a_dark_names_the_plane_of_each_defect(nights):
    [dark] = [one for one in nights["planar"].to_make if one.source.key.kind == "dark"]
    table = fits.getdata(dark.path, "PIXELS")
    assert {1, 2, 3} == set(table["PLANE"].tolist()) and table["Y"].max() <= HEIGHT
    rows, places = read_pixels(dark.path), read_pixels(dark.path, places=True)
    assert set(rows.y // HEIGHT) == {0, 1, 2} and len(rows.y) == len(table)
    assert set(zip(places.x, places.y, strict=True)) == set(
        zip(rows.x, rows.y % HEIGHT, strict=True)
    )
    assert len(places.y) == np.count_nonzero(PLAIN.dark > 1000)


def test_astropy_reads_pixels_mask_and_errors_of_one_shape(nights):
    for light in nights["planar"].to_calibrate:
        image = CCDData.read(light.calibrated)
        assert image.unit == "adu" and image.shape == (3, HEIGHT, WIDTH)
        assert image.mask.shape == image.uncertainty.array.shape == image.shape
        assert isinstance(image.uncertainty, StdDevUncertainty)


def test_errors_are_those_of_a_pixel_and_say_what_debayering_hides(nights):
    for light in lights(nights["planar"]):
        image, sigma = light[0].data, light["UNCERT"].data
        assert "neighbours are not independent" in light[0].header[CAVEAT]
        for plane, error, share in zip(image, sigma, SHARES, strict=True):
            # Electrons of the light and the dark, the reading: EGAIN is 1, the flat 0.7 or so.
            flat = np.median(PLAIN.flat)
            wanted = np.sqrt(share * SKY * flat + 30 + 9) / 1.0
            assert np.median(error) == pytest.approx(wanted, rel=0.1)
            assert np.std(plane) > 0


def test_cosmic_rays_are_left_with_a_sentence(nights):
    for light in lights(nights["planar"]):
        assert "no cosmic ray was repaired: it was debayered" in light[0].header[CAVEAT]
        assert light[0].header["NBIT4"] == 0


@pytest.mark.parametrize("way", WAYS)
def test_lights_are_shown_in_their_colours(nights, way):
    for light in nights[way].to_calibrate:
        preview = read_preview(light.calibrated)
        assert preview.raw.shape == preview.calibrated.shape and len(preview.raw) == 3
        red, green, blue = (float(np.nanmedian(one)) for one in preview.calibrated)
        assert (red / green, blue / green) == pytest.approx((0.5, 0.7), rel=0.03)


@pytest.mark.parametrize(
    "changes",
    [
        {"calibrate": {"output_type": "raw"}},
        {"names": {"calibrated": "c/{session}/{frame}.xisf", "solved": "s/{session}/{frame}.xisf"}},
        {"names": dict.fromkeys(("dark", "flat"), "masters/{setup}/{name}.xisf")},
        {"calibrate": {"units": "electron"}},
        {"masters": {"bias_level": 500}, "matching": {"dark_policy": "scale"}},
    ],
    ids=str,
)
def test_settings_do_to_planes_what_they_do_to_an_image(tmp_path, changes):
    expose_in(tmp_path / "raw", "planar")
    plan = reduce(tmp_path / "raw", cosmetic={"max_fraction": 0.1}, **changes)
    for light in plan.to_calibrate:
        image = read_image(light.calibrated)
        assert image.shape == (HEIGHT, WIDTH) and image.colours == 3
        less = -float(image.header.get("PEDESTAL", 0.0))
        planes = np.split(image.data.astype(float) - less, 3)
        wanted = [share * SKY * np.median(PLAIN.flat) for share in SHARES]
        assert [np.nanmedian(one) for one in planes] == pytest.approx(wanted, rel=0.04)


def test_frames_of_one_plane_and_of_three_are_no_masters_of_each_other(tmp_path):
    raw = tmp_path / "raw"
    for kind in ("bias", "dark", "flat"):
        expose(raw, kind, 5, PLAIN)
    expose(raw, "light", 1, PLAIN, in_planes(PLAIN))
    plan = plan_run(settings(raw, tmp_path / "results"), rescan=True)
    [light] = plan.lights
    assert light.dark is None and light.flat is None
    assert "3 planes (debayered)" in light.refused and "one plane" in light.refused
    assert "let the program save all frames alike" in light.refused


def test_masters_of_three_planes_serve_no_mosaic(tmp_path):
    raw = tmp_path / "raw"
    for kind in ("bias", "dark", "flat"):
        expose(raw, kind, 5, PLAIN, in_planes(PLAIN))
    expose(raw, "light", 1, PLAIN, BAYERPAT="RGGB")
    plan = plan_run(settings(raw, tmp_path / "results"), rescan=True)
    [light] = plan.lights
    assert light.dark is None and light.flat is None
    assert "a mosaic (RGGB)" in light.refused and "3 planes (debayered)" in light.refused


def test_a_light_without_masters_is_left_as_it_is_where_settings_allow_it(tmp_path):
    raw = tmp_path / "raw"
    expose(raw, "light", 1, PLAIN, in_planes(PLAIN))
    plan = reduce(raw, calibrate={"allow_uncalibrated": True})
    [light] = lights(plan)
    assert light[0].data.shape == (3, HEIGHT, WIDTH) and "CALSTAT" not in light[0].header


def cube(planes, **more):
    def change(pixels, cards):
        return np.stack([pixels] * planes), cards | more

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (cube(2), "it has 2 planes, and one in colours has three, red, green and blue"),
        (cube(5), "it has 5 planes, and one in colours has three"),
        (cube(3, CTYPE3="TIME"), "it has 3 planes, which its header calls TIME (CTYPE3"),
    ],
)
@pytest.mark.parametrize("form", ["fits", "xisf"])
def test_a_cube_that_is_no_image_in_colours_is_set_aside(tmp_path, change, why, form):
    raw = tmp_path / "raw"
    expose(raw, "light", 1, PLAIN, change)
    if form == "xisf":
        as_xisf(raw)
    with pytest.raises(ConfigError, match=re.escape(why)):
        plan_run(settings(raw, tmp_path / "results"), rescan=True)


def test_planes_of_xisf_without_a_space_of_colours_are_none(tmp_path):
    raw = tmp_path / "raw"
    expose(raw, "light", 1, PLAIN, cube(3))
    as_xisf(raw, space="Gray")
    with pytest.raises(ConfigError, match="it has 3 planes, which its header calls Gray"):
        plan_run(settings(raw, tmp_path / "results"), rescan=True)
