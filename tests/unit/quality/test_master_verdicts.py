"""Verdicts on masters: named causes, what they are compared with, and what is forgiven."""

from dataclasses import replace

import numpy as np
import pytest

from plateworks.orders.judging import JudgedMaster
from plateworks.pixels.masterpair import PairFigures
from plateworks.quality.masterfigures import MasterFigures
from plateworks.quality.masterverdicts import COLUMNS, Known, judge_masters

NOISE, LIGHT = 8.0, 20_000.0
ALIKE = PairFigures(0.0, 1.0, 0.001, 0.001, 0.0005, 0.001)


def figures(number, seed=1, **changes):
    draw = np.random.default_rng([seed, number])
    usual = MasterFigures(
        digest=f"{seed}-{number}", stated=f"{seed}-{number}", frames=20.0, left_out=0.0,
        level=500 + draw.normal(0, 0.5), noise=NOISE / 20**0.5,
        frame_noise=NOISE * np.exp(draw.normal(0, 0.003)), predicted=NOISE / 20**0.5,
        light=LIGHT * np.exp(draw.normal(0, 0.01)), hot=200.0, flickering=20.0,
    )  # fmt: skip
    return usual._replace(**changes)


class Series:
    """Masters that are alike, of which one or more are not."""

    def __init__(self, kind, count=40, name="L"):
        self.kind, self.name, self.pairs, self.compared = kind, name, {}, []
        self.known = []
        for _ in range(count):
            self.add()

    def add(self, pair=ALIKE, path=None, **changes):
        number = len(self.known)
        master = JudgedMaster(
            path=path or f"{self.kind}_{self.name}_{number}.fits", kind=self.kind, setup="one",
            alike=self.kind + self.name, made=True, mjd=60_000.0 + number, exposure=60.0,
            filter=self.name if self.kind == "flat" else None, fresh=90.0,
        )  # fmt: skip
        seed = sum(map(ord, self.kind + self.name))
        self.known.append(Known(master, figures(number, seed, **changes)))
        self.pairs[master.path] = pair
        return self

    def compare(self, new, old):
        self.compared.append((new.master.path, old.master.path))
        return self.pairs[new.master.path]

    def judged(self, *others):
        table = judge_masters([k for one in (*others, self) for k in one.known], self.any(others))
        assert list(table) == list(COLUMNS)
        return table.to_dict("records")

    def any(self, others):
        pairs = {k: v for one in (self, *others) for k, v in one.pairs.items()}

        def compare(new, old):
            self.compared.append((new.master.path, old.master.path))
            return pairs[new.master.path]

        return compare


@pytest.mark.parametrize("kind", ["bias", "dark", "flat"])
def test_good_masters_are_good(kind):
    rows = Series(kind).judged()
    assert {row["verdict"] for row in rows} == {"good"}
    assert {row["why"] for row in rows} == {""}


DUST = ALIKE._replace(appeared=1, vanished=1, depth=0.02)
OTHER_DUST = ALIKE._replace(appeared=4, vanished=3, depth=0.06)
BENT = ALIKE._replace(uneven=0.03, bent=0.025, tilt=0.01)
WET = BENT._replace(uneven=0.08, bent=0.07)
TILTED = ALIKE._replace(uneven=0.015, bent=0.001, tilt=0.03)
BRIGHT = ALIKE._replace(uneven=4.0, brighter=4.0, bent=3.0)


@pytest.mark.parametrize(
    ("kind", "pair", "changes", "cause", "verdict", "told"),
    [
        ("bias", ALIKE, {"level": 505.0}, "level", "doubtful", "505 ADU lie"),
        ("dark", ALIKE, {"level": 520.0}, "level", "poor", "above the usual"),
        ("dark", BRIGHT, {"level": 503.0}, "light leak", "doubtful", "4 ADU brighter"),
        ("dark", ALIKE, {"frame_noise": 1.05 * NOISE}, "noisier", "doubtful", "1.05 times"),
        ("dark", ALIKE, {"frame_noise": 1.5 * NOISE}, "noisier", "poor", "1.5 times"),
        ("dark", ALIKE._replace(noise=1.4), {}, "noisier", "doubtful", "1.4 times"),
        ("dark", ALIKE, {"hot": 500.0}, "hot pixels", "doubtful", "500 hot pixels"),
        ("dark", ALIKE._replace(share=0.1), {}, "changed pixels", "poor", "10 % of pixels"),
        ("bias", ALIKE, {"left_out": 9.0}, "frames left out", "doubtful", "9 frames"),
        ("flat", DUST, {}, "dust moved", "doubtful", "1 spot appeared and 1 spot vanished"),
        ("flat", BENT, {}, "condensation", "doubtful", "up to 3 % off"),
        ("flat", WET, {}, "condensation", "poor", "up to 8 % off"),
        ("flat", TILTED, {}, "lamp", "doubtful", "up to 1.5 % off"),
        ("flat", ALIKE, {"light": 1.1 * LIGHT}, "lamp", "doubtful", "its light is 1.1 times"),
        ("flat", OTHER_DUST, {}, "filter swapped", "poor", "4 spots appeared"),
        ("flat", DUST, {"light": 0.5 * LIGHT}, "filter swapped", "poor", "0.5"),
    ],
)  # fmt: skip
def test_a_cause_is_named_with_value_and_limit(kind, pair, changes, cause, verdict, told):
    row = Series(kind).add(pair, **changes).judged()[-1]
    assert (row["causes"], row["verdict"]) == (cause, verdict)
    assert row["why"].startswith(f"{cause}: ") and told in row["why"] and "limit" in row["why"]


def test_a_filter_whose_light_is_that_of_another_is_named():
    red = Series("flat", 5, "R")
    for number, one in enumerate(red.known):
        red.known[number] = one._replace(figures=one.figures._replace(light=0.4 * LIGHT))
    row = Series("flat").add(BENT, light=0.4 * LIGHT).judged(red)[-1]
    assert row["causes"] == "filter swapped" and "as bright as R" in row["why"]


def test_the_next_is_compared_with_the_last_that_was_not_odd():
    series = Series("flat", 10).add(BENT).add(ALIKE)
    rows = series.judged()
    assert rows[-1]["predecessor"] == "flat_L_9.fits" and rows[-1]["verdict"] == "good"
    dusty = Series("flat", 10).add(DUST).add(ALIKE)
    assert dusty.judged()[-1]["predecessor"] == "flat_L_10.fits"  # dust stays where it is


def test_what_holds_for_three_masters_is_the_new_usual():
    series = Series("flat", 10).add(BENT).add(BENT).add(BENT).add(ALIKE)
    rows = series.judged()
    assert [row["verdict"] for row in rows[-4:]] == ["doubtful"] * 3 + ["good"]
    assert rows[-1]["predecessor"] == "flat_L_12.fits"


def test_a_copy_gets_the_verdict_of_its_original_and_is_no_former_one():
    series = Series("dark", 30).add(level=520.0)
    original = series.known[-1]
    copy = original._replace(master=replace(original.master, path="library/copy.fits", made=False))
    series.known.append(copy)
    row, twin = series.judged()[-2:]
    assert (twin["master"], twin["source"]) == ("library/copy.fits", "library")
    assert (twin["verdict"], twin["why"], twin["former"]) == (row["verdict"], row["why"], 30)


def test_no_master_is_judged_by_later_ones():
    early = Series("dark", 20).add(level=504.0)
    late = Series("dark", 20).add(level=504.0).add(level=530.0).add()
    told = [[repr(row) for row in one.judged()] for one in (early, late)]
    assert told[0] == told[1][:21]
