"""Where the defects of a sensor lie: how dense they are, and which are new or healed."""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from plateworks.products.pictures import png_of
from plateworks.quality import quantities as q
from plateworks.report.camera.facts import CameraFacts, Defect

#: Cells of the map along its longer side, and how wide it is drawn.
CELLS, WIDTH = 160, 640.0
#: Nights with darks whose births are marked, and marks of a sort.
NIGHTS, MOST = 5, 300


class Mark(NamedTuple):
    """A pixel on the map."""

    x: float
    y: float
    text: str


class DefectMap(NamedTuple):
    """The defects of a camera.

    Attributes
    ----------
    picture : str
        How dense those lie that are there, as a data URI: black where there are none.
    across, down : float
        How large the picture is drawn; its last cells may reach beyond the sensor.
    height : float
        Of the drawing, as wide as :data:`WIDTH`.
    there, lasting : int
        Pixels that are bad, and those of them that last.
    kinds : mapping of str to int
    since : str
        The first night whose births are marked; empty where there are none yet.
    born, healed : int
        Pixels since then.
    births, gone : tuple of Mark
        The first of them.
    """

    picture: str
    across: float
    down: float
    height: float
    there: int
    lasting: int
    kinds: Mapping[str, int]
    since: str
    born: int
    healed: int
    births: tuple[Mark, ...]
    gone: tuple[Mark, ...]


def defect_map(camera: CameraFacts) -> DefectMap | None:
    """Return the map of the defects of a camera; None where nothing tells of them."""
    if camera.defects is None:
        return None
    there = [one for one in camera.defects if not one.healed]
    dated = camera.course_of(q.NEW)  # of all nights with darks but the first
    since = dated.nights[-NIGHTS:][0] if dated is not None else ""
    births = [one for one in there if since and one.first_seen >= since]
    gone = [one for one in camera.defects if since and one.healed >= since]
    kinds = Counter(kind for one in there for kind in one.kinds.split("; ") if kind)
    cells, side = _cells(there, camera)
    down, across = (round(length * side * WIDTH / camera.width, 1) for length in cells.shape)
    return DefectMap(
        picture=_picture(cells),
        across=across,
        down=down,
        height=round(WIDTH * camera.height / camera.width, 1),
        there=len(there),
        lasting=sum(one.lasting for one in there),
        kinds=dict(sorted(kinds.items(), key=lambda one: (-one[1], one[0]))),
        since=since,
        born=len(births),
        healed=len(gone),
        births=_marks(births, camera, "first_seen"),
        gone=_marks(gone, camera, "healed"),
    )


def _marks(defects: Iterable[Defect], camera: CameraFacts, when: str) -> tuple[Mark, ...]:
    """Return marks of the latest of some defects."""
    words = {"first_seen": "first seen", "healed": "healed"}[when]
    scale = WIDTH / camera.width
    latest = sorted(defects, key=lambda one: getattr(one, when), reverse=True)
    return tuple(
        Mark(
            x=round((one.x - 0.5) * scale, 1),
            y=round((one.y - 0.5) * scale, 1),
            text=f"pixel {one.x}, {one.y}: {one.kinds}, {words} {getattr(one, when)}",
        )
        for one in latest[:MOST]
    )


def _cells(defects: Sequence[Defect], camera: CameraFacts) -> tuple[np.ndarray, int]:
    """Return how many of some defects lie in each cell, and the side of a cell in pixels."""
    side = math.ceil(max(camera.width, camera.height) / CELLS)
    cells = np.zeros((math.ceil(camera.height / side), math.ceil(camera.width / side)))
    places = np.array([(one.y - 1, one.x - 1) for one in defects], int).reshape(-1, 2) // side
    np.add.at(cells, tuple(places.T), 1.0)
    return cells, side


def _picture(cells: np.ndarray) -> str:
    # Most cells have few: a root shows these beside a column that is full.
    dense = np.sqrt(cells)
    png = png_of(dense, (0.0, max(float(dense.max()), 1.0)))
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
