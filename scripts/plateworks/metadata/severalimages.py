"""Several images in one file: which of them is the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import of_images

#: Names of extensions that belong to the image before them and are no frame: ours, those of
#: astropy's CCDData, BANZAI, DRAGONS, ESO, PixInsight, and pictures of it.
_PLANES = frozenset(
    ("MASK", "UNCERT", "UNCERTAINTY", "REJECTED", "RATE", "GLOW", "MISFIT", "BPM", "ERR", "ERROR",
     "DQ", "VAR", "VARIANCE",
     "WHT", "WEIGHT", "WEIGHTS", "FLAGS", "PSFIMAGE", "BKG", "BACKGROUND", "SEGM", "COVERAGE",
     "STAT", "SIGMA", "NOISE", "RMS", "QUALITY", "BADPIX", "THUMBNAIL", "THUMB", "PREVIEW",
     "QUICKLOOK", "ICON", "REJECTION_LOW", "REJECTION_HIGH", "REJECTION_SLOPE", "SLOPE_MAP",
     "WEIGHT_MAP", "DRIZZLE_WEIGHTS")
)  # fmt: skip
#: An image with so many times fewer pixels than the largest is a picture of it.
_SMALLER = 4
_SHOWN = 4


def choose_image(images: Sequence[Header]) -> Header:
    """Return the one image of a file that is its frame.

    Planes of it, such as masks, and small pictures beside it are passed over, the latter with a
    note in the header that is returned.  Where several are left it is the first, and all are its
    parts: what the amplifiers of a frame read, if they say where on the sensor they lie or the
    profile of the camera does; a sequence of frames otherwise, which takes no part in a plan.
    """
    if len(images) == 1:
        return images[0]
    frames = [one for one in images if _name(one) not in _PLANES] or list(images[:1])
    if len(frames) == 1:
        return frames[0]
    if of_images(frames) is not None:
        return replace(frames[0], parts=tuple(frames))
    most = max(map(_pixels, frames))
    large = [one for one in frames if _pixels(one) * _SMALLER > most]
    if len(large) < len(frames):
        small = [one for one in frames if one not in large]
        sizes = ", ".join(f"{one.width}x{one.height}" for one in small[:_SHOWN])
        large[0].notes.append(f"a smaller image beside the frame ({sizes}) is passed over")
    return large[0] if len(large) == 1 else replace(large[0], parts=tuple(large))


def _name(header: Header) -> str:
    return str(header.cards.get("EXTNAME") or "").strip().upper()


def _pixels(header: Header) -> int:
    return header.width * header.height
