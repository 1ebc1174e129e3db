"""The lineage of a calibrated frame: its masters, their digests, the levels of their match."""

from __future__ import annotations

import math
from collections.abc import Container
from pathlib import Path
from typing import NamedTuple

from astropy.io import fits

from plateworks.digests import digest_of
from plateworks.metadata.assembled import SETTING
from plateworks.metadata.frame import Frame
from plateworks.metadata.processing import in_words
from plateworks.metadata.stepmarks import STEPS
from plateworks.metadata.values import date_from_mjd
from plateworks.orders.frames import Placement
from plateworks.orders.lights import LightOrder, LightSettings
from plateworks.products.costs import cost_of_dark, cost_of_flat
from plateworks.products.darkcards import UNMODELLED, put_model
from plateworks.products.headers import content_digest, digests_of, lineage, put, put_text, stamp
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.products.maskcards import put_counts
from plateworks.products.recipe import LIGHT, files_used
from plateworks.versions import ALGORITHMS

#: Field of a frame that a path rule may set -> the card it becomes in the product.
_CARDS = {
    "kind": "IMAGETYP", "camera": "INSTRUME", "filter": "FILTER", "telescope": "TELESCOP",
    "object": "OBJECT", "readout_mode": "READOUTM", "bayer": "BAYERPAT", "exposure": "EXPTIME",
    "gain": "GAIN", "offset": "OFFSET", "set_temp": "SET-TEMP",
    "temp": "CCD-TEMP", "focal_length": "FOCALLEN", "pixel_size": "XPIXSZ", "xbin": "XBINNING",
    "ybin": "YBINNING", "row_order": "ROWORDER", "site_lat": "SITELAT", "site_lon": "SITELONG",
    "mjd": "MJD-OBS",
}  # fmt: skip
#: What tells a field that no path rule sets.
_TOLD_BY = {"mjd": "[d] UTC, as its path or the zone of its clock says"}
#: The slot of the bias that is taken out of a dark, for its cards and in words.
_OF_DARK = "dbia"
_SLOTS = {_OF_DARK: "bias of the dark"}
_LIST_CARDS = {"cosmetic": "COSM", "badpix": "BPM"}
_LEVELS = "0 exact 1 good 2 acceptable 3 last resort"
_WORDS = {"light": "Light Frame"}


def add_lineage(
    image: Image, frame: Frame, order: LightOrder, inputs: Inputs, settings: LightSettings
) -> None:
    """Add to the header of a calibrated frame what it was made from.

    Parameters
    ----------
    image : Image
        Its header, the original cards so far, is changed in place; the bits of its mask are
        counted.
    frame : Frame
        The raw frame.
    order : LightOrder
    inputs : Inputs
        Knows the digests of the masters.
    settings : LightSettings
    """
    header = image.header
    for told_by, facts in (
        ("by path_rules", order.frame.path_facts),
        ("by a profile", order.frame.profile_facts),
    ):
        for name, value in (facts or {}).items():
            if name in _CARDS:
                words = _TOLD_BY.get(name, told_by)
                put(header, _CARDS[name], _WORDS.get(str(value), value), words)
    if "mjd" in (order.frame.path_facts or {}):
        _put_date(header, frame)
    masters, lists = _masters(order), _lists(order)
    for slot, one in masters.items():
        words = _SLOTS.get(slot, slot)
        put_text(header, f"{slot.upper()}FILE", Path(one.path).name, f"master {words}")
        put(header, f"{slot.upper()}DIG", inputs.digest(one.path), f"XXH3 of data: {words}")
        frames = inputs.frames(one.path)
        count = None if frames is None else 0 if math.isinf(frames) else int(frames)
        put(header, f"{slot.upper()}NCOM", count, f"frames in the master {words}")
        noise = inputs.noise(one.path)
        put(header, f"{slot.upper()}NOIS", noise, f"[ADU] noise of the master {words}")
    if order.frame.subtraction.dark is not None:
        put_model(header, order.frame.subtraction.dark.path)
    if order.unmodelled is not None:
        put_text(header, UNMODELLED, order.unmodelled)
    placements = {slot: one.placement for slot, one in masters.items() if one.placement is not None}
    for slot, placement in placements.items():
        _put_placement(header, slot, placement)
    done = _done(frame, masters)
    if "B" in done:
        by_dark = "D" in done
        words = "inside the dark or by itself" if by_dark else ""
        put(header, "BIASSUB", True, f"bias was subtracted{', ' * by_dark}{words}")
    of_flat = None if order.flat is None else order.flat.match
    for slot, match in (("dark", order.match), ("flat", of_flat)):
        if match is not None:
            put(header, f"{slot.upper()}LEV", match.level, _LEVELS)
            put(header, f"{slot.upper()}WHY", match.reason, f"why this {slot}")
    put(header, "DARKCOST", cost_of_dark(frame, order, inputs), "[read noise of a frame] predicted")
    put(header, "FLATCOST", cost_of_flat(order, inputs), "[noise of one flat] predicted")
    told = {"cosmetic": content_digest, "badpix": inputs.digest}
    repairs = {part: told[part](path) for part, path in lists.items()}
    for part, path in lists.items():
        put_text(header, f"{_LIST_CARDS[part]}FILE", Path(path).name, "pixels repaired")
        put(header, f"{_LIST_CARDS[part]}DIG", repairs[part], "digest of what it holds")
    header.remove("CALSTAT", ignore_missing=True)
    put(header, "CALSTAT", done or None, "B bias, D dark, F flat")
    put_counts(header, image.bits())
    put_text(header, "RAWFILE", order.frame.named, "raw frame, below the raw folder")
    dark = order.frame.subtraction.dark
    digest = digest_of(
        frames=digests_of([frame]),
        data=header["RAWDIG"],
        masters={slot: inputs.identity(one.path) for slot, one in masters.items()},
        lists=repairs,
        bias_inside=None if dark is None else dark.bias_inside,
        k=None if dark is None else dark.k,
        fit_bounds=None if dark is None else dark.fit_bounds,
        mult=order.mult,
        placements=placements,
        settings=settings,
        assembly=None if order.frame.assembly is None else order.frame.assembly.how,
        algorithm=ALGORITHMS["calibrate"],
    )
    stamp(header, digest, ALGORITHMS["calibrate"], order.told)
    if frame.done and frame.done_by != SETTING:
        lineage(header, [f"Plateworks: {in_words(frame.done)} ({frame.done_by})"])
    steps = files_used(LIGHT, {slot: one.path for slot, one in masters.items()} | lists)
    if steps:
        lineage(header, [f"Plateworks: {', '.join(steps)}, in this order"])


def _done(frame: Frame, masters: Container[str]) -> str:
    """Return the letters of all steps that a light has behind it: before us, and by us."""
    done = set(frame.done or "")
    if frame.bias_inside is False or "bias" in masters or "dark" in masters:
        done.add("B")  # whatever takes out a dark takes out its bias
    done |= {letter for slot, letter in (("dark", "D"), ("flat", "F")) if slot in masters}
    return "".join(letter for letter in STEPS if letter in done)


def _put_placement(header: fits.Header, slot: str, placement: Placement) -> None:
    words = _SLOTS.get(slot, slot)
    if placement.turned:
        put(header, f"{slot.upper()}TURN", True, f"the rows of the master {words} were turned")
    if placement.crop is not None:
        left, first, width, rows = placement.crop
        section = f"[{left + 1}:{left + width},{first + 1}:{first + rows}]"
        put(header, f"{slot.upper()}CROP", section, f"this part of the master {words} was used")


class _Master(NamedTuple):
    """A master of a light, and how it was laid upon it; None: as it is stored."""

    path: str
    placement: Placement | None


def _put_date(header: fits.Header, frame: Frame) -> None:
    """Say in all cards of it when a frame was taken, in UTC; a clock of the place stays apart."""
    if frame.by_wall_clock and "DATE-LOC" not in header:
        put(header, "DATE-LOC", header.get("DATE-OBS"), "by a clock of the place")
    header.remove("JD", ignore_missing=True, remove_all=True)
    put(
        header,
        "DATE-OBS",
        None if frame.mjd is None else date_from_mjd(frame.mjd),
        "UTC, as MJD-OBS",
    )


def _masters(order: LightOrder) -> dict[str, _Master]:
    """Return the masters of a light by slot."""
    taken, flat = order.frame.subtraction, order.flat
    dark = taken.dark
    slots = {
        "bias": (taken.bias, taken.bias_placement),
        "dark": (None, None) if dark is None else (dark.path, dark.placement),
        _OF_DARK: (None, None) if dark is None else (dark.bias, dark.bias_placement),
        "flat": (None, None) if flat is None else (flat.path, flat.placement),
    }
    return {slot: _Master(path, laid) for slot, (path, laid) in slots.items() if path is not None}


def _lists(order: LightOrder) -> dict[str, str]:
    """Return the lists of pixels to repair by what they are."""
    badpix = None if order.flat is None else order.flat.badpix
    lists = {"cosmetic": order.frame.cosmetic, "badpix": badpix}
    return {part: path for part, path in lists.items() if path is not None}
