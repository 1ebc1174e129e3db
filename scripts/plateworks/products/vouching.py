"""Masters certified by a person, or taken back, in the ledger that lies nearest to them."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime

from plateworks.errors import PlateworksError
from plateworks.ledger.entry import OURSELVES, Entry
from plateworks.ledger.ledger import Ledger
from plateworks.metadata.caveats import texts_of
from plateworks.metadata.datadigest import DATA
from plateworks.orders.words import Named, WordOrder

_log = logging.getLogger(__name__)


def vouch(order: WordOrder) -> str:
    """Write a person's word on some masters.

    A certificate is on the data that are there; what is taken back is so whatever its data, since
    what was made anew of the same frames is no better.  A library keeps its own ledger where it can
    be written, else the word stands in that of the results.

    Parameters
    ----------
    order : WordOrder

    Returns
    -------
    str
        A sentence on masters of which nothing new is said; empty where there are none.

    Raises
    ------
    PlateworksError
        If a name means no master or several, a master that is to be certified is not there, it is
        not said why one is taken back, or who says so.
    """
    _check(order)
    masters = [_meant(named, order.state) for named in order.named]
    if not order.named:
        masters = [path for path in order.others if os.path.exists(path)]
    certifies = order.state == "certified"
    for path in masters:
        if certifies and not os.path.exists(path):
            raise PlateworksError(f"certify: the master {path} is not there yet; make it first.")
    when = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    words: dict[Ledger, list[Entry]] = {}
    for path in masters:
        digest = texts_of(path, DATA)[0] if certifies else ""
        entry = Entry(path, order.state, order.who, when, order.reason, digest)
        ledger = Ledger.nearest(path, order.results, order.libraries)
        words.setdefault(ledger, []).append(entry)
    new = 0
    for ledger, entries in words.items():
        new += ledger.record(entries)
        for entry in entries:
            _log.info("%s is %s in %s", entry.master, order.state, ledger.path)
    said = _said_of_old(len(masters), new, order)
    if said:
        _log.info("%s", said)
    return said


def _said_of_old(count: int, new: int, order: WordOrder) -> str:
    """Say that nothing new is said of some masters; the end of the run tells what is new."""
    if not count:
        return "No master is certified: none is there yet that nobody doubts."
    if new == count:
        return ""
    old = count - new
    were = "master was" if old == 1 else "masters were"
    return f"{old} {were} {order.state} already by {order.who}."


def _check(order: WordOrder) -> None:
    if order.who.strip() in ("", OURSELVES):
        raise PlateworksError(
            f"A certificate is a person's word, and {order.who!r} is none; say whose it is by the "
            "config key who."
        )
    if order.state == "certified":
        return
    if not order.named:
        raise PlateworksError(
            "No master is named that is to be withdrawn; name it by the config key withdraw, for "
            "instance --config withdraw=[dark_60s_m10c_20250815] withdraw_reason='a light leak'."
        )
    if not order.reason.strip():
        raise PlateworksError(
            "It is not said why masters are withdrawn; say it by the config key withdraw_reason."
        )


def _meant(named: Named, state: str) -> str:
    key = "certify" if state == "certified" else "withdraw"
    if not named.masters:
        meant = "" if named.near is None else f"  Did you mean {named.near}?"
        raise PlateworksError(
            f"{key}: there is no master {named.name}.{meant}  Name one by its path, its file name, "
            "or the name of its set in plan/sets.csv."
        )
    if len(named.masters) > 1:
        raise PlateworksError(
            f"{key}: {named.name} may be {' and '.join(named.masters[:2])}; name one by its path."
        )
    return named.masters[0]
