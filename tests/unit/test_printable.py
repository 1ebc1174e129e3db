"""Texts made safe for terminals, tables and pages; names that nothing can show."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.printable import fitted, flaw_of_name, printable
from terminal import Shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü — name.fits", "plain ü — name.fits"),
        ("new\nline", r"new\nline"),
        ("bell\x07", r"bell\x07"),
        ("x\u202egnp.fits", r"x\u202egnp.fits"),
        (os.fsdecode(b"gr\xfc\xdfe.fits"), r"gr\xfc\xdfe.fits"),
        ("\ud800", r"\ud800"),
    ],
)
def test_an_escape_stands_for_what_cannot_be_printed(text, shown):
    assert printable(text) == shown


@given(st.text(alphabet=st.characters(categories=None)))
def test_what_is_shown_can_be_printed_and_written(text):
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()


@given(st.text(alphabet=st.characters(categories=None)))
def test_a_name_without_flaw_can_be_written_and_stays_in_its_line(text):
    if not flaw_of_name(text):
        assert len(text.encode().splitlines()) <= 1
        assert len(text.splitlines()) <= 1


@pytest.mark.parametrize("name", ["a b.fits", "x{y}.fits", "ü.fits", "\xa0.fits"])
def test_a_name_that_can_be_written_has_no_flaw(name):
    assert flaw_of_name(f"raw/{name}") == ""


@pytest.mark.parametrize(
    ("path", "flaw"),
    [
        ("raw/a\tb.fits", "holds a control character"),
        ("new\nfolder/b.fits", "holds a control character"),
        ("raw/\u202egnp.fits", "not seen"),
        ("raw/a\u200bb.fits", "not seen"),
        ("raw/\x9b2J.fits", "not seen"),
        (os.fsdecode(b"caf\xe9/b.fits"), "not written in UTF-8"),
    ],
)
def test_a_flaw_is_said_with_the_remedy(path, flaw):
    said = flaw_of_name(path)
    assert flaw in said
    assert said.endswith("; rename the file or folder")


def test_a_sentence_goes_on_below_at_a_terminal_and_is_whole_elsewhere():
    said = "raw/a-b.fits: it is far too long for a terminal\n  x.fits: so is this, and \x07"
    terminal = Shown(columns=24)
    with os.fdopen(terminal.descriptor, "w", closefd=False) as stream:
        assert fitted(said, stream).split("\n") == [
            "raw/a-b.fits: it is far", "  too long for a", "  terminal",
            "  x.fits: so is this,", r"    and \x07",
        ]  # fmt: skip
    terminal.close()
    assert fitted(said, io.StringIO()) == said.replace("\x07", r"\x07")
