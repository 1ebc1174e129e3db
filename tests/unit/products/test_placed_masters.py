"""Masters that are stored otherwise than the frames they serve: turned, and cropped."""

import numpy as np
import pytest
from astropy.io import fits

from frames import settings
from inprocess import HEIGHT, WIDTH, expose, expose_night, is_even, lights, reduce, sensor
from plateworks.planning.run import plan_run

MASTERS = ("bias", "dark", "flat")


def upside_down(pixels, cards):
    order = {"TOP-DOWN": "BOTTOM-UP", "BOTTOM-UP": "TOP-DOWN"}[cards["ROWORDER"]]
    return pixels[::-1], {**cards, "ROWORDER": order}


def planes(hdus):
    return hdus[0].data, hdus["MASK"].data


@pytest.fixture
def plain(tmp_path):
    """The calibrated lights of a night in one row order, pixels and mask of each."""
    expose_night(tmp_path / "plain/raw", sensor(), ROWORDER="TOP-DOWN")
    return [planes(hdus) for hdus in lights(reduce(tmp_path / "plain/raw"))]


@pytest.mark.parametrize(
    "turned", [("light",), MASTERS, ("flat",), ("dark",), ("bias", "dark"), ("flat", "light")]
)
def test_a_night_in_two_row_orders_is_that_in_one_bit_by_bit(tmp_path, plain, turned):
    raw = tmp_path / "raw"
    for kind in (*MASTERS, "light"):
        change = {"change": upside_down} if kind in turned else {}
        expose(raw, kind, 2 if kind == "light" else 5, sensor(), ROWORDER="TOP-DOWN", **change)
    found = lights(reduce(raw))
    assert len(found) == 2
    for hdus, (pixels, mask) in zip(found, plain, strict=True):
        back = slice(None, None, -1 if "light" in turned else 1)
        assert np.array_equal(hdus[0].data[back], pixels, equal_nan=True)
        assert np.array_equal(hdus["MASK"].data[back], mask)
        assert is_even(pixels, 300, 0.15)
        for kind in ("dark", "flat"):
            assert hdus[0].header.get(f"{kind}turn", False) == (
                (kind in turned) != ("light" in turned)
            )


def test_a_turned_dark_that_is_scaled_is_freed_of_its_bias_first(tmp_path):
    made = []
    for name, change in (("one", {}), ("two", {"change": upside_down})):
        raw = tmp_path / name / "raw"
        for kind in MASTERS:
            expose(raw, kind, 5, sensor(), ROWORDER="TOP-DOWN", **change)
        expose(raw, "light", 1, sensor(), ROWORDER="TOP-DOWN", EXPTIME=30.0)
        [hdus] = lights(reduce(raw))
        assert hdus[0].header["DARKK"] == 0.5
        made.append(hdus[0].data)
    assert np.array_equal(*made, equal_nan=True)


LEFT, FIRST, PART = 10, 9, (30, 40)  # height and width


def cut(pixels, cards):
    height, width = PART
    part = pixels[FIRST : FIRST + height, LEFT : LEFT + width]
    return part, {**cards, "XORGSUBF": LEFT, "YORGSUBF": FIRST}


def test_a_subframe_that_masters_of_the_whole_sensor_serve_is_the_crop_of_the_whole(tmp_path):
    whole, raw = tmp_path / "whole/raw", tmp_path / "raw"
    cards = {"XORGSUBF": 0, "YORGSUBF": 0}
    expose_night(whole, sensor(), **cards)
    for kind in MASTERS:
        expose(raw, kind, 5, sensor(), **cards)
    expose(raw, "light", 2, sensor(), cut, **cards)
    expected, found = lights(reduce(whole)), lights(reduce(raw))
    height, width = PART
    part = np.s_[FIRST : FIRST + height, LEFT : LEFT + width]
    inner = np.s_[2:-2, 2:-2]  # beyond the edge of the crop, a listed pixel has other neighbours
    for one, other in zip(expected, found, strict=True):
        assert other[0].data.shape == PART
        assert np.array_equal(other[0].data[inner], one[0].data[part][inner], equal_nan=True)
        assert np.array_equal(other["MASK"].data, one["MASK"].data[part])
        header = other[0].header
        assert header["DARKCROP"] == header["FLATCROP"] == "[11:50,10:39]"
        assert "cropped to 40x30" in header["DARKWHY"]


def test_a_subframe_from_the_middle_may_be_turned_too(tmp_path):
    raw, middle = tmp_path / "raw", (WIDTH // 4, HEIGHT // 4, WIDTH // 2, HEIGHT // 2)
    cards = {"XORGSUBF": 0, "YORGSUBF": 0, "ROWORDER": "TOP-DOWN"}

    def turned_part(pixels, cards):
        left, first, width, height = middle
        part = pixels[first : first + height, left : left + width]
        where = {"XORGSUBF": left, "YORGSUBF": first, "ROWORDER": "BOTTOM-UP"}
        return part[::-1], {**cards, **where}

    for kind in MASTERS:
        expose(raw, kind, 5, sensor(), **cards)
    expose(raw, "light", 1, sensor(), turned_part, **cards)
    [hdus] = lights(reduce(raw))
    assert is_even(hdus[0].data, 300, 0.15)
    assert hdus[0].header["FLATTURN"] is True


def test_masters_say_what_they_must_share_with_frames_that_they_serve_later(tmp_path):
    """A library of masters of ours is matched as the frames they were made of are."""
    raw = tmp_path / "raw"
    cards = {
        "XORGSUBF": 8, "YORGSUBF": 6, "ROWORDER": "TOP-DOWN", "FLIPSTAT": "", "CAMERAID": "AC4E32",
        "LOWNOISE": 1, "CONVGAIN": "HCG", "ROTATANG": 90.0, "BAYERPAT": "RGGB",
    }  # fmt: skip
    expose_night(raw, sensor(), **cards)
    made = reduce(raw)
    library = tmp_path / "later/library"
    library.parent.mkdir()
    (tmp_path / "results/masters").rename(library)
    later = tmp_path / "later/raw"
    expose(later, "light", 1, sensor(), **cards)
    plan = plan_run(
        settings(later, tmp_path / "later/results", library=[str(library)]), rescan=True
    )
    [light] = plan.to_calibrate
    assert (light.dark.reason, light.flat.reason) == ("exact", "exact")
    setups = {kind: {m.setup for m in plan.found if m.kind == kind} for kind in MASTERS}
    before = {m.source.key.kind: {m.source.key.setup} for m in made.masters}
    assert setups == before
    for card, other in {
        "XORGSUBF": 9, "ROWORDER": "BOTTOM-UP", "FLIPSTAT": "Mirror", "CAMERAID": "B0551",
        "LOWNOISE": 0, "ROTATANG": 0.0, "BAYERPAT": "GRBG",
    }.items():  # fmt: skip
        (later / "light_0.fits").unlink()
        expose(later, "light", 1, sensor(), **cards | {card: other})
        plan = plan_run(plan.settings, rescan=True)
        [light] = plan.lights
        if card == "ROWORDER":
            assert light.dark.reason == "its rows turned"
        else:
            assert "no master flat matches" in light.refused, card


def test_a_master_of_an_8_bit_camera_serves_no_light_of_16_bits(tmp_path):
    def eight(pixels, cards):
        return (pixels // 256).astype(np.uint8), cards

    raw = tmp_path / "raw"
    for kind in MASTERS:
        expose(raw, kind, 5, sensor(), eight)
    made = reduce(raw)
    later = tmp_path / "later/raw"
    expose(later, "light", 1, sensor())
    library = [master.path for master in made.masters]
    plan = plan_run(settings(later, tmp_path / "later/out", library=library), rescan=True)
    [light] = plan.lights
    assert "BITPIX 8 instead of 16" in light.refused


def test_a_list_that_is_pinned_is_turned_where_it_says_its_row_order(tmp_path):
    raw = tmp_path / "raw"
    expose_night(raw, sensor(), ROWORDER="TOP-DOWN")
    plan = reduce(raw)
    [listed] = (tmp_path / "results").rglob("*.lst")
    assert "ROWORDER TOP-DOWN" in listed.read_text().splitlines()[0]
    pinned = tmp_path / "pinned.lst"
    pinned.write_bytes(listed.read_bytes())
    expected = [planes(hdus) for hdus in lights(plan)]
    other = tmp_path / "other/raw"
    expose_night(other, sensor(), upside_down, ROWORDER="TOP-DOWN")
    use = {"select": {"match": "**"}, "use": {"cosmetic": str(pinned)}}
    for hdus, (pixels, mask) in zip(lights(reduce(other, overrides=[use])), expected, strict=True):
        assert np.array_equal(hdus["MASK"].data[::-1], mask)
        assert np.array_equal(hdus[0].data[::-1], pixels, equal_nan=True)


def test_a_flat_of_the_other_row_order_is_not_tried(tmp_path):
    """Trials compare small pictures, and those of such a flat stand on their heads."""
    raw = tmp_path / "raw"
    for kind in ("bias", "dark", "light"):
        expose(raw, kind, 5, sensor(), ROWORDER="TOP-DOWN")
    for i, change in enumerate(({}, {"change": upside_down})):
        date = f"2025-03-0{2 + i}T20:00:00"
        expose(raw / f"{i}", "flat", 5, sensor(), ROWORDER="TOP-DOWN", DATE_OBS=date, **change)
    matching = {"best_flat": True, "flat_future_days": 9}
    plan = plan_run(settings(raw, tmp_path / "out", matching=matching), rescan=True)
    assert all(light.flats == () for light in plan.to_calibrate)


def test_a_full_header_of_a_master_is_read_back(tmp_path):
    raw = tmp_path / "raw"
    expose_night(raw, sensor(), LOWNOISE=1, CAMERAID="A", ROTATANG=12.5)
    plan = reduce(raw)
    [flat] = [m.path for m in plan.masters if m.source.key.kind == "flat"]
    header = fits.getheader(flat)
    assert header["PWMODE"] == "lownoise=1"
    assert (header["CAMERAID"], header["RAWBITS"], header["ROTATANG"]) == ("A", 16, 12.5)
