"""Gathers the numbers of a night from its tables and the headers of its products."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from astropy.io import fits

from plateworks import __version__
from plateworks.csvtable import read_table
from plateworks.metadata.caveats import CAVEAT
from plateworks.metadata.frametable import read_frames
from plateworks.orders.nights import NightOrder, Slot
from plateworks.products.imagefiles import read_image_header
from plateworks.quality.cameras import COLUMNS as CAMERA_COLUMNS
from plateworks.quality.cameras import camera_rows
from plateworks.quality.masterfigures import noise_left
from plateworks.report.gaps import Gap, read_gaps
from plateworks.report.night.facts import (
    GapFacts,
    LeftOutFrame,
    LightFacts,
    MasterFacts,
    NightFacts,
    Number,
    SensorFacts,
)
from plateworks.report.textcolumns import TEXTS

#: Columns of the table of verdicts that are texts of a light.
_TEXTS = ("frame", "object", "filter", "date_obs", "verdict", "cause", "why", "reason", "quality")
#: Field of a sensor's record -> column of the table of cameras.
_OF_SENSOR = {
    "gain": "gain_e_per_adu",
    "gain_error": "gain_error",
    "gain_header": "gain_header",
    "read_noise": "read_noise_e",
    "read_noise_error": "read_noise_error",
    "read_noise_header": "read_noise_header",
    "turnoff": "turnoff_adu",
}


def gather_night(
    order: NightOrder, verdicts: str, missing: str, solved: Iterable[str]
) -> NightFacts:
    """Return the numbers of a night.

    Parameters
    ----------
    order : NightOrder
    verdicts : str
        Its table of verdicts.
    missing : str
        ``plan/missing.csv``.
    solved : iterable of str
        Its solved frames.
    """
    paths = {Path(path).stem: path for path in solved}
    lights = [_light(row, paths.get(row["frame"])) for row in read_table(verdicts)]
    used = _masters_of(order)
    return NightFacts(
        session=order.session,
        place=order.place,
        lights=tuple(sorted(lights, key=lambda light: (light.date_obs, light.frame))),
        rows=order.rows,
        masters=tuple(_master(path, slot) for path, slot in used.items()),
        sensors=tuple(_sensors(order)),
        gaps=tuple(map(_gap, _of_night(read_gaps(missing), order.session))),
        refused=order.refused,
        aside=order.aside,
        settings=order.settings,
        version=__version__,
    )


def _light(row: Mapping[str, str], path: str | None) -> LightFacts:
    texts = {name: row[name] for name in _TEXTS}
    numbers = {n: _number(v) for n, v in row.items() if n not in {*_TEXTS, *TEXTS}}
    told = {} if path is None else read_image_header(path)
    return LightFacts(
        **texts,
        path=path or "",
        solved=row["solved"] == "True",
        solver=str(told.get("SOLVER") or ""),
        warning=str(told.get(CAVEAT) or ""),
        numbers=numbers,
    )


def _number(text: str) -> Number:
    return float(text) if text else None


def _masters_of(order: NightOrder) -> dict[str, Slot]:
    """Return the masters that are there, in the order of kinds, each with the first slot it fills.

    A dark that serves flats too is a dark.
    """
    slots = [slot for row in order.rows for slot in row.slots if slot.master is not None]
    kinds = ("bias", "dark", "darkflat", "flat")
    slots.sort(key=lambda slot: (kinds.index(slot.kind), slot.master))
    used: dict[str, Slot] = {}
    for slot in slots:
        if os.path.exists(str(slot.master)):
            used.setdefault(str(slot.master), slot)
    return used


def _master(path: str, slot: Slot) -> MasterFacts:
    header = read_image_header(path)
    frames, noise = header.get("NCOMBINE"), header.get("PWFNOISE")
    expected = None
    if frames and noise is not None:
        expected = float(noise) * noise_left(frames, header.get("COMBMETH"))
    rows = read_frames(path)
    return MasterFacts(
        path=path,
        kind=slot.kind,
        filter=str(header.get("FILTER") or ""),
        frames=frames,
        level=_card(header, "PWMEDIAN"),
        noise=_card(header, "PWNOISE"),
        expected_noise=expected,
        digest=str(header.get("PWDIGEST") or ""),
        warning=str(header.get(CAVEAT) or ""),
        left_out=tuple(LeftOutFrame(name=r.name, reason=r.reason) for r in rows if not r.used),
        verdict=slot.said,
    )


def _card(header: fits.Header, keyword: str) -> Number:
    return _float(header.get(keyword))


def _sensors(order: NightOrder) -> Iterator[SensorFacts]:
    """Yield what the flats and biases of each setup measure."""
    used: dict[tuple[str, str], None] = {}
    for row in order.rows:
        for slot in row.slots:
            if slot.kind in ("bias", "flat") and slot.master and os.path.exists(slot.master):
                used[row.setup, slot.master] = None
    paths = [path for _, path in used]
    for values in camera_rows(paths, [(setup, order.session) for setup, _ in used]):
        row_of = dict(zip(CAMERA_COLUMNS, values, strict=True))
        yield SensorFacts(
            setup=str(row_of["setup"]),
            camera=str(row_of["camera"] or ""),
            **{name: _float(row_of[column]) for name, column in _OF_SENSOR.items()},
        )


def _float(value: object) -> Number:
    return float(value) if isinstance(value, int | float) else None


def _of_night(gaps: Iterable[Gap], session: str) -> Iterator[Gap]:
    return (gap for gap in gaps if session in gap.nights.split())


def _gap(gap: Gap) -> GapFacts:
    return GapFacts(
        frames=gap.frames,
        title=gap.title,
        camera=gap.camera or "",
        lights=gap.lights,
        refused=gap.refused,
        now=gap.now,
        then=gap.then,
        reason=gap.reason,
        setting=gap.setting,
        urgent=gap.urgent,
    )
