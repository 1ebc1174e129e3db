"""What a job is told that combines the frames of one set into a master."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.orders.frames import FrameOrder

MasterKind = Literal["bias", "dark", "darkflat", "flat"]
Neighbours = Literal["median", "mean"]


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """Which values of a pixel take no part, method by method.

    Attributes
    ----------
    low, high : float
        sigma_clip and winsorized: sigmas below and above which a value is rejected.
    cutoff : float
        winsorized: sigmas beyond which a value takes no part at all.
    drop : (int, int)
        minmax: how many of the lowest and of the highest values.
    percentile : (float, float)
        percentile: fractions of the median below and above it.
    linear_fit : (float, float)
        linear_fit: mean deviations below and above the line.
    """

    low: float
    high: float
    cutoff: float
    drop: tuple[int, int]
    percentile: tuple[float, float]
    linear_fit: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Levelling:
    """How flats are brought to one level, before they are combined or compared.

    Attributes
    ----------
    target : float
        The median that each gets, ADU.
    repair : str
        What replaces a listed pixel: ``median`` or ``mean`` of its good neighbours.
    saturation : float or None
        Of flats whose dark is fitted: ADU of the raw frame from which a pixel counts as saturated
        and takes no part in the fit, whatever the header says.  None: as the header says.
    """

    target: float
    repair: Neighbours
    saturation: float | None = None


@dataclass(frozen=True, kw_only=True)
class FlatOrder:
    """What concerns a master flat alone.

    Attributes
    ----------
    levelling : Levelling
        Of its frames.  The master itself gets the same level.
    statistic : str
        What of the master has that level: ``median``, ``mean`` or ``maximum``.
    weights : str
        ``equal``, or ``level``: a flat with more light counts for more.
    """

    levelling: Levelling
    statistic: Literal["median", "mean", "maximum"]
    weights: Literal["equal", "level"]


@dataclass(frozen=True, kw_only=True)
class MasterOrder:
    """One master frame.

    Attributes
    ----------
    kind : str
        bias, dark, darkflat or flat.
    frames : tuple of FrameOrder
        Of one size.  Of darks, a bias alone may be subtracted.
    method : str
        How they are combined, as :func:`plateworks.pixels.combine.combine` knows it.
    rejection : Rejection
    rejection_map : bool
        Whether the master tells how many frames each pixel lost, and each frame's losses.
    min_frames : int
        Fewer that can be read, of flats fewer that hold light, make no master.
    flat : FlatOrder or None
        Of flats, and of nothing else.
    constant : float or None
        ADU: a bias of this level everywhere takes the place of the one frame, which tells the
        setup.
    xisf_compression : str or None
        How the file is packed; None: it is not.
    """

    kind: MasterKind
    frames: tuple[FrameOrder, ...]
    method: str
    rejection: Rejection
    rejection_map: bool
    min_frames: int
    flat: FlatOrder | None = None
    constant: float | None = None
    xisf_compression: str | None = None

    def __post_init__(self) -> None:
        if (self.kind == "flat") != (self.flat is not None):
            raise ValueError(f"a master {self.kind} with flat={self.flat}: flats need it, alone")
