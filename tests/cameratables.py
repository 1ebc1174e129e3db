"""The tables of a year of a camera whose bias level steps up, as the page of it reads them."""

from __future__ import annotations

from pathlib import Path

from plateworks.csvtable import write_table
from plateworks.orders.camerapages import CameraOrder
from plateworks.orders.trends import TrendMaster, TrendOrder, night_of
from plateworks.quality.expiry import expiries_of
from plateworks.report.camera.facts import CameraFacts
from plateworks.report.camera.gather import gather_camera
from plateworks.report.trendsources import follow
from plateworks.report.trendtable import write_changes, write_expiries, write_nights
from plateworks.settings.expiry import Expiry
from trendnights import FIRST, SIDE, Camera, write_masters

#: The night from which on its bias level is another, and its last.
CAMERA = Camera(seed=5, ends=365, nights=60, steps={"bias": (180, 8.0)}, births=7.0)
STEP = night_of(FIRST + next(day for day in CAMERA.days if day >= 180))
LAST = night_of(FIRST + CAMERA.days[-1])
_DEFECTS = ("x", "y", "kinds", "first_seen", "healed", "lasting")


def camera(
    folder: Path, *, verdicts: dict[str, tuple[str, str]] | None = None, **order
) -> CameraFacts:
    """Return what its page tells.

    Parameters
    ----------
    folder : Path
    verdicts : mapping, optional
        Kind of the latest masters to their verdict and why.
    order : keyword arguments
        What its order has beside the usual.
    """
    masters = write_masters(folder, CAMERA)
    write_tables(folder, masters, verdicts or {})
    usual = {"setup": "cam_4096x4096_b1_g100", "camera": "ZWO ASI2600MM Pro", "days_ahead": 14.0}
    told = CameraOrder(
        **usual | {"nights": (STEP, "20990101")} | order, width=SIDE, height=SIDE, masters=masters
    )
    return gather_camera(told, **tables(folder))


def tables(folder: Path) -> dict[str, str]:
    """Return the paths of all tables."""
    names = ("nights", "changes", "expiry", "verdicts", "defects")
    return {name: str(folder / f"{name}.csv") for name in names}


def write_tables(folder: Path, masters: tuple[TrendMaster, ...], verdicts) -> None:
    """Write all tables."""
    paths = tables(folder)
    nights = [night_of(FIRST + day) for day in CAMERA.days]
    born = [
        (40 * i + 7, 61 * i + 3, "hot: warm", night, "", "yes") for i, night in enumerate(nights)
    ]
    gone = (2000, 1000, "flickers", nights[0], nights[-2], "no")
    write_table(paths["defects"], _DEFECTS, [*born, gone])
    order = TrendOrder(
        masters=masters, pixels=SIDE**2, lights=(), upkeep=(), bounds=("flat",), expiry=Expiry(),
        defects=paths["defects"],
    )  # fmt: skip
    told, courses = follow(order, folder / "memory.json")
    write_nights(courses, paths["nights"])
    write_changes(courses, paths["changes"])
    write_expiries(expiries_of(order, told, courses), paths["expiry"])
    rows = []
    for one in masters:
        verdict, why = verdicts.get(one.kind, ("good", "")) if one.night == LAST else ("good", "")
        rows.append((one.path, verdict, why))
    write_table(paths["verdicts"], ("master", "verdict", "why"), rows)
