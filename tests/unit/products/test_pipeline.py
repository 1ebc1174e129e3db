"""Frames through three stations: each once, overlapping, and stopped by the first mistake."""

import threading

import pytest

from plateworks.products.pipeline import pipeline


def test_every_item_passes_all_stations_once_and_in_order():
    written = []
    pipeline(range(20), lambda i: (i, "read"), lambda r: (*r, "made"), written.append)
    assert written == [(i, "read", "made") for i in range(20)]


def test_an_item_is_read_while_another_is_worked_on_and_worked_on_while_another_is_written():
    ahead, behind = threading.Barrier(2, timeout=20), threading.Barrier(2, timeout=20)

    def read(item):
        if item == 1:
            ahead.wait()
        return item

    def work(item):
        (ahead if item == 0 else behind).wait()
        return item

    def write(item):
        if item == 0:
            behind.wait()

    pipeline(range(2), read, work, write)
    assert not ahead.broken and not behind.broken


def test_no_more_than_two_items_are_in_memory():
    inside, most, lock = 0, 0, threading.Lock()

    def read(item):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        return item

    def write(_):
        nonlocal inside
        with lock:
            inside -= 1

    pipeline(range(30), read, lambda item: item, write)
    assert most <= 2


@pytest.mark.parametrize("station", [0, 1, 2])
def test_a_mistake_at_any_station_ends_the_run_and_is_told(station):
    written = []

    def at(place, do):
        def step(item):
            if place == station and item == 3:
                raise RuntimeError("item 3")
            return do(item)

        return step

    def same(item):
        return item

    with pytest.raises(RuntimeError, match="item 3"):
        pipeline(range(50), at(0, same), at(1, same), at(2, written.append))
    assert written[:2] == [0, 1] and len(written) < 10
