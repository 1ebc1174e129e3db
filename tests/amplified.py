"""Raw frames as cameras of several amplifiers write them, drawn from a picture that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits

from orders import frame_order
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import Assembly, FrameOrder

#: Columns of overscan beside the pixels of an amplifier.
OVERSCAN = 24


@dataclass(frozen=True)
class Drawn:
    """One amplifier: where its pixels lie on the picture, and how it reads them.

    Rows and columns are those of the picture; `drift` are ADU at the first and at the last row, as
    they are read, above and below the level.
    """

    columns: tuple[int, int]
    rows: tuple[int, int]
    flip_x: bool = False
    flip_y: bool = False
    gain: float = 1.0
    noise: float = 4.0
    level: float = 1000.0
    drift: float = 0.0

    def detsec(self) -> str:
        """Its place, counted as it is read."""
        x, y = (self.columns[0] + 1, self.columns[1]), (self.rows[0] + 1, self.rows[1])
        x, y = x[:: -1 if self.flip_x else 1], y[:: -1 if self.flip_y else 1]
        return f"[{x[0]}:{x[1]},{y[0]}:{y[1]}]"


def halves(height: int, width: int, **both: float) -> tuple[Drawn, Drawn]:
    """Two amplifiers side by side, the right one read from the right."""
    middle = width // 2
    return (
        Drawn((0, middle), (0, height), gain=1.6, level=1100.0, **both),
        Drawn((middle, width), (0, height), True, gain=1.3, level=940.0, **both),
    )


def quarters(height: int, width: int, **all_four: float) -> tuple[Drawn, ...]:
    """Four amplifiers, each read from its corner."""
    y, x = height // 2, width // 2
    return (
        Drawn((0, x), (0, y), gain=1.2, level=900.0, **all_four),
        Drawn((x, width), (0, y), True, gain=1.5, level=1300.0, **all_four),
        Drawn((0, x), (y, height), False, True, gain=1.4, level=1000.0, **all_four),
        Drawn((x, width), (y, height), True, True, gain=1.0, level=1150.0, **all_four),
    )


def as_read(
    electrons: np.ndarray,
    amplifiers: Sequence[Drawn],
    random: np.random.Generator,
    crosstalk: Mapping[tuple[int, int], float] | None = None,
) -> list[np.ndarray]:
    """Return what each amplifier reads of a picture, (H, W + OVERSCAN) uint16, as it is read.

    `crosstalk` is what part of one is seen in another, both counted from 0.
    """
    lit = [
        random.poisson(electrons[slice(*one.rows), slice(*one.columns)])[
            :: -1 if one.flip_y else 1, :: -1 if one.flip_x else 1
        ]
        / one.gain
        for one in amplifiers
    ]
    seen = [one.copy() for one in lit]
    for (source, onto), part in (crosstalk or {}).items():
        seen[onto] += part * lit[source]
    images = []
    for one, pixels in zip(amplifiers, seen, strict=True):
        dark = np.hstack([pixels, np.zeros((len(pixels), OVERSCAN))])
        dark += one.level + np.linspace(-one.drift, one.drift, len(pixels))[:, np.newaxis]
        dark += random.normal(0.0, one.noise / one.gain, dark.shape)
        images.append(np.clip(np.rint(dark), 0, 65535).astype(np.uint16))
    return images


def sections_of(one: Drawn) -> dict[str, str]:
    """Return the sections of an amplifier as the header of its image has them."""
    width, height = one.columns[1] - one.columns[0], one.rows[1] - one.rows[0]
    return {
        "DATASEC": f"[1:{width},1:{height}]",
        "BIASSEC": f"[{width + 3}:{width + OVERSCAN},1:{height}]",
        "DETSEC": one.detsec(),
    }


def write_profile(folder: Path, amplifiers: Sequence[Drawn], order: Sequence[int] = ()) -> Path:
    """Write the profile of a camera whose amplifiers have an image each, into its folder.

    `order`: in which they stand there, from 0, named then; none: in that of the images, unnamed.
    """
    lines = ["name: kb42", "sources: [a drawing]", "amplifiers:"]
    for index in order or range(len(amplifiers)):
        told = sections_of(amplifiers[index])
        name = f"image: AMP{index + 1}, " if order else ""
        lines.append(
            f"  - {{{name}data: '{told['DATASEC']}', bias: '{told['BIASSEC']}', "
            f"detector: '{told['DETSEC']}'}}"
        )
    (folder / "cameras").mkdir(parents=True, exist_ok=True)
    (folder / "cameras" / "kb42.yaml").write_text("\n".join(lines) + "\n")
    return folder


def write_images(
    path: Path,
    electrons: np.ndarray,
    amplifiers: Sequence[Drawn],
    random: np.random.Generator,
    crosstalk: Mapping[tuple[int, int], float] | None = None,
    *,
    tiles: bool = False,
    gains: bool = True,
    placed: bool = True,
    **cards: object,
) -> Path:
    """Write a frame with an image for each amplifier.

    `gains`: whether headers tell theirs; `placed`: whether they have sections, and else names.
    """
    primary = fits.PrimaryHDU()
    named = {key.replace("_", "-").upper(): value for key, value in cards.items()}
    primary.header.update({"INSTRUME": "kb42", **named})
    for (source, onto), part in (crosstalk or {}).items():
        primary.header[f"CRSTLK{source + 1}{onto + 1}"] = part
    hdus = [primary]
    read = as_read(electrons, amplifiers, random, crosstalk)
    for number, (one, pixels) in enumerate(zip(amplifiers, read, strict=True), 1):
        hdu = (fits.CompImageHDU if tiles else fits.ImageHDU)(pixels)
        hdu.header.update(sections_of(one) if placed else {"EXTNAME": f"AMP{number}"})
        if gains:
            hdu.header["GAIN"], hdu.header["RDNOISE"] = one.gain, one.noise
        hdus.append(hdu)
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.HDUList(hdus).writeto(path)
    return path


def write_image(
    path: Path,
    electrons: np.ndarray,
    amplifiers: Sequence[Drawn],
    random: np.random.Generator,
    **cards: object,
) -> Path:
    """Write a frame of two amplifiers side by side as one image, their overscan at its sides."""
    left, right = as_read(electrons, amplifiers, random)
    right = right[:, ::-1]
    pixels = np.hstack([left[:, -OVERSCAN:], left[:, :-OVERSCAN], right[:, OVERSCAN:],
                        right[:, :OVERSCAN]])  # fmt: skip
    height, width = pixels.shape
    middle = width // 2
    header = fits.Header()
    named = {key.replace("_", "-").upper(): value for key, value in cards.items()}
    header.update({"INSTRUME": "two sides", **named})
    header["DATASEC1"] = f"[{OVERSCAN + 1}:{middle},1:{height}]"
    header["BIASSEC1"] = f"[1:{OVERSCAN},1:{height}]"
    header["DATASEC2"] = f"[{middle + 1}:{width - OVERSCAN},1:{height}]"
    header["BIASSEC2"] = f"[{width - OVERSCAN + 1}:{width},1:{height}]"
    for number, one in enumerate(amplifiers, 1):
        header[f"GAIN{number}"], header[f"RDNOISE{number}"] = one.gain, one.noise
    path.parent.mkdir(parents=True, exist_ok=True)
    fits.writeto(path, pixels, header)
    return path


#: Frames of a night, and their exposures.
KINDS = (("bias", 0.0), ("dark", 60.0), ("flat", 1.0), ("light", 60.0))


def write_amplified(
    folder: Path,
    day: int = 15,
    kinds: Sequence[tuple[str, float]] = KINDS,
    count: int = 3,
    size: int = 64,
    seed: int = 3,
    gains: bool = False,
    placed: bool = True,
    **cards: object,
) -> Path:
    """Write frames of a night of four amplifiers, whose headers tell no gain unless asked to.

    `placed`: whether they tell where each lies.
    """
    random, drawn = np.random.default_rng(seed), quarters(size, size)
    for kind, seconds in kinds:
        level = 0.0 if kind in ("bias", "dark") else 20_000.0
        for i in range(count):
            told = {
                "imagetyp": kind, "exptime": seconds, "filter": "r", "xbinning": 1, "ybinning": 1,
                "date_obs": f"2025-08-{day}T2{i}:00:00",
            }  # fmt: skip
            write_images(
                folder / f"{kind}{day}_{i}.fits", np.full((size, size), level), drawn, random,
                gains=gains, placed=placed, **(told | cards),
            )  # fmt: skip
    return folder


def order_of(path: Path, **more: object) -> FrameOrder:
    """Return the order of a frame that is put together as its header says; `more`: how."""
    told = {"readout": read_frame(str(path)).readout, "overscan": "auto"} | more
    return frame_order(path, assembly=Assembly(**told))
