"""Digests depend on known values by name, and on nothing else."""

from collections import namedtuple
from dataclasses import dataclass, field, fields, make_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from plateworks.digests import digest_of
from plateworks.metadata.amplifiers import Amplifier, Readout
from plateworks.metadata.frame import Frame
from plateworks.metadata.unplaced import Unplaced, UnplacedImage
from plateworks.products.headers import digests_of


@dataclass(frozen=True)
class Dark:
    path: str
    k: float
    bounds: tuple[float, float] | None = None


class Renamed(NamedTuple):
    """The same, with its fields in another order, and one that nobody knows yet."""

    later: str | None
    k: float
    path: str
    bounds: tuple[float, float] | None = None


DIGEST = digest_of(dark=Dark("d.fits", 2.0))


@pytest.mark.parametrize(
    "same",
    [
        Renamed(None, 2.0, "d.fits"),
        Renamed("", 2, "d.fits", ()),
        {"k": 2, "path": "d.fits"},
        {"path": Path("d.fits"), "k": np.float32(2), "bounds": None, "more": {"deep": None}},
        make_dataclass("Other", [("k", float), ("path", str)])(np.int16(2), "d.fits"),
    ],
    ids=["renamed", "empty", "mapping", "other types", "dataclass"],
)
def test_what_means_the_same_has_the_same_digest(same):
    assert digest_of(dark=same) == DIGEST


@pytest.mark.parametrize(
    "other",
    [
        Dark("e.fits", 2.0),
        Dark("d.fits", 2.0000001),
        Dark("d.fits", 0.0),
        Dark("d.fits", 2.0, (0.0, 5.0)),
        {"path": "d.fits", "factor": 2.0},
        {"path": "d.fits", "k": "2"},
        {"path": "d.fits"},
        [["path", "d.fits"], ["k", 2]],
    ],
)
def test_every_known_value_and_its_name_matter(other):
    assert digest_of(dark=other) != DIGEST


@pytest.mark.parametrize(
    ("one", "other"),
    [(True, 1), (False, None), (0, None), ([None, 1], [1]), ([1, 2], [2, 1]), ("1", 1), ([], [[]])],
)
def test_values_that_are_alike_and_mean_other_things(one, other):
    assert digest_of(value=one) != digest_of(value=other)


def test_a_set_has_no_order():
    assert digest_of(lists={"a", "b"}) == digest_of(lists=frozenset({"b", "a"})) == digest_of(
        lists=["a", "b"]
    )  # fmt: skip


def test_the_order_of_names_and_depth_make_no_difference():
    one = digest_of(a={"b": 1, "c": {"d": 2, "e": None}}, f=[{"g": 1.0, "h": ""}])
    assert one == digest_of(f=[{"g": 1}], a={"c": {"d": 2.0}, "b": 1})


def test_text_that_is_no_utf_8_has_a_digest_of_its_own():
    torn = b"M\xfcller.fits".decode("utf-8", "surrogateescape")
    assert len({digest_of(name=name) for name in (torn, "Müller.fits", "M?ller.fits")}) == 3


def test_a_date_counts_with_its_zone():
    when = datetime(2025, 8, 15, 22, tzinfo=UTC)
    assert digest_of(when=when) != digest_of(when=when.replace(tzinfo=None))


@pytest.mark.parametrize("value", [b"bytes", object(), {1: "no name"}, iter(())])
def test_what_has_no_canonical_form_is_a_mistake(value):
    with pytest.raises(TypeError):
        digest_of(value=value)


# -- frames --------------------------------------------------------------------------------------

#: By what a field of each type is known.
VALUES = {
    "str": "text", "float": 1.5, "int": 2, "bool": True, "tuple[str, ...]": ("a",),
    "Readout": Readout(amplifiers=(Amplifier(data=(0, 8, 0, 6)),)),
    "Unplaced": Unplaced(images=(UnplacedImage(hdu=1, width=8, height=6),)),
}  # fmt: skip
#: A frame of which everything is known.
KNOWN = Frame(**{one.name: VALUES[one.type.removesuffix(" | None")] for one in fields(Frame)})
OTHER_READOUT = Readout(amplifiers=(Amplifier(data=(0, 8, 0, 6), bias=((8, 10, 0, 6),)),))
OTHER_IMAGES = Unplaced(images=(UnplacedImage(hdu=1, name="SCI", width=8, height=6),))
ABOUT_READING = {"path", "notes", "origin_binned"}


def test_the_digest_of_a_frame_is_no_matter_of_its_class():
    """As it would be after a rename, with fields in another order and a new one, unknown."""
    there = [(one.name, object) for one in fields(Frame)]
    other = make_dataclass("Picture", [*reversed(there), ("moon", object, field(default=None))])
    for frame in (KNOWN, Frame("a/b.fits", 10, 20, 16, kind="light")):
        values = {one.name: getattr(frame, one.name) for one in fields(Frame)}
        assert digests_of([other(**values)]) == digests_of([frame])


@pytest.mark.parametrize("name", [one.name for one in fields(Frame)])
def test_every_field_of_a_frame_counts_but_what_tells_how_it_was_read(name):
    value = getattr(KNOWN, name)
    others = {
        bool: False, tuple: ("b",), str: "another", Readout: OTHER_READOUT, Unplaced: OTHER_IMAGES,
    }  # fmt: skip
    other = others.get(type(value), 7)
    other = "elsewhere/text" if name == "path" else other
    same = digests_of([replace(KNOWN, **{name: other})]) == digests_of([KNOWN])
    assert same == (name in ABOUT_READING)


def test_the_name_of_a_frame_counts_and_its_folder_and_order_do_not():
    one, two = (Frame(f"here/{name}.fits", 10, 20, 16) for name in "ab")
    moved = [replace(frame, path=frame.path.replace("here", "there")) for frame in (two, one)]
    assert digests_of(moved) == digests_of([one, two])
    assert digests_of([replace(one, path="here/c.fits")]) != digests_of([one])


Pair = namedtuple("Pair", ("a",))


def test_a_named_tuple_of_one_field_is_a_mapping_too():
    assert digest_of(pair=Pair(1)) == digest_of(pair={"a": 1}) != digest_of(pair=[1])
