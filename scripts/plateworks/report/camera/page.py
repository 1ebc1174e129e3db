"""A camera over all nights as one page that stands alone, and the same numbers as JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from typing import Any

from plateworks.files import atomic
from plateworks.orders.camerapages import CameraOrder
from plateworks.orders.judging import DOUBTFUL, GOOD, POOR
from plateworks.records import plain
from plateworks.report import planviews
from plateworks.report.camera.charts import groups_of
from plateworks.report.camera.defectmap import MOST, defect_map
from plateworks.report.camera.defectmap import WIDTH as MAP_WIDTH
from plateworks.report.camera.facts import BY_COLUMN, CameraFacts
from plateworks.report.camera.gather import gather_camera
from plateworks.report.camera.headline import headline, tasks
from plateworks.report.night.course import HEIGHT, LEFT, RIGHT, WIDTH
from plateworks.report.night.headline import MOST_TO_DO
from plateworks.report.templating import environment

#: Signs of verdicts, so that colour is never the only one, and their colours.
_SIGNS = {GOOD: ("●", "l0"), DOUBTFUL: ("▲", "l3"), POOR: ("✕", "l4"), "": ("○", "")}


def write_camera(
    order: CameraOrder,
    *,
    nights: str,
    changes: str,
    expiry: str,
    verdicts: str,
    defects: str | None,
    page: str | os.PathLike[str],
    numbers: str | os.PathLike[str],
) -> None:
    """Write the page of a camera and its numbers, each whole or not at all.

    Parameters
    ----------
    order : CameraOrder
    nights, changes, expiry, verdicts, defects : str
        Tables, as :func:`plateworks.report.camera.gather.gather_camera` reads them.
    page, numbers : path
        HTML and JSON.

    Raises
    ------
    PlateworksError
        If a table cannot be read, or is none of ours.
    """
    camera = gather_camera(
        order, nights=nights, changes=changes, expiry=expiry, verdicts=verdicts, defects=defects
    )
    with atomic(numbers, "w") as stream:
        stream.write(json.dumps(numbers_of(camera), indent=1, ensure_ascii=True) + "\n")
    with atomic(page, "w", errors="replace") as stream:
        stream.write(render(camera))


def numbers_of(camera: CameraFacts) -> dict[str, Any]:
    """Return what the page tells, as plain values; the nights of each quantity are in the table."""
    lay = defect_map(camera)
    return {
        "setup": camera.setup,
        "camera": camera.name,
        "last": camera.last,
        "headline": headline(camera),
        "to_do": [task._asdict() for task in tasks(camera)],
        "latest": list(_latest(camera)),
        "changes": [one._asdict() for one in camera.changes],
        "masters": [
            {**plain(one.master), **one._asdict(), "master": one.master.path}
            for one in camera.masters
        ],
        "defects": lay and {
            "there": lay.there, "lasting": lay.lasting, "kinds": lay.kinds, "since": lay.since,
            "born": lay.born, "healed": lay.healed,
        },
        "version": camera.version,
    }  # fmt: skip


def _latest(camera: CameraFacts) -> Iterator[dict[str, Any]]:
    for one in camera.courses:
        value, error = float(one.values[-1]), float(one.errors[-1])
        yield {
            "quantity": one.quantity.column,
            "filter": one.filter,
            "night": one.nights[-1],
            "value": value,
            "error": error if math.isfinite(error) else None,
        }


def render(camera: CameraFacts) -> str:
    """Return the page of a camera as HTML."""
    to_do = tasks(camera)
    return (
        environment()
        .get_template("camera.html")
        .render(
            camera=camera,
            headline=headline(camera),
            to_do=to_do[:MOST_TO_DO],
            more_to_do=len(to_do) - MOST_TO_DO,
            groups=groups_of(camera),
            drawing=(WIDTH, LEFT, RIGHT, HEIGHT),
            defects=defect_map(camera),
            map_width=MAP_WIDTH,
            most_marks=MOST,
            former=[one for one in camera.masters if not one.current],
            linked=sorted(camera.pages.intersection(camera.nights), reverse=True),
            quantities=BY_COLUMN,
            signs=_SIGNS,
            date=planviews.date,
            few=planviews.few,
            name=os.path.basename,
        )
    )
