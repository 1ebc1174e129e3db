"""What a job is told that combines the frames of one set into a master."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.metadata.kinds import MasterKind
from plateworks.orders.frames import FrameOrder
from plateworks.settings.masters import Method, Rejection

Neighbours = Literal["median", "mean"]


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
        and takes no part in the fit, whatever the header says.  None: as the header says, or as the
        frame shows.
    """

    target: float
    repair: Neighbours
    saturation: float | None = None


@dataclass(frozen=True, kw_only=True)
class Screening:
    """How frames are judged that differ from the others of their set, and are left out.

    Attributes
    ----------
    saturation : float or None
        ADU of the raw frame from which a pixel counts as saturated, whatever the header says.
        None: as the header says, or as the frame shows.
    """

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
    floor : float
        Part of the median at and below which nothing is divided by the master.
    """

    levelling: Levelling
    statistic: Literal["median", "mean", "maximum"]
    weights: Literal["equal", "level"]
    floor: float


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
        The limits of the methods that reject.
    rejection_map : bool
        Whether the master tells how many frames each pixel lost, and each frame's losses.
    min_frames : int
        Fewer that can be read and are fit make no master.
    screening : Screening or None
        How frames are judged; None combines them as they are.
    flat : FlatOrder or None
        Of flats, and of nothing else.
    constant : float or None
        ADU: a bias of this level everywhere takes the place of the one frame, which tells the
        setup.
    uncertainty : bool
        Whether each pixel gets a standard deviation.
    egain : float or None
        Electrons per ADU, of which that of a hot pixel depends, and what ``variance`` rejects
        there.
    xisf_compression : str or None
        How the file is packed; None: it is not.
    told : str or None
        A digest of all this, in which what files hold stands for their paths; for the header.
    """

    kind: MasterKind
    frames: tuple[FrameOrder, ...]
    method: Method
    rejection: Rejection
    rejection_map: bool
    min_frames: int
    screening: Screening | None = None
    flat: FlatOrder | None = None
    constant: float | None = None
    uncertainty: bool
    egain: float | None = None
    xisf_compression: str | None = None
    told: str | None = None

    def __post_init__(self) -> None:
        if (self.kind == "flat") != (self.flat is not None):
            raise ValueError(f"a master {self.kind} with flat={self.flat}: flats need it, alone")
        if self.kind == "flat" and self.method == "variance":
            raise ValueError("a master flat by variance: the noise of flats goes with their light")
