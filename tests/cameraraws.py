"""Raw files of cameras for tests: DNG of few pixels, with a masked border and EXIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile

#: What the camera of the tests writes: tag, type, count, value.
CAMERA = {
    "Make": (271, "s", 0, "Sony"),
    "Model": (272, "s", 0, "ILCE-7SM3"),
    "ExposureTime": (33434, "2I", 1, (30, 1)),
    "ISO": (34855, "H", 1, 1600),
    "DateTimeOriginal": (36867, "s", 0, "2023:07:14 23:30:05"),
    "FocalLength": (37386, "2I", 1, (135, 1)),
    "FocalLengthIn35mm": (41989, "H", 1, 200),
    "Serial": (42033, "s", 0, "0042"),
    "Lens": (42036, "s", 0, "FE 135mm F1.8 GM"),
}
#: Tags that a test may name besides.
OTHERS = {
    "SubSec": (37521, "s", 0),
    "Offset": (36881, "s", 0),
    "GPSLatitude": (2, "2I", 3),
    "AsShotNeutral": (50728, "2I", 3),
}
_LINEAR_RAW = 34892
#: Tags that stand with the raw image, where that has a directory below.
_OF_THE_IMAGE = (33421, 33422, 50713, 50714, 50717, 50829)
_COLOURS = {"R": 0, "G": 1, "B": 2}


def write_dng(
    path: Path,
    pixels: np.ndarray,
    pattern: str = "RGGB",
    *,
    black: tuple[int, int, int, int] = (512, 512, 512, 512),
    border: tuple[int, int, int, int] = (0, 0, 0, 0),
    white: int = 16383,
    below: bool = False,
    **tags: Any,
) -> Path:
    """Write a DNG as cameras do.

    Parameters
    ----------
    path : Path
    pixels : (H, W) or (H, W, 3) uint16 array
        Of the whole sensor; of three colours a pixel it becomes a linear DNG.
    pattern : str
        Of the part that sees light; empty: no colours, or planes.
    black : tuple of int
        Levels of the first two by two pixels.
    border : tuple of int
        Rows and columns that see no light: top, left, bottom, right.
    white : int
        Level of saturation.
    below : bool
        Whether a preview stands before it, and the raw image in a directory below.
    tags
        Those that differ from :data:`CAMERA`; None: it lacks the tag.
    """
    height, width = pixels.shape[:2]
    planes = pixels.shape[2] if pixels.ndim == 3 else 1
    top, left, bottom, right = border
    extra: list[tuple[Any, ...]] = [
        (50706, "B", 4, bytes((1, 4, 0, 0))),
        (50707, "B", 4, bytes((1, 2, 0, 0))),
        (50708, "s", 0, "Test camera"),
        (50717, "I", planes, (white,) * planes if planes > 1 else white),
        (50721, "2i", 9, (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)),
        (50778, "H", 1, 21),
        (50829, "I", 4, (top, left, height - bottom, width - right)),
        (274, "H", 1, 1),
    ]
    if pattern:
        side = int(len(pattern) ** 0.5)
        extra += [
            (33421, "H", 2, (side, side)),
            (33422, "B", len(pattern), bytes(_COLOURS[colour] for colour in pattern)),
            (50713, "H", 2, (2, 2)),
            (50714, "H", 4, black),
        ]
    elif planes > 1:
        extra.append((50714, "H", planes, black[:planes]))
    else:
        extra.append((50714, "H", 1, black[0]))
    told = {name: tag[-1] for name, tag in CAMERA.items()} | tags
    forms = {name: tag[:3] for name, tag in (CAMERA | OTHERS).items()}
    extra += [(*forms[name], value) for name, value in told.items() if value is not None]
    path.parent.mkdir(parents=True, exist_ok=True)
    own = [(*one, True) for one in extra]
    photometric = "cfa" if pattern else "rgb" if planes > 1 else "minisblack"
    with tifffile.TiffWriter(path) as file:
        if below:
            first = [one for one in own if one[0] not in _OF_THE_IMAGE]
            own = [one for one in own if one[0] in _OF_THE_IMAGE]
            small = np.zeros((8, 8, 3), np.uint8)
            file.write(
                small, photometric="rgb", subfiletype=1, subifds=1, extratags=first,
                metadata=None, software=None,
            )  # fmt: skip
        file.write(pixels, photometric=photometric, extratags=own, metadata=None, software=None)
    if not pattern:
        with tifffile.TiffFile(path, mode="r+") as file:
            file.pages[0].tags["PhotometricInterpretation"].overwrite(_LINEAR_RAW)
    return path
