"""The kinds of frame, in types and in the table."""

from typing import get_args

from plateworks.metadata.kindcards import KIND_WORDS
from plateworks.metadata.kinds import KINDS, FrameKind, MasterKind


def test_the_types_name_the_kinds_of_the_table_in_its_order():
    assert get_args(FrameKind) == tuple(KINDS)
    assert get_args(MasterKind) == tuple(name for name, kind in KINDS.items() if kind.master)


def test_no_word_of_a_header_means_two_kinds():
    words = [word for kind in KINDS.values() for word in kind.words.split()]
    assert len(words) == len(set(words)) == len(KIND_WORDS)


def test_masters_are_known_by_what_we_write_in_their_headers():
    for name, kind in KINDS.items():
        if kind.master:
            written = kind.master.lower().replace(" ", "").removeprefix("master")
            assert KIND_WORDS[written] == name
