"""Frames through three stations: each once, overlapping, and stopped by the first mistake."""

import threading

import pytest

from plateworks.products.pipeline import pipeline


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_every_item_passes_all_stations_once(threads):
    written = []
    pipeline(range(20), lambda i: (i, "read"), lambda r: (*r, "made"), written.append, threads)
    assert sorted(written) == [(i, "read", "made") for i in range(20)]


def test_the_next_item_is_read_while_one_is_worked_on_and_one_is_written():
    met = threading.Barrier(3, timeout=20)  # breaks unless all three stations are busy at once

    def read(item):
        if item == 2:
            met.wait()
        return item

    def work(item):
        if item == 1:
            met.wait()
        return item

    def write(item):
        if item == 0:
            met.wait()

    pipeline(range(3), read, work, write, threads=2)
    assert not met.broken


@pytest.mark.parametrize("threads", [1, 3])
def test_no_more_than_one_item_beyond_those_worked_on_is_in_memory(threads):
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

    pipeline(range(30), read, lambda item: item, write, threads)
    assert most <= threads + 1


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
        pipeline(range(50), at(0, same), at(1, same), at(2, written.append), threads=2)
    assert {0, 1, 2} <= set(written) and len(written) < 10
