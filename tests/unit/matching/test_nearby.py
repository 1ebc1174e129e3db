"""Which masters of an archive are judged for a frame."""

from collections.abc import Sequence
from dataclasses import replace

from drawn import NEED_OF_ALL
from plateworks.matching.candidates import Candidate
from plateworks.matching.matcher import Matcher
from plateworks.matching.nearby import Nearby, alike
from plateworks.settings.matching import Matching

FLAT = Candidate(
    "", "flat", NEED_OF_ALL.setup, -10.0, 2.0, "ha", None, None, None, 60000.75, True, True,
    night=60000, frames=15,
)  # fmt: skip


def flats(nights: int) -> list[Candidate]:
    return [
        replace(FLAT, path=f"{i:03d}.fits", night=60000 + i, mjd=60000.75 + i)
        for i in range(nights)
    ]


def nearby(masters: list[Candidate], own: Sequence[str | None] = ()) -> Nearby:
    kinds = [alike("flat", one, (), Matching()) for one in masters]
    return Nearby(masters, kinds, own or [None] * len(masters))


def test_of_a_hundred_nights_two_before_and_two_after_are_judged_beside_its_own():
    need = replace(NEED_OF_ALL, night=60050, mjd=60050.9)
    assert nearby(flats(100)).of(need) == [48, 49, 50, 51, 52]


def test_where_time_and_night_disagree_all_between_them_are_judged():
    need = replace(NEED_OF_ALL, night=60050, mjd=60055.9)
    assert nearby(flats(100)).of(need) == [48, 49, 50, 51, 52, 53, 54, 55, 56, 57]


def test_masters_whose_night_nobody_knows_are_always_judged():
    masters = [*flats(10), replace(FLAT, path="x", night=None), replace(FLAT, path="y", mjd=None)]
    assert nearby(masters).of(replace(NEED_OF_ALL, night=60001, mjd=60001.9))[-2:] == [10, 11]


def test_masters_that_differ_in_more_than_their_night_stand_each_for_itself():
    masters = [replace(one, frames=i) for i, one in enumerate(flats(20))]
    need = replace(NEED_OF_ALL, night=60001, mjd=60001.9)
    assert len(nearby(masters).of(need)) == 20


def test_a_frame_whose_night_nobody_knows_is_judged_with_all():
    assert len(nearby(flats(20)).of(replace(NEED_OF_ALL, night=None, mjd=60001.9))) == 20


def test_all_are_judged_where_times_do_not_follow_the_nights():
    masters = [replace(one, mjd=60100.0 - i) for i, one in enumerate(flats(20))]
    assert len(nearby(masters).of(replace(NEED_OF_ALL, night=60001, mjd=60001.9))) == 20


def test_those_with_the_bias_of_the_frame_are_looked_for_among_themselves():
    own = ["b"] * 4 + ["a"] * 16
    need = replace(NEED_OF_ALL, night=60010, mjd=60010.9)
    assert nearby(flats(20), own).of(need, "b") == [2, 3, 8, 9, 10, 11, 12]
    assert nearby(flats(20), own).of(need, "c") == [8, 9, 10, 11, 12]


def test_all_are_judged_where_the_newest_serves():
    assert alike("flat", FLAT, (), Matching(by_date="newest")) is None


def test_all_are_there_for_those_who_ask():
    matcher = Matcher(flats(50), Matching())
    need = replace(NEED_OF_ALL, night=60010, mjd=60010.9)
    best = matcher.best(need, "flat")
    assert (best.master.path, best.runner_up) == ("010.fits", "009.fits")
    assert len(matcher.ranked(need, "flat")) + len(matcher.refusals(need, "flat")) >= 50
