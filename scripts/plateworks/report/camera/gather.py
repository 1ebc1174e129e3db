"""Gathers what is known of a camera from its tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from plateworks import __version__
from plateworks.csvtable import read_rows
from plateworks.orders.camerapages import CameraOrder
from plateworks.orders.trends import TrendMaster
from plateworks.quality.expiry import Expiry
from plateworks.report.camera.facts import CameraFacts, Defect, MasterState
from plateworks.report.trendtable import read_changes, read_expiries, read_nights


def gather_camera(
    order: CameraOrder, *, nights: str, changes: str, expiry: str, verdicts: str,
    defects: str | None,
) -> CameraFacts:  # fmt: skip
    """Return what is known of a camera.

    Parameters
    ----------
    order : CameraOrder
    nights, changes, expiry : str
        The tables of its trends.
    verdicts : str
        The table of verdicts on masters of all setups.
    defects : str or None
        The table of its defects.

    Raises
    ------
    PlateworksError
        If a table cannot be read, or is none of ours.
    """
    judged = dict(read_rows(verdicts, lambda row: (row["master"], (row["verdict"], row["why"]))))
    ends = {one.master: one for one in read_expiries(expiry)}
    masters = sorted(_masters(order.masters, judged, ends), key=lambda one: one.urgency)
    return CameraFacts(
        setup=order.setup,
        camera=order.camera,
        width=order.width,
        height=order.height,
        courses=tuple(read_nights(nights)),
        changes=tuple(read_changes(changes)),
        masters=tuple(masters),
        defects=None if defects is None else tuple(read_rows(defects, _defect)),
        pages=frozenset(order.nights),
        days_ahead=order.days_ahead,
        version=__version__,
    )


def _masters(
    masters: Iterable[TrendMaster],
    judged: Mapping[str, tuple[str, str]],
    ends: Mapping[str, Expiry],
) -> Iterator[MasterState]:
    ordered = sorted(masters, key=lambda one: (one.night, one.path))
    latest = {one.purpose: one.path for one in ordered}
    for one in ordered:
        verdict, said = judged.get(one.path, ("", ""))
        end = ends.get(one.path)
        until, why = ("", "") if end is None else (end.until, end.why)
        yield MasterState(one, latest[one.purpose] == one.path, verdict, said, until, why)


def _defect(row: Mapping[str, str]) -> Defect:
    return Defect(
        x=int(row["x"]),
        y=int(row["y"]),
        kinds=row["kinds"],
        first_seen=row["first_seen"],
        healed=row["healed"],
        lasting=row["lasting"] == "yes",
    )
