"""Cosmetic lists in all their forms."""

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.errors import FrameError
from plateworks.products.lists import read_list, write_list


def test_a_list_is_written_in_the_form_of_iris(tmp_path):
    write_list(tmp_path / "a.lst", np.array([[1234, 567], [0, 0]]), ["two pixels"])
    assert (tmp_path / "a.lst").read_bytes() == b"# two pixels\r\nP 1234 567\r\nP 0 0\r\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "text",
    [
        "# cosme.lst|P 3 4|P 5 6",
        "3 4|5 6",
        "P 3 4 H|P 5 6 C",
        "p 3 4|  P   5\t6  # hot",
        "|3 4||P 5 6 h|",
    ],
)
def test_every_form_and_line_end_is_read(tmp_path, text, end):
    (tmp_path / "a.lst").write_text(text.replace("|", end), newline="")
    assert read_list(tmp_path / "a.lst").tolist() == [[3, 4], [5, 6]]


def test_lines_that_make_no_sense_are_named_by_number_and_passed_over(tmp_path, caplog):
    (tmp_path / "a.lst").write_text("P 3 4\nC 7\nP x y\nP 100 0\nP -1 2\n")
    with caplog.at_level(logging.WARNING, "plateworks"):
        assert read_list(tmp_path / "a.lst", (10, 10)).tolist() == [[3, 4]]
    assert "2 lines cannot be understood and are passed over: 2, 3" in caplog.text
    assert "2 lines lie outside the frame and are passed over: 4, 5" in caplog.text


def test_an_absent_list_is_said_by_name(tmp_path):
    with pytest.raises(FrameError, match=r"a\.lst: the cosmetic list cannot be read"):
        read_list(tmp_path / "a.lst")


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), max_size=30))
def test_what_is_written_is_read_again_in_the_same_order(tmp_path_factory, pixels):
    path = tmp_path_factory.mktemp("lists") / "a.lst"
    write_list(path, np.array(pixels, np.int64).reshape(-1, 2))
    assert read_list(path).tolist() == [list(pixel) for pixel in pixels]
