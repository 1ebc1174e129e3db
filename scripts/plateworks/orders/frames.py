"""What a job is told of one raw frame: where it lies, what is subtracted, which pixels are listed.

Every job that reads raw frames has some of these: lights, the frames of a master, those of a trial.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from plateworks.metadata.amplifiers import Readout


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How a master, and what was found in it, is laid upon a frame that is stored otherwise.

    Attributes
    ----------
    turned : bool
        Whether its rows are read in the opposite order.
    crop : (int, int, int, int) or None
        Columns to leave out on the left, rows to leave out at the beginning, width and height of
        what is used; None: all of it.  It is cropped as it is stored, and turned afterwards.
    rows : int
        Those of the master as it is stored.
    """

    turned: bool
    crop: tuple[int, int, int, int] | None = None
    rows: int


@dataclass(frozen=True, kw_only=True)
class ScaledDark:
    """A master dark, and how much of it is subtracted.

    Attributes
    ----------
    path : str
        The master dark (or flat-dark).
    k : float
        Factor on the dark.  Where it is fitted to the frame, what the fit begins with.
    bias_inside : bool
        Whether the file still holds its bias.
    fit_bounds : (float, float) or None
        The factor is fitted to the frame, and not believed outside these; None: it is `k`.
    placement : Placement or None
        None: it is used as it is.
    bias : str or None
        The master bias that is taken out of the dark first, since bias does not grow with the
        exposure: that of the dark's own night.  None: the dark is used whole, or free of bias.
    bias_placement : Placement or None
        Of that bias; None: it is used as it is.
    """

    path: str
    k: float
    bias_inside: bool
    fit_bounds: tuple[float, float] | None = None
    placement: Placement | None = None
    bias: str | None = None
    bias_placement: Placement | None = None


@dataclass(frozen=True, kw_only=True)
class Subtraction:
    """What is subtracted from a raw frame before anything else.

    Attributes
    ----------
    bias : str or None
        A master bias that is taken from the frame: alone, or beside a dark without its bias.
    dark : ScaledDark or None
    bias_placement : Placement or None
        Of the bias; None: it is used as it is.
    """

    bias: str | None = None
    dark: ScaledDark | None = None
    bias_placement: Placement | None = None

    @property
    def masters(self) -> tuple[str, ...]:
        """The files: the dark, then the biases of the frame and of the dark, each once."""
        dark = (None, None) if self.dark is None else (self.dark.path, self.dark.bias)
        files = (dark[0], self.bias, dark[1])
        return tuple(dict.fromkeys(path for path in files if path is not None))


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """How a raw frame is put together of what its amplifiers read, before anything else.

    Attributes
    ----------
    readout : Readout
    overscan : str
        How the level of the overscan is told: each row by itself (``median``), by a smooth curve
        (``fit``), or as the overscan itself says (``auto``).
    saturation : float or None
        ADU, as they are stored, from which on a pixel is saturated; None: as its header says, or
        the values of each amplifier.
    algorithm : int or None
        The number of the arithmetic, which is told so that another runs the job again.
    gains : str or None
        The file of the gains that were measured of each amplifier, which go before those of the
        readout; None: they are as the readout has them.
    """

    readout: Readout
    overscan: Literal["auto", "median", "fit"]
    saturation: float | None = None
    algorithm: int | None = None
    gains: str | None = None

    @property
    def how(self) -> dict[str, str | float | None]:
        """What the pixels depend on beside the readout, by names."""
        return {
            "overscan": self.overscan, "saturation": self.saturation, "algorithm": self.algorithm,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FrameOrder:
    """One raw frame, and what is done to it before anything that concerns several frames.

    Attributes
    ----------
    raw : str
        The file, opened read-only.
    name : str or None
        Its path below the raw folder, by which products name it; None: the name of the file.
    path_facts : mapping or None
        Fields of :class:`plateworks.metadata.frame.Frame` that path rules set, with their values;
        they count, whatever the header says.  None: there are none.
    profile_facts : mapping or None
        Fields that the profiles of its camera and site tell, and the header does not.
    subtraction : Subtraction
    cosmetic : str or None
        The list of hot pixels to replace.
    cosmetic_placement : Placement or None
        Of the list; None: it names pixels of the frame itself.
    assembly : Assembly or None
        None: the frame is one picture as it is stored.
    """

    raw: str
    name: str | None = None
    path_facts: Mapping[str, str | bool | int | float] | None = None
    profile_facts: Mapping[str, str | int | float] | None = None
    subtraction: Subtraction = Subtraction()
    cosmetic: str | None = None
    cosmetic_placement: Placement | None = None
    assembly: Assembly | None = None

    @property
    def named(self) -> str:
        """How products name the frame."""
        return self.name or os.path.basename(self.raw)

    def files(self) -> Iterator[str]:
        """Yield every file that is read for this frame."""
        yield self.raw
        yield from self.subtraction.masters
        if self.cosmetic is not None:
            yield self.cosmetic
        if self.assembly is not None and self.assembly.gains is not None:
            yield self.assembly.gains


class Reads(Protocol):
    """An order that names the files which are read for it."""

    def files(self) -> Iterator[str]:
        """Yield them."""


def files_of(orders: Iterable[Reads]) -> list[str]:
    """Return every file that is read for some orders, each once, in order."""
    return list(dict.fromkeys(path for order in orders for path in order.files()))
