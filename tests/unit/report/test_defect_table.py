"""Defects with dates: births, healing, and what a night that does not show a pixel says of it."""

import csv
from typing import NamedTuple

import numpy as np
import pytest
from astropy.io import fits

from plateworks.orders.defects import DefectsOrder, DefectSource
from plateworks.pixels.defects import COLUMN, FLICKERS, HOT, Defects
from plateworks.products.lists import read_list, write_list
from plateworks.products.pixeltable import pixel_table
from plateworks.products.sums import write_hdu
from plateworks.products.tables import table_hdu
from plateworks.report.defecttable import write_defects

SHAPE = 12, 20
WIDE = 1000  # tables may name columns that the image does not have
NIGHTS = [f"2025081{n}" for n in range(1, 7)]


class Bad(NamedTuple):
    """A pixel of a table of a dark."""

    x: int
    y: int
    harm: float = 0.5
    kinds: int = HOT


A, B = Bad(3, 5), Bad(7, 2)


@pytest.fixture
def made(tmp_path):
    """Make sources, and follow their defects: the table by pixel, and the list."""

    class Made:
        folder = tmp_path

        def dark(self, night, *bad, named=None, name=None, exposure=60.0, warmth=-10.0, **more):
            path = tmp_path / (name or f"dark_{night}_{exposure:g}.fits")
            bad = sorted(bad, key=lambda one: (one.y, one.x))
            flat = np.array([one.y * WIDE + one.x for one in bad], np.int64)
            harm = np.array([one.harm for one in bad], np.float32)
            kinds = np.array([one.kinds for one in bad], np.int16)
            table = pixel_table(Defects(flat, harm, harm, harm, kinds, 1.0, 3.0), WIDE)
            fits.writeto(path, np.zeros(SHAPE, np.float32))
            with open(path, "r+b") as stream:
                stream.seek(0, 2)
                write_hdu(stream, *table_hdu(table))
            named = [one for one in bad if one.harm > 0.25] if named is None else named
            listed = self.listed(f"{path}.lst", named)
            return DefectSource(
                witness="dark", path=str(path), listed=listed, night=night, exposure=exposure,
                temperature=warmth, **{"turned": False} | more,
            )  # fmt: skip

        def listed(self, path, named):
            places = np.array([one[:2] for one in named], np.int64).reshape(-1, 2)
            write_list(path, places, places[:0], rows=SHAPE[0], form="siril")
            return str(path)

        def mask(self, night, *bad, method="flat"):
            path = tmp_path / f"badpix_{night}.fits"
            pixels = np.zeros(SHAPE, np.uint8)
            for one in bad:
                pixels[one.y, one.x] = 1
            fits.writeto(path, pixels, fits.Header([("BPMETHOD", method)]))
            return DefectSource(witness="flat", path=str(path), night=night, turned=False)

        def follow(self, *sources, form="iris", apart=()):
            height, width = SHAPE
            order = DefectsOrder(
                sources=sources, apart=apart, height=height, width=width, form=form
            )
            write_defects(order, tmp_path / "t.csv", tmp_path / "t.lst")
            with open(tmp_path / "t.csv", newline="") as stream:
                rows = list(csv.DictReader(stream))
            return {(int(row["x"]) - 1, int(row["y"]) - 1): row for row in rows}

        def lasting(self):
            return {tuple(one) for one in read_list(tmp_path / "t.lst", SHAPE).pixels.tolist()}

    return Made()


def dates(row):
    return row["first_seen"], row["last_seen"], row["healed"]


def test_a_pixel_is_born_in_the_first_night_that_shows_it_whatever_their_order(made):
    sources = [made.dark(NIGHTS[0], A), made.dark(NIGHTS[1], A, B), made.dark(NIGHTS[2], A, B)]
    rows = made.follow(*reversed(sources))
    assert dates(rows[A[:2]]) == (NIGHTS[0], NIGHTS[2], "")
    assert dates(rows[B[:2]]) == (NIGHTS[1], NIGHTS[2], "")
    assert list(rows) == [B[:2], A[:2]]  # row by row


def test_two_nights_in_a_row_without_a_pixel_heal_it_and_one_does_not(made):
    nights = [(A, B), (A, B), (B,), ()]
    rows = made.follow(*(made.dark(n, *bad) for n, bad in zip(NIGHTS, nights, strict=False)))
    assert dates(rows[A[:2]]) == (NIGHTS[0], NIGHTS[1], NIGHTS[2])
    assert dates(rows[B[:2]]) == (NIGHTS[0], NIGHTS[2], "")
    assert (rows[A[:2]]["lasting"], rows[B[:2]]["lasting"]) == ("no", "yes")
    assert made.lasting() == {B[:2]}


def test_a_pixel_that_comes_and_goes_is_not_healed_and_one_that_came_back_neither(made):
    nights = [(A, B), (B,), (A,), (), (A,), (A, B)]
    one = dict(zip(NIGHTS, nights, strict=True))
    rows = made.follow(*(made.dark(night, *bad) for night, bad in one.items()))
    assert dates(rows[A[:2]]) == (NIGHTS[0], NIGHTS[5], "")
    assert dates(rows[B[:2]]) == (NIGHTS[0], NIGHTS[5], "")  # gone for three nights before
    assert made.lasting() == {A[:2]}


def test_a_pixel_below_the_limit_of_the_list_is_still_there_and_one_never_named_is_none(made):
    weak, never = A._replace(harm=0.15), B._replace(harm=0.2)
    sources = [made.dark(NIGHTS[0], A, never)]
    sources += [made.dark(night, weak, never) for night in NIGHTS[1:4]]
    rows = made.follow(*sources)
    assert list(rows) == [A[:2]]
    assert dates(rows[A[:2]]) == (NIGHTS[0], NIGHTS[3], "")
    assert made.lasting() == set()


def test_shorter_or_colder_darks_heal_nothing(made):
    first = made.dark(NIGHTS[0], A, exposure=300.0, warmth=-10.0)
    short = [made.dark(night, exposure=10.0) for night in NIGHTS[1:3]]
    cold = [made.dark(night, exposure=300.0, warmth=-20.0) for night in NIGHTS[3:5]]
    assert dates(made.follow(first, *short, *cold)[A[:2]])[2] == ""
    longer = [made.dark(night, exposure=600.0, warmth=-10.5) for night in NIGHTS[1:3]]
    assert dates(made.follow(first, *longer)[A[:2]])[2] == NIGHTS[1]


def test_darks_of_one_night_speak_together(made):
    sources = [made.dark(NIGHTS[0], A), made.dark(NIGHTS[0], B, exposure=300.0)]
    rows = made.follow(*sources)
    assert {row["last_seen"] for row in rows.values()} == {NIGHTS[0]}
    assert made.lasting() == {A[:2], B[:2]}  # of a single night all last


def test_kinds_are_said_in_words_as_the_last_night_has_them(made):
    then, now = A._replace(kinds=HOT), A._replace(kinds=FLICKERS | COLUMN, harm=0.31)
    sources = [made.dark(NIGHTS[0], then), made.dark(NIGHTS[1], now), made.mask(NIGHTS[1], B)]
    sources.append(made.mask(NIGHTS[2], B, method="ratio"))
    rows = made.follow(*sources)
    assert rows[A[:2]]["kinds"] == "flickering between two levels; in a column of defects"
    assert rows[A[:2]]["harm"] == "0.31"
    assert (rows[B[:2]]["kinds"], rows[B[:2]]["harm"]) == ("out of proportion in flats", "")


def test_darks_heal_no_pixel_of_flats_and_flats_are_cold_in_the_list(made):
    darks = [made.dark(night, A) for night in NIGHTS[:4]]
    masks = [made.mask(NIGHTS[0], A, B), made.mask(NIGHTS[1], A, B)]
    rows = made.follow(*darks, *masks, form="siril")
    assert dates(rows[B[:2]]) == (NIGHTS[0], NIGHTS[1], "")
    assert dates(rows[A[:2]]) == (NIGHTS[0], NIGHTS[3], "")
    text = (made.folder / "t.lst").read_text().split("\n")
    assert [line for line in text if line.startswith("P")] == ["P 3 6 H", "P 7 9 C"]


def test_a_pixel_seen_in_darks_and_flats_is_well_when_both_say_so(made):
    darks = [made.dark(NIGHTS[0], A), made.dark(NIGHTS[1]), made.dark(NIGHTS[2])]
    masks = [made.mask(NIGHTS[0], A), made.mask(NIGHTS[2]), made.mask(NIGHTS[3])]
    assert dates(made.follow(*darks, masks[0])[A[:2]])[2] == ""
    assert dates(made.follow(*darks, *masks)[A[:2]])[2] == NIGHTS[2]


def test_a_library_dark_of_another_program_tells_by_its_list(made):
    path = made.folder / "=cmd()dark.fits"
    fits.writeto(path, np.zeros(SHAPE, np.float32))
    listed = made.listed(made.folder / "theirs.lst", [A])
    foreign = DefectSource(
        witness="dark", path=str(path), listed=listed, night=NIGHTS[2], exposure=60.0,
        temperature=-10.0, turned=False,
    )  # fmt: skip
    row = made.follow(made.dark(NIGHTS[0], B), foreign)[A[:2]]
    assert row["kinds"] == "listed without a kind"
    assert row["last_seen_in"] == "'=cmd()dark.fits"  # a spreadsheet does not run it


def test_a_list_without_a_date_names_pixels_and_has_no_say_in_dates(made, caplog):
    rows = made.follow(made.dark(None, A, name="old.fits"), made.dark(NIGHTS[0], B))
    assert dates(rows[A[:2]]) == ("", "", "")
    assert rows[A[:2]]["last_seen_in"] == "old.fits"
    assert made.lasting() == {B[:2]}
    assert "# 1 masters without a date have no say" in (made.folder / "t.lst").read_text()


def test_what_shows_other_pixels_is_named_in_the_log_and_in_the_list(made, caplog):
    apart = ("part.fits shows other pixels than dark.fits: XORGSUBF 8, not 0",)
    made.follow(made.dark(NIGHTS[0], A), apart=apart)
    assert f"{apart[0]}.  Its defects are left out." in caplog.text
    assert f"# left out: {apart[0]}\n" in (made.folder / "t.lst").read_text()


def test_what_cannot_be_read_or_tells_nothing_is_left_out_with_a_warning(made, caplog):
    silent = made.folder / "silent.fits"
    fits.writeto(silent, np.zeros(SHAPE, np.float32))
    broken = made.folder / "broken.fits"
    broken.write_bytes(b"no image")
    sources = [
        DefectSource(witness="dark", path=str(path), night=NIGHTS[0], turned=False)
        for path in (silent, broken)
    ]
    assert made.follow(*sources) == {}
    assert "silent.fits has no table of pixels and no list" in caplog.text
    assert "broken.fits" in caplog.text
    assert made.lasting() == set()


def test_pixels_of_a_table_outside_its_image_are_none(made):
    outside = [Bad(SHAPE[1] + 3, 3), Bad(2, SHAPE[0] + 1), Bad(2, -1)]
    sources = [made.dark(night, A, *outside, named=[A]) for night in NIGHTS[:2]]
    sources.append(made.dark(NIGHTS[2], A, named=[A, Bad(3, 4)]))
    rows = made.follow(*sources)
    assert list(rows) == [(3, 4), A[:2]]
    assert dates(rows[3, 4])[0] == NIGHTS[2]  # and not where a column too many would have come


def test_images_that_are_stored_the_other_way_round_show_the_same_pixel(made):
    turned = A._replace(y=SHAPE[0] - 1 - A.y)
    sources = [made.dark(NIGHTS[0], turned, turned=True), made.dark(NIGHTS[1], A)]
    assert dates(made.follow(*sources)[A[:2]])[:2] == (NIGHTS[0], NIGHTS[1])
