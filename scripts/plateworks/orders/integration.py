"""What PixInsight is told, where it makes the masters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plateworks.metadata.kinds import MasterKind


@dataclass(frozen=True, kw_only=True)
class IntegratedFrame:
    """One raw frame for PixInsight, and the masters it is calibrated with; only flats have any.

    Attributes
    ----------
    raw : str
    bias, dark : str or None
        PixInsight's own images of masters, where it makes them too.
    bias_inside : bool or None
        Whether the dark still holds its bias; None where there is no dark.
    """

    raw: str
    bias: str | None = None
    dark: str | None = None
    bias_inside: bool | None = None

    def files(self) -> Iterator[str]:
        """Yield every file that PixInsight reads for this frame."""
        yield from (path for path in (self.raw, self.dark, self.bias) if path is not None)


@dataclass(frozen=True, kw_only=True)
class WinsorizedLimits:
    """Which values of a pixel PixInsight rejects.

    Attributes
    ----------
    low, high : float
        Sigmas below and above which a value is rejected.
    cutoff : float
        Sigmas beyond which a value takes no part at all.
    """

    low: float
    high: float
    cutoff: float


@dataclass(frozen=True, kw_only=True)
class IntegrationOrder:
    """One image that PixInsight integrates, of which a master is made then.

    Attributes
    ----------
    name : str
        Of the master, for people.
    kind : str
        bias, dark, darkflat or flat.
    frames : tuple of IntegratedFrame
    rejection : WinsorizedLimits
    integrated : str
        The XISF image to make.
    calibrated : str
        The folder for calibrated flats.
    """

    name: str
    kind: MasterKind
    frames: tuple[IntegratedFrame, ...]
    rejection: WinsorizedLimits
    integrated: str
    calibrated: str


@dataclass(frozen=True, kw_only=True)
class ProgramOrder:
    """How the program PixInsight is started.

    Attributes
    ----------
    binary : str or None
        The program; None: it is looked for in the usual places.
    instance : int
        Number of the instance that is started.
    force_exit : bool
        Whether it ends after its script, else it stays open.
    time_limit_min : float
        Minutes after which it is ended.
    """

    binary: str | None = None
    instance: int
    force_exit: bool
    time_limit_min: float
