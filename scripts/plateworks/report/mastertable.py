"""The table of masters with their verdicts, and what the ledger is told of them."""

from __future__ import annotations

import logging
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from plateworks.csvtable import read_rows
from plateworks.errors import FrameError, PlateworksError, TroubleError
from plateworks.ledger.entry import OURSELVES, Entry
from plateworks.ledger.ledger import Ledger
from plateworks.metadata.values import number
from plateworks.orders.judging import GOOD, JudgedMaster, JudgingOrder
from plateworks.quality.masterfigures import read_figures
from plateworks.quality.masterpairs import PairFigures, compare_pixels
from plateworks.quality.masterverdicts import PAIR_COLUMNS, Known, judge_masters
from plateworks.report.dataframes import write_dataframe

_log = logging.getLogger(__name__)


class _Before:
    """What the table says that was written before: no pixel is read twice for it."""

    def __init__(self, table: str | os.PathLike[str]):
        self.figures: dict[str, tuple[float, float]] = {}
        self.pairs: dict[tuple[str, str], PairFigures] = {}
        if not os.path.exists(table):
            return
        try:
            for _ in read_rows(table, self._take):
                pass
        except PlateworksError as error:
            _log.warning("The table of before tells nothing: %s", error)

    def _take(self, row: Mapping[str, str]) -> None:
        figures = [_number(row[name]) for name in ("level_adu", "noise_adu")]
        self.figures[row["digest"]] = figures[0], figures[1]
        if row["uneven"]:
            pair = PairFigures(*(_number(row[name]) for name in PAIR_COLUMNS))
            self.pairs[row["digest"], row["predecessor_digest"]] = pair


def write_masters(order: JudgingOrder, output: str | os.PathLike[str]) -> None:
    """Judge all masters, write a row for each, and tell the ledger of the results.

    Parameters
    ----------
    order : JudgingOrder
    output : path
        The CSV file; what it said of the same pixels before is taken up again.
    """
    before = _Before(output)
    known = list(_known(order.masters, before))

    def compare(new: Known, old: Known) -> PairFigures | None:
        both = new.figures.digest, old.figures.digest
        return before.pairs[both] if both in before.pairs else compare_pixels(new, old)

    table = judge_masters(known, compare)
    write_dataframe(table, output)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    verdicts = zip(known, table["verdict"], table["why"], strict=True)
    entries = [
        Entry(one.master.path, verdict, OURSELVES, when, why, one.figures.stated)
        for one, verdict, why in verdicts
    ]
    for ledger, words in _by_ledger(order, entries).items():
        ledger.record(words)


def _by_ledger(order: JudgingOrder, entries: Iterable[Entry]) -> dict[Ledger, list[Entry]]:
    """Return in which ledger each word belongs.

    A library is told what speaks against its masters, and when nothing does any longer; as long as
    all are good, nothing is written there.
    """
    found = defaultdict[Ledger, list[Entry]](list)
    own = Ledger.of_results(order.results)
    said: dict[Ledger, set[str]] = {}
    for one in entries:
        near = Ledger.nearest(one.master, order.results, order.libraries)
        if near not in said:
            said[near] = {word.master for word in near.read()}
        there = one.state != GOOD or os.path.abspath(one.master) in said[near]
        found[near if there else own].append(one)
    return dict(found)


def _known(masters: Iterable[JudgedMaster], before: _Before) -> Iterator[Known]:
    for master in masters:
        try:
            yield Known(master, read_figures(master, before.figures))
        except (FrameError, TroubleError) as error:
            _log.warning("%s  It is not judged.", error)


def _number(text: str) -> float:
    value = number(text)
    return math.nan if value is None else value
