"""Flats of a mosaic sensor: levelled by colour, whatever headers say and whoever combined them."""

import shutil

import numpy as np
import pytest
from astropy.io import fits

from inprocess import BIAS, HEIGHT, KINDS, SKY, WIDTH, expose, lights, reduce, sensor
from plateworks.metadata.caveats import CAVEAT, caveat_of

PATTERN = "GRBG"
LAMP = np.array([[1.0, 1.25], [0.4, 0.99]])  # as the flats show it
NIGHT = np.array([[1.0, 0.7], [0.8, 1.0]])  # as the sky does


def cells(colours):
    return np.tile(colours, (HEIGHT // 2, WIDTH // 2))


def seen(colours, **more):
    """Frames whose light, above the bias, went through a mosaic."""

    def change(pixels, cards):
        dark = BIAS + (sensor().dark if cards["EXPTIME"] == 60 else 0.0)
        light = (pixels - dark) * cells(colours)
        return np.rint(dark + light).clip(0, 65535).astype(np.uint16), {**cards, **more}

    return change


def night(folder, flats=None, sky=None, kinds=tuple(KINDS), lamp=LAMP, tint=NIGHT):
    for kind in kinds:
        more = {}
        if kind == "flat":
            more["change"] = seen(lamp, BAYERPAT=flats)
        if kind == "light":
            more["change"] = seen(tint, BAYERPAT=sky)
        expose(folder, kind, 2 if kind == "light" else 5, sensor(), **more)
    return folder


def balance(pixels):
    """The levels of the four positions over that of the first."""
    levels = [np.nanmedian(pixels[y::2, x::2]) for y in range(2) for x in range(2)]
    return np.array(levels) / levels[0]


def flat_of(plan):
    return next(one.path for one in plan.usable if one.source.key.kind == "flat")


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A night all of whose frames name the pattern."""
    return reduce(night(tmp_path_factory.mktemp("named") / "raw", PATTERN, PATTERN))


def test_the_balance_of_colours_is_that_of_the_sensor(named):
    for hdus in lights(named):
        assert balance(hdus[0].data) == pytest.approx(NIGHT.ravel(), rel=0.03)


@pytest.mark.parametrize(("flats", "sky"), [(None, PATTERN), (PATTERN, None), (None, None)])
def test_pixels_tell_what_headers_do_not(tmp_path, named, flats, sky):
    plan = reduce(night(tmp_path / "raw", flats, sky))
    for ours, theirs in zip(lights(plan), lights(named), strict=True):
        assert np.array_equal(ours[0].data, theirs[0].data, equal_nan=True)
        assert np.array_equal(ours["MASK"].data, theirs["MASK"].data)
    caveat = caveat_of(flat_of(plan))
    assert ("path_rules: set bayer" in caveat) == (flats is None)
    assert ("GRBG or GBRG" in caveat) == (flats is None)
    told = fits.getheader(flat_of(plan)).get("PWMOSAIC")
    assert told == ("GRBG or GBRG" if flats is None else None)


def test_a_path_rule_names_the_pattern_and_nothing_is_left_to_say(tmp_path):
    rules = [{"match": "*.fits", "set": {"bayer": PATTERN}}]
    plan = reduce(night(tmp_path / "raw"), path_rules=rules)
    assert caveat_of(flat_of(plan)) == ""
    assert fits.getheader(flat_of(plan))["BAYERPAT"] == PATTERN


@pytest.mark.parametrize(
    "parity", [[[1.0, 1.1], [1.0, 1.1]], [[0.9, 0.9], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]]]
)
def test_amplifiers_by_column_or_row_stay_in_the_flat_and_divide_the_light(tmp_path, parity):
    gains = np.array(parity)
    plan = reduce(night(tmp_path / "raw", lamp=gains, tint=gains))
    assert "PWMOSAIC" not in fits.getheader(flat_of(plan)) and not caveat_of(flat_of(plan))
    for hdus in lights(plan):
        assert balance(hdus[0].data) == pytest.approx(np.ones(4), rel=0.02)


# --- flats that others combined -------------------------------------------------------------------


def foreign_flat(folder, lamp, bayer, scale=1.0):
    """A master of another program: the light of the flats, colours as they were."""
    header = fits.Header({"IMAGETYP": "Master Flat", "INSTRUME": "Cam", "FILTER": "L"})
    header.update({"XBINNING": 1, "YBINNING": 1, "GAIN": 100, "OFFSET": 50, "TELESCOP": "Scope"})
    header.update({"FOCALLEN": 500.0, "XPIXSZ": 3.76, "DATE-OBS": "2025-03-01T20:00:00"})
    header["EXPTIME"], header["SWCREATE"] = 1.0, "Another program"
    if bayer:
        header["BAYERPAT"] = bayer
    folder.mkdir()
    pixels = 20_000.0 * scale * sensor().flat * cells(lamp)
    fits.writeto(folder / "flat.fits", pixels.astype(np.float32), header)
    return folder


@pytest.mark.parametrize("sky", [PATTERN, None])
@pytest.mark.parametrize("bayer", [PATTERN, None])
def test_the_balance_does_not_jump_where_a_flat_of_others_takes_its_turn(
    tmp_path, named, sky, bayer
):
    raw = night(tmp_path / "raw", sky=sky, kinds=("bias", "dark", "light"))
    library = foreign_flat(tmp_path / "library", LAMP, bayer)
    for hdus, own in zip(lights(reduce(raw, library=[str(library)])), lights(named), strict=True):
        assert balance(hdus[0].data) == pytest.approx(balance(own[0].data), rel=0.01)
        assert hdus[0].header["FLATEVEN"] is True


def test_a_flat_of_others_whose_colours_are_even_serves_as_it_is(tmp_path, named):
    raw = night(tmp_path / "raw", sky=PATTERN, kinds=("bias", "dark", "light"))
    library = foreign_flat(tmp_path / "library", np.ones((2, 2)), None)
    for hdus, own in zip(lights(reduce(raw, library=[str(library)])), lights(named), strict=True):
        assert balance(hdus[0].data) == pytest.approx(balance(own[0].data), rel=0.01)


def test_a_flat_of_others_of_a_monochrome_sensor_is_not_touched(tmp_path):
    gains = np.array([[1.0, 1.1], [1.0, 1.1]])
    raw = night(tmp_path / "raw", kinds=("bias", "dark", "light"), tint=gains)
    library = foreign_flat(tmp_path / "library", gains, None)
    for hdus in lights(reduce(raw, library=[str(library)])):
        assert "FLATEVEN" not in hdus[0].header and CAVEAT not in hdus[0].header
        assert balance(hdus[0].data) == pytest.approx(np.ones(4), rel=0.02)
        assert np.nanmedian(hdus[0].data) < 1.1 * SKY


def test_a_flat_of_ours_serves_from_a_library_as_it_was_made(tmp_path, named):
    library = tmp_path / "library"
    library.mkdir()
    shutil.copy(flat_of(named), library)
    raw = night(tmp_path / "raw", sky=PATTERN, kinds=("bias", "dark", "light"))
    for hdus, own in zip(lights(reduce(raw, library=[str(library)])), lights(named), strict=True):
        # Its mask of bad pixels is not at hand, so that these alone differ.
        same = own["MASK"].data == 0
        assert np.array_equal(hdus[0].data[same], own[0].data[same])
        assert "FLATEVEN" not in hdus[0].header


def test_a_flat_of_others_that_lacks_one_colour_serves_for_the_rest(tmp_path):
    raw = night(tmp_path / "raw", sky=PATTERN, kinds=("bias", "dark", "light"))
    library = foreign_flat(tmp_path / "library", np.array([[1.0, 0.9], [0.0, 1.0]]), None)
    for hdus in lights(reduce(raw, library=[str(library)])):
        missing = np.isnan(hdus[0].data)
        assert missing[1::2, ::2].all() and not missing[::2].any()
