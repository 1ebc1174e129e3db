"""The lineage of a calibrated frame: its masters, their digests, the levels of their match."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from plateworks.digests import digest_of
from plateworks.metadata.frame import Frame
from plateworks.orders.lights import LightOrder, LightSettings
from plateworks.pixels.masks import BITS
from plateworks.products.headers import content_digest, digests_of, lineage, put, put_text, stamp
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.products.recipe import LIGHT, files_used
from plateworks.versions import ALGORITHMS

#: Field of a frame that a path rule may set -> the card it becomes in the product.
_CARDS = {
    "kind": "IMAGETYP", "camera": "INSTRUME", "filter": "FILTER", "telescope": "TELESCOP",
    "object": "OBJECT", "readout_mode": "READOUTM", "bayer": "BAYERPAT", "exposure": "EXPTIME",
    "gain": "GAIN", "offset": "OFFSET", "egain": "EGAIN", "set_temp": "SET-TEMP",
    "temp": "CCD-TEMP", "focal_length": "FOCALLEN", "pixel_size": "XPIXSZ", "xbin": "XBINNING",
    "ybin": "YBINNING",
}  # fmt: skip
_LIST_CARDS = {"cosmetic": "COSMFILE", "badpix": "BPMFILE"}
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
    header, mask = image.header, image.bits()
    for name, value in (order.frame.path_facts or {}).items():
        if name in _CARDS:
            put(header, _CARDS[name], _WORDS.get(str(value), value), "by path_rules")
    masters, lists = _files(order)
    digests = {slot: inputs.digest(path) for slot, path in masters.items()}
    for slot, path in masters.items():
        put_text(header, f"{slot.upper()}FILE", Path(path).name, f"master {slot}")
        put(header, f"{slot.upper()}DIG", digests[slot], f"digest of the master {slot}")
    if "dark" in masters:
        put(header, "BIASSUB", True, "bias was subtracted, inside the dark or by itself")
    elif "bias" in masters:
        put(header, "BIASSUB", True, "bias was subtracted")
    of_flat = None if order.flat is None else order.flat.match
    for slot, match in (("dark", order.match), ("flat", of_flat)):
        if match is not None:
            put(header, f"{slot.upper()}LEV", match.level, _LEVELS)
            put(header, f"{slot.upper()}WHY", match.reason, f"why this {slot}")
    for part, path in lists.items():
        put_text(header, _LIST_CARDS[part], Path(path).name, "pixels repaired")
    header.remove("CALSTAT", ignore_missing=True)
    done = ("B" if {"bias", "dark"} & masters.keys() else "") + ("D" if "dark" in masters else "")
    done += "F" if "flat" in masters else ""
    put(header, "CALSTAT", done or None, "B bias, D dark, F flat")
    for bit, (keyword, meaning) in BITS.items():
        count = int(np.count_nonzero(mask & bit))
        put(header, f"N{keyword}", count, f"pixels: {meaning}"[:47])
    put_text(header, "RAWFILE", Path(frame.path).name, "raw frame")
    repairs = {part: content_digest(path) for part, path in lists.items()}
    dark = order.frame.subtraction.dark
    digest = digest_of(
        frames=digests_of([frame]),
        masters=digests,
        lists=repairs,
        bias_inside=None if dark is None else dark.bias_inside,
        k=None if dark is None else dark.k,
        fit_bounds=None if dark is None else dark.fit_bounds,
        mult=order.mult,
        settings=settings,
        algorithm=ALGORITHMS["calibrate"],
    )
    stamp(header, digest, ALGORITHMS["calibrate"])
    steps = files_used(LIGHT, masters | lists)
    if steps:
        lineage(header, [f"Plateworks: {', '.join(steps)}, in this order"])


def _files(order: LightOrder) -> tuple[dict[str, str], dict[str, str]]:
    """Return the masters of a light, and its lists of pixels, by what they are."""
    taken, flat = order.frame.subtraction, order.flat
    masters = {
        "bias": taken.bias,
        "dark": None if taken.dark is None else taken.dark.path,
        "flat": None if flat is None else flat.path,
    }
    lists = {"cosmetic": order.frame.cosmetic, "badpix": None if flat is None else flat.badpix}
    known = ({k: v for k, v in files.items() if v is not None} for files in (masters, lists))
    return next(known), next(known)
