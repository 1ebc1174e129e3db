"""Frames of several images whose headers do not place them: a profile does, or they are refused."""

import re
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from amplified import KINDS, order_of, quarters, write_amplified, write_images, write_profile
from frames import settings
from orders import calibration_order
from plateworks.errors import ConfigError
from plateworks.inventory.profiles import ProfileFinder
from plateworks.jobs.jobs import Jobs
from plateworks.planning.run import plan_run
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.imagefiles import read_image
from plateworks.products.masters import make_master
from plateworks.products.rawframes import open_raw
from plateworks.settings.profilefiles import read_profiles

SIZE = 64
DRAWN = quarters(SIZE, SIZE)
ORDERS = [(), (0, 1, 2, 3), (2, 0, 3, 1)]


def planned(raw, tmp_path, profiles=None, **changes):
    """Plan with the profiles of a folder alone."""
    finder = ProfileFinder(read_profiles([str(profiles)], tmp_path / "none")) if profiles else None
    given = {} if finder is None else {"profiles": finder}
    return plan_run(settings(raw, tmp_path / "out", **changes), rescan=True, **given)


def readouts(plan):
    return {frame.path.rpartition("/")[2]: frame.readout for frame in plan.frames}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("gains", [False, True])
def test_a_profile_places_them_as_headers_would(tmp_path, order, gains):
    told = planned(write_amplified(tmp_path / "told", gains=gains), tmp_path)
    raw = write_amplified(tmp_path / "raw", gains=gains, placed=False)
    plan = planned(raw, tmp_path, write_profile(tmp_path / "mine", DRAWN, order))
    assert readouts(plan) == readouts(told)
    assert len(plan.to_calibrate) == 3
    assert not plan.rejects
    assert {(one.width, one.height, one.done) for one in plan.frames} == {(SIZE, SIZE, "O")}
    assert {one.amplifiers for one in plan.frames} == {one.amplifiers for one in told.frames}


def test_a_second_scan_reads_no_file_and_plans_the_same(tmp_path):
    raw = write_amplified(tmp_path / "raw", placed=False)
    profile = write_profile(tmp_path / "mine", DRAWN, (2, 0, 3, 1))
    first = planned(raw, tmp_path, profile)
    finder = ProfileFinder(read_profiles([str(profile)], tmp_path / "none"))
    again = plan_run(settings(raw, tmp_path / "out"), rescan=False, profiles=finder)
    assert readouts(again) == readouts(first)
    assert again.digest == first.digest


def test_masters_and_lights_are_those_of_frames_whose_headers_place_them(tmp_path):
    """And those of the truth: no seam is left."""
    pixels = {}
    for placed in (True, False):
        folder = tmp_path / f"placed_{placed}"
        raw = write_amplified(folder / "raw", gains=True, placed=placed, size=SIZE)
        profile = None if placed else write_profile(folder / "mine", DRAWN, (2, 0, 3, 1))
        plan = planned(raw, folder, profile, cosmetic={"from_flats": False})
        jobs = Jobs(plan)
        for kind in ("bias", "dark", "flat"):
            [master] = [one for one in plan.to_make if one.source.key.kind == kind]
            order = jobs.orders.master(master)
            frames = tuple(replace(one, cosmetic=None) for one in order.frames)
            make_master(replace(order, frames=frames), master.path)
            pixels[kind, placed] = read_image(master.path).data
        orders = [jobs.orders.light(one) for one in plan.to_calibrate]
        orders = [replace(one, frame=replace(one.frame, cosmetic=None)) for one in orders]
        calibrate_frames(calibration_order(orders))
        pixels["light", placed] = read_image(orders[0].output).data
    for kind in ("bias", "dark", "flat", "light"):
        assert np.array_equal(pixels[kind, True], pixels[kind, False])
    light, half = pixels["light", False], SIZE // 2
    assert light.mean() == pytest.approx(20_000 / 1.275, rel=0.01)
    quarter = [light[rows, columns].mean() for rows in (slice(0, half), slice(half, None))
               for columns in (slice(0, half), slice(half, None))]  # fmt: skip
    assert np.ptp(quarter) < 0.002 * light.mean()


def test_what_a_header_tells_counts_before_the_profile(tmp_path):
    raw = write_amplified(tmp_path / "raw", gains=True, placed=False, kinds=KINDS[3:], count=1)
    [path] = raw.glob("*.fits")
    with fits.open(path, mode="update") as hdus:
        hdus[1].header["BIASSEC"] = f"[{SIZE // 2 + 9}:{SIZE // 2 + 24},1:{SIZE // 2}]"
        hdus[0].header["CRSTLK12"] = 0.002
    told = write_profile(tmp_path / "mine", DRAWN)
    text = (told / "cameras" / "kb42.yaml").read_text()
    text = text.replace("detector", "gain: 9, detector") + (
        "crosstalk: [{source: 2, onto: 1, share: 0.001}]\n"
    )
    (told / "cameras" / "kb42.yaml").write_text(text)
    [frame] = planned(raw, tmp_path, told).frames
    assert frame.readout.amplifiers[0].bias == ((SIZE // 2 + 8, SIZE // 2 + 24, 0, SIZE // 2),)
    assert [one.gain for one in frame.readout.amplifiers] == [1.2, 1.5, 1.4, 1.0]
    assert [(one.source, one.onto) for one in frame.readout.crosstalk] == [(0, 1)]


def test_crosstalk_of_a_profile_is_between_the_amplifiers_that_it_names(tmp_path):
    told = write_profile(tmp_path / "mine", DRAWN, (2, 0, 3, 1))
    with (told / "cameras" / "kb42.yaml").open("a") as stream:
        stream.write("crosstalk: [{source: 1, onto: 4, share: 0.001}]\n")
    for placed in (False, True):
        raw = write_amplified(tmp_path / f"{placed}", placed=placed, kinds=KINDS[3:], count=1)
        [frame] = planned(raw, tmp_path, told).frames
        assert [(one.source, one.onto) for one in frame.readout.crosstalk] == [(2, 1)]


def test_gains_of_a_profile_are_those_of_the_amplifiers_at_their_places(tmp_path):
    """Also where headers place images that it names in another order."""
    told = write_profile(tmp_path / "mine", DRAWN, (2, 0, 3, 1))
    lines = (told / "cameras" / "kb42.yaml").read_text().splitlines()
    gains = iter((1.4, 1.2, 1.0, 1.5))
    lines = [
        one.replace("image:", f"gain: {next(gains)}, image:") if "image:" in one else one
        for one in lines
    ]
    (told / "cameras" / "kb42.yaml").write_text("\n".join(lines))
    for placed in (False, True):
        raw = write_amplified(tmp_path / f"{placed}", placed=placed, kinds=KINDS[3:], count=1)
        [frame] = planned(raw, tmp_path, told).frames
        assert [one.gain for one in frame.readout.amplifiers] == [1.2, 1.5, 1.4, 1.0]


def refusal(raw, tmp_path, profiles=None, **changes):
    """Return what is said where no frame is left."""
    with pytest.raises(ConfigError) as told:
        planned(raw, tmp_path, profiles, **changes)
    return str(told.value)


def test_where_nobody_places_them_the_plan_says_what_is_missing_and_the_remedy(tmp_path):
    raw = write_amplified(tmp_path / "raw", placed=False, kinds=KINDS[3:], count=1)
    why = refusal(raw, tmp_path)
    assert f"{raw / 'light15_0.fits'}: it holds" in why
    assert "several images (4: AMP1 56x32, AMP2 56x32, AMP3 56x32, AMP4 56x32)" in why
    assert "(DETSEC, CCDSEC)" in why
    assert "there is no profile of 'kb42'" in why
    assert "amplifiers: data, bias and detector of each, and image, its EXTNAME" in why
    assert "save each frame as a file of its own" in why


def test_a_frame_that_is_left_out_is_not_refused_for_it(tmp_path):
    raw = write_amplified(tmp_path / "raw", placed=False, kinds=KINDS[3:], count=1)
    assert "exclude" in refusal(raw, tmp_path, exclude=["light*"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("AMP4", "AMP9"),
         "tells the images AMP1, AMP2, AMP3, AMP9 (image), and not AMP4 56x32"),
        (lambda text: re.sub(r"data: '\[1:32,(.*?), bias: '.*?'", r"data: '[26:57,\1", text),
         "make no picture of its images"),
        (lambda text: text.partition("amplifiers")[0], "tells no amplifiers"),
        (lambda text: text[: text.index("  - {image: AMP3")],
         "tells 2 amplifiers, and it has 4 images"),
    ],
)  # fmt: skip
def test_a_profile_that_does_not_fit_is_named_with_what_it_lacks(tmp_path, change, why):
    raw = write_amplified(tmp_path / "raw", placed=False, kinds=KINDS[3:], count=1)
    told = write_profile(tmp_path / "mine", DRAWN, (0, 1, 2, 3))
    text = (told / "cameras" / "kb42.yaml").read_text()
    (told / "cameras" / "kb42.yaml").write_text(change(text))
    assert why in refusal(raw, tmp_path, told)


def test_binned_frames_need_the_sections_of_their_header(tmp_path):
    raw = write_amplified(
        tmp_path / "raw", placed=False, kinds=KINDS[3:], count=1, xbinning=2, ybinning=2
    )
    told = write_profile(tmp_path / "mine", quarters(2 * SIZE, 2 * SIZE), (0, 1, 2, 3))
    why = "sections of unbinned frames, and the header none (DATASEC)"
    assert why in refusal(raw, tmp_path, told)
    [path] = raw.glob("*.fits")
    with fits.open(path, mode="update") as hdus:
        for hdu in hdus[1:]:
            hdu.header["DATASEC"], hdu.header["BIASSEC"] = "[1:32,1:32]", "[35:56,1:32]"
    [frame] = planned(raw, tmp_path, told).frames
    assert (frame.width, frame.height, frame.done) == (SIZE, SIZE, "O")
    assert [one.corner for one in frame.readout.amplifiers] == [(0, 0), (32, 0), (0, 32), (32, 32)]


def test_images_are_no_parts_of_a_camera_that_has_its_amplifiers_in_one(tmp_path):
    """A sequence of two frames in a file, each of two amplifiers."""
    random = np.random.default_rng(1)
    write_images(tmp_path / "raw" / "a.fits", np.full((64, 64), 100.0), DRAWN[:2], random,
                 placed=False, imagetyp="light", exptime=1.0)  # fmt: skip
    told = write_profile(tmp_path / "mine", DRAWN[:2])
    (told / "cameras" / "kb42.yaml").write_text(
        "name: kb42\nsources: [me]\namplifiers: [{data: '[1:20,1:32]'}, {data: '[21:40,1:32]'}]\n"
    )
    why = "the profile of kb42 tells amplifiers of one image"
    assert why in refusal(tmp_path / "raw", tmp_path, told)


def test_the_pixels_of_one_frame_are_those_that_its_header_would_place(tmp_path):
    told = write_amplified(tmp_path / "told", kinds=KINDS[3:], count=1)
    raw = write_amplified(tmp_path / "raw", kinds=KINDS[3:], count=1, placed=False)
    [frame] = planned(raw, tmp_path, write_profile(tmp_path / "mine", DRAWN)).frames
    by_profile = order_of(raw / "light15_0.fits", readout=frame.readout)
    with open_raw(order_of(told / "light15_0.fits")) as one, open_raw(by_profile) as other:
        assert np.array_equal(one.read(), other.read())
