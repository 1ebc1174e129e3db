"""The lineage of a calibrated frame: its masters, their digests, the levels of their match."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plateworks.digests import digest_of
from plateworks.metadata.frame import Frame
from plateworks.pixels.masks import BITS
from plateworks.products.headers import content_digest, digests_of, lineage, put, put_text, stamp
from plateworks.products.image import Image
from plateworks.products.inputs import Inputs
from plateworks.versions import ALGORITHMS

#: Field of a frame that a path rule may set -> the card it becomes in the product.
_CARDS = {
    "kind": "IMAGETYP", "camera": "INSTRUME", "filter": "FILTER", "telescope": "TELESCOP",
    "object": "OBJECT", "readout_mode": "READOUTM", "bayer": "BAYERPAT", "exposure": "EXPTIME",
    "gain": "GAIN", "offset": "OFFSET", "egain": "EGAIN", "set_temp": "SET-TEMP",
    "temp": "CCD-TEMP", "focal_length": "FOCALLEN", "pixel_size": "XPIXSZ", "xbin": "XBINNING",
    "ybin": "YBINNING",
}  # fmt: skip
_WORDS = {"light": "Light Frame"}


def add_lineage(
    image: Image,
    frame: Frame,
    entry: Mapping[str, Any],
    inputs: Inputs,
    settings: Mapping[str, Any],
) -> None:
    """Add to the header of a calibrated frame what it was made from.

    Parameters
    ----------
    image : Image
        Its header, the original cards so far, is changed in place; the bits of its mask are
        counted.
    frame : Frame
        The raw frame.
    entry : mapping
        The frame's part of the job.
    inputs : Inputs
        Knows the digests of the masters.
    settings : mapping
        All settings the pixels depend on, by their names.
    """
    header = image.header
    for name, value in entry.get("said", {}).items():
        put(header, _CARDS[name], _WORDS.get(value, value), "by path_rules")
    digests = {}
    for part, name, key in (
        ("bias", "BIASFILE", "BIASDIG"),
        ("dark", "DARKFILE", "DARKDIG"),
        ("flat", "FLATFILE", "FLATDIG"),
    ):
        if part in entry:
            digests[part] = inputs.digest(entry[part])
            put_text(header, name, Path(entry[part]).name, f"master {part}")
            put(header, key, digests[part], f"digest of the master {part}")
    if "dark" in entry:
        put(header, "BIASSUB", True, "bias was subtracted, inside the dark or by itself")
    elif "bias" in entry:
        put(header, "BIASSUB", True, "bias was subtracted")
    for part, (level, reason) in entry["levels"].items():
        put(header, f"{part.upper()}LEV", level, "0 exact 1 good 2 acceptable 3 last resort")
        put(header, f"{part.upper()}WHY", reason, f"why this {part}")
    for name, part in (("COSMFILE", "cosmetic"), ("BPMFILE", "badpix")):
        if part in entry:
            put_text(header, name, Path(entry[part]).name, "pixels repaired")
    header.remove("CALSTAT", ignore_missing=True)
    done = ("B" if "bias" in entry or "dark" in entry else "") + ("D" if "dark" in entry else "")
    done += "F" if "flat" in entry else ""
    put(header, "CALSTAT", done or None, "B bias, D dark, F flat")
    for bit, (keyword, meaning) in BITS.items():
        count = int(np.count_nonzero(image.mask & bit))
        put(header, f"N{keyword}", count, f"pixels: {meaning}"[:47])
    put_text(header, "RAWFILE", Path(frame.path).name, "raw frame")
    repairs = {
        part: content_digest(entry[part]) for part in ("cosmetic", "badpix") if part in entry
    }
    digest = digest_of(
        frames=digests_of([frame]),
        masters=digests,
        lists=repairs,
        bias_inside=entry.get("bias_inside"),
        k=entry.get("k"),
        fit_bounds=entry.get("optimise"),
        mult=entry.get("mult"),
        settings=settings,
        algorithm=ALGORITHMS["calibrate"],
    )
    stamp(header, digest, ALGORITHMS["calibrate"])
    steps = [step for step in ("bias", "dark", "cosmetic", "badpix", "flat") if step in entry]
    if steps:
        lineage(header, [f"Plateworks: {', '.join(steps)}, in this order"])
