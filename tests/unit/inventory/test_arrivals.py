"""A scan that waits: it looks again until a file is new, or the time is over."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from frames import write_frame
from plateworks.inventory import arrivals, entries
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import Source

WAIT_S = 60.0


class Clock:
    """A clock that stands still but where somebody sleeps: then time passes, and things happen."""

    def __init__(self, now: float):
        self.now, self._begun = now, now
        self.happens: list[Callable[[], object]] = []

    @property
    def passed(self) -> float:
        return self.now - self._begun

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.happens:
            self.happens.pop(0)()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock(2e9)
    for module in (arrivals, entries):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def raw(tmp_path) -> Path:
    """A folder that was scanned, with a frame and a link to one that is not there."""
    write_frame(tmp_path / "raw" / "old.fits", "LIGHT", object="old")
    (tmp_path / "raw" / "lost.fits").symlink_to(tmp_path / "gone.fits")
    look(tmp_path / "raw")
    return tmp_path / "raw"


def look(raw: Path, **how):
    return scan([Source(str(raw))], raw.parent / "scan.json", **how)


def names(found) -> list[str | None]:
    return [frame.object for frame in found.frames]


def appear(path: Path, changed: float) -> Callable[[], object]:
    """Return what writes a frame that bears such a time."""

    def act() -> None:
        write_frame(path, "LIGHT", object=path.stem)
        os.utime(path, (0, changed))

    return act


def test_a_scan_goes_on_as_soon_as_a_frame_has_come(raw, clock):
    clock.happens = [lambda: None, appear(raw / "new.fits", 1e9), lambda: None]
    assert sorted(names(look(raw, wait_s=WAIT_S))) == ["new", "old"]
    assert len(clock.happens) == 1
    assert clock.passed < 1.0


def test_a_frame_that_came_before_the_scan_began_is_waited_for_no_longer(raw, clock):
    appear(raw / "deep" / "new.fits", 1e9)()
    assert sorted(names(look(raw, wait_s=WAIT_S))) == ["new", "old"]
    assert clock.passed == 0


def test_without_news_a_scan_goes_on_when_the_time_is_over(raw, clock):
    assert names(look(raw, wait_s=WAIT_S)) == ["old"]
    assert clock.passed == pytest.approx(WAIT_S)


def test_a_frame_is_news_when_it_has_settled_and_not_before(raw, clock):
    new = raw / "new.fits"
    clock.happens = [appear(new, clock.now), lambda: os.utime(new, (0, clock.now))]
    assert sorted(names(look(raw, settle_s=5.0, wait_s=WAIT_S))) == ["new", "old"]
    assert 5.0 <= clock.passed < 6.0


def test_a_frame_that_still_grows_when_the_time_is_over_waits(raw, clock):
    clock.happens = [appear(raw / "new.fits", clock.now)]
    found = look(raw, settle_s=2 * WAIT_S, wait_s=WAIT_S)
    assert names(found) == ["old"]
    assert found.waiting == (str(raw / "new.fits"),)


def test_a_file_shorter_than_promised_waits_longer_lest_its_writer_was_held_up(raw, clock):
    half = write_frame(raw / "half.fits", "LIGHT")
    os.truncate(half, 4000)
    os.utime(half, (0, clock.now - 20))
    assert look(raw, settle_s=1.0).waiting == (str(half),)
    clock.now += 20
    found = look(raw, settle_s=1.0)
    assert not found.waiting
    assert str(half) in [one.path for one in found.rejects]


def test_looks_that_take_long_are_rarer(raw, clock):
    def long_look(known):
        clock.now += 3.0
        return known

    looks = []
    arrivals.look_until_news(
        lambda known: looks.append(clock.now) or long_look(known), arrivals.ScanCache(), WAIT_S
    )
    assert len(looks) == 3
