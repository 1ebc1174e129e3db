"""Cosmetic lists in all their forms."""

import logging
import shutil
import subprocess
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from orders import HOT
from plateworks.errors import FrameError, TroubleError
from plateworks.orders.frames import Placement
from plateworks.products.cosmetics import make_cosmetic_list
from plateworks.products.lists import lay, read_list, write_list

NONE = np.zeros((0, 2), np.int64)
TWO = np.array([[1234, 567], [0, 0]])
SIRIL = shutil.which("siril-cli")


def test_a_list_is_written_in_the_form_of_iris(tmp_path):
    write_list(tmp_path / "a.lst", TWO, NONE, rows=600, about="two pixels", row_order="TOP-DOWN")
    assert (tmp_path / "a.lst").read_bytes() == (
        b"# two pixels; X Y count from 0, rows from the first that is stored, as in IRIS, "
        b"ROWORDER TOP-DOWN\r\nP 1234 567\r\nP 0 0\r\n"
    )


def test_a_list_is_written_in_the_form_of_siril(tmp_path):
    write_list(tmp_path / "a.lst", TWO[:1], TWO[1:], rows=600, form="siril")
    assert (tmp_path / "a.lst").read_bytes() == (
        b"# X Y count from 0, rows from the last that is stored, as in Siril\r\n"
        b"P 1234 32 H\r\nP 0 599 C\r\n"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    ["# cosme.lst|P 3 4|P 5 6", "3 4|5 6", "p 3 4|  P   5\t6  # hot",
     # Siril's, of an image of ten rows
     "P 3 5 H|P 5 3 C", "|3 5||P 5 3 h|",
     # a person may put a letter behind it, or leave it out
     "# rows from the first that is stored|P 3 4 H|P 5 6 C",
     "# rows from the last that is stored|P 3 5|P 5 3"],
)  # fmt: skip
def test_every_form_and_line_end_is_read(tmp_path, text, end):
    (tmp_path / "a.lst").write_text(text.replace("|", end), newline="")
    assert read_list(tmp_path / "a.lst", rows=10).pixels.tolist() == [[3, 4], [5, 6]]


def test_lines_that_make_no_sense_are_named_by_number_and_passed_over(tmp_path, caplog):
    (tmp_path / "a.lst").write_text("P 3 4\nC 7\nP x y\nP 100 0\nP -1 2\n")
    with caplog.at_level(logging.WARNING, "plateworks"):
        assert read_list(tmp_path / "a.lst", (10, 10)).pixels.tolist() == [[3, 4]]
    assert "2 lines cannot be understood and are passed over: 2, 3" in caplog.text
    assert "2 lines lie outside the frame and are passed over: 4, 5" in caplog.text


def test_an_absent_list_is_said_by_name(tmp_path):
    with pytest.raises(TroubleError, match=r"a\.lst: the cosmetic list cannot be read"):
        read_list(tmp_path / "a.lst")


def test_rows_that_count_from_an_end_that_is_not_known_are_refused(tmp_path):
    (tmp_path / "a.lst").write_text("P 3 5 H\n")
    with pytest.raises(FrameError, match="counts rows from the last"):
        read_list(tmp_path / "a.lst")


@given(
    pixels=st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), max_size=30),
    form=st.sampled_from(["iris", "siril"]),
    row_order=st.sampled_from([None, "TOP-DOWN", "BOTTOM-UP"]),
)
def test_what_is_written_is_read_again_in_the_same_order(tmp_path_factory, pixels, form, row_order):
    path, listed = tmp_path_factory.mktemp("lists") / "a.lst", np.array(pixels, np.int64)
    hot, cold = np.split(listed.reshape(-1, 2), [len(pixels) // 2])
    write_list(path, hot, cold, rows=10_000, form=form, about="some", row_order=row_order)
    found = read_list(path, rows=10_000)
    assert found.pixels.tolist() == [list(pixel) for pixel in pixels]
    assert found.row_order == row_order


@given(
    pixels=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 29)), max_size=30),
    turned=st.booleans(),
    crop=st.sampled_from([None, (0, 0, 40, 30), (3, 5, 20, 10)]),
)
def test_a_list_is_laid_upon_a_frame_as_its_image_is(pixels, turned, crop):
    image = np.zeros((30, 40), bool)
    for x, y in pixels:
        image[y, x] = True
    laid = np.zeros(image.shape if crop is None else (crop[3], crop[2]), bool)
    placed = Placement(turned=turned, crop=crop, rows=30)
    for x, y in lay(np.array(pixels, np.int64).reshape(-1, 2), placed).tolist():
        laid[y, x] = True
    if crop is not None:
        left, first, width, rows = crop
        image = image[first : first + rows, left : left + width]
    assert np.array_equal(laid, image[::-1] if turned else image)


# -- the program Siril itself ----------------------------------------------------------------------


def siril(folder, *commands):
    script = folder / "script.ssf"
    script.write_text("\n".join(["requires 1.0.0", *commands, ""]))
    call = [SIRIL, "-d", str(folder), "-s", str(script)]
    subprocess.run(call, check=True, capture_output=True, timeout=120)


@pytest.fixture(params=[None, "TOP-DOWN", "BOTTOM-UP"])
def dark(request, tmp_path):
    """A dark with some hot pixels, not as many above the middle as below it."""
    if SIRIL is None:
        pytest.skip("siril-cli is not installed")
    rng = np.random.default_rng(1)
    pixels = rng.normal(500, 5, (60, 80)).round().astype(np.uint16)
    hot = np.stack([rng.permutation(80)[:12], rng.permutation(40)[:12]], axis=1)
    pixels[hot[:, 1], hot[:, 0]] = 20_000
    header = fits.Header() if request.param is None else fits.Header([("ROWORDER", request.param)])
    fits.writeto(tmp_path / "dark.fits", pixels, header)
    return tmp_path / "dark.fits", {tuple(pixel) for pixel in hot.tolist()}


def test_the_list_that_siril_finds_names_the_pixels_that_are_hot(dark):
    path, hot = dark
    siril(path.parent, "load dark.fits", "find_hot found 3 5")
    found = read_list(path.parent / "found.lst", (60, 80)).pixels
    assert {tuple(pixel) for pixel in found.tolist()} == hot


def test_siril_mends_the_pixels_that_a_list_in_its_form_names(dark):
    path, hot = dark
    make_cosmetic_list(replace(HOT, form="siril"), str(path), str(path.with_name("ours.lst")))
    siril(path.parent, "load dark.fits", "cosme ours.lst", "save mended")
    [mended] = path.parent.glob("mended.fit*")
    assert fits.getdata(mended).max() < 1000
    assert len(hot) == 12


@pytest.mark.parametrize("number", ["99999999999999999999999", "-1" + "0" * 30, "9" * 5000])
def test_a_pixel_that_no_image_has_is_passed_over_with_a_word(tmp_path, caplog, number):
    path = tmp_path / "a.lst"
    path.write_text(f"P 1 2\nP {number} 5\nP 5 {number}\n")
    assert read_list(path, (16, 16)).pixels.tolist() == [[1, 2]]
    assert "2 lines cannot be understood and are passed over: 2, 3" in caplog.text


def test_a_list_without_end_takes_little_memory(tmp_path):
    path = tmp_path / "a.lst"
    path.write_text("P 1 1\n" * 200_000)
    tracemalloc.start()
    assert len(read_list(path, (16, 16)).pixels) == 200_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * path.stat().st_size
