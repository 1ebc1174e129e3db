"""Colours at a terminal that has them."""

import io
import os
import sys

import pytest

from plateworks.paint import show

TEXT = "Masters: 3 to make\n  make  bias\x1b[2J\nSet aside: 1 file\n"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shown(monkeypatch):
    """A function that shows a text, and returns what the terminal gets."""

    def shown(stream, *, colours=True, **environment):
        monkeypatch.setattr(sys, "stderr", stream)
        for name, value in ({"TERM": "xterm", "NO_COLOR": ""} | environment).items():
            monkeypatch.setenv(name, value)
        show(TEXT, colours=colours)
        return stream.getvalue()

    return shown


def test_lines_wider_than_the_terminal_are_folded_between_words(shown, monkeypatch):
    monkeypatch.setattr(Terminal, "fileno", lambda self: 2, raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda descriptor: os.terminal_size((20, 24)))
    monkeypatch.setattr(
        sys.modules[__name__], "TEXT", "  a-wide.fits: is far too long to stand\n\nx"
    )
    assert shown(Terminal(), colours=False).split("\n") == [
        "  a-wide.fits: is", "    far too long to", "    stand", "", "x", "",
    ]  # fmt: skip


def test_headings_stand_out_and_what_others_wrote_controls_nothing(shown):
    headline, row, aside, *_ = shown(Terminal()).split("\n")
    assert headline == "\x1b[1mMasters: 3 to make\x1b[0m"
    assert row == r"  make  bias\x1b[2J"
    assert aside == "\x1b[1;33mSet aside: 1 file\x1b[0m"


@pytest.mark.parametrize(
    ("stream", "told"),
    [
        (io.StringIO, {}),
        (Terminal, {"colours": False}),
        (Terminal, {"NO_COLOR": "1"}),
        (Terminal, {"TERM": "dumb"}),
    ],
)
def test_without_colours_the_same_words_are_there(shown, stream, told):
    assert shown(stream(), **told) == TEXT.replace("\x1b", r"\x1b") + "\n"
