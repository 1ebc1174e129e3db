"""Frames in floating point among integers: worked on, or combined."""

import pytest

from plateworks.inventory.exclusions import worked_on
from plateworks.metadata.frame import Frame

FLOATS, INTEGERS = -32, 16


def frame(kind, bitpix, path=None, **more):
    return Frame(path or f"{kind}{bitpix}", 100, 80, bitpix, kind=kind, camera="Cam", **more)


def aside(*frames, **more):
    return set(worked_on(frames, **more))


@pytest.mark.parametrize("kind", ["bias", "dark", "flat", "light"])
def test_floats_of_one_kind_among_integers_are_set_aside(kind):
    others = [frame(one, INTEGERS) for one in ("bias", "dark", "flat", "light") if one != kind]
    assert aside(frame(kind, FLOATS), *others) == {f"{kind}-32"}


def test_a_float_among_integers_of_its_own_kind_is_set_aside():
    frames = [frame("dark", INTEGERS), frame("dark", FLOATS), frame("flat", FLOATS)]
    assert aside(*frames) == {"dark-32"}


def test_where_all_kinds_are_floats_another_program_turned_them():
    assert aside(*(frame(kind, FLOATS) for kind in ("bias", "dark", "light"))) == set()


def test_where_two_kinds_are_floats_they_go_together():
    frames = [frame("dark", FLOATS), frame("light", FLOATS), frame("flat", INTEGERS)]
    assert aside(*frames) == set()


def test_a_camera_program_that_writes_floats_is_believed_unless_it_writes_integers_too():
    light = frame("light", FLOATS, captured_by="MaxIm DL")
    assert aside(light, frame("dark", INTEGERS)) == set()
    assert aside(light, frame("dark", INTEGERS, captured_by="MaxIm DL")) == {"light-32"}


def test_masters_marked_frames_and_a_persons_word_are_no_matter():
    dark = frame("dark", INTEGERS)
    assert aside(dark, frame("flat", FLOATS, is_master=True)) == set()
    assert aside(dark, frame("flat", FLOATS, done="BD")) == set()
    assert aside(dark, frame("flat", FLOATS), raw_by_word={"flat-32"}) == set()


def test_frames_of_other_sensors_say_nothing():
    other = Frame("other", 50, 40, INTEGERS, kind="dark", camera="Cam")
    assert aside(frame("dark", FLOATS), other) == set()
