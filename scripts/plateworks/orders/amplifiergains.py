"""What the job is told that measures the gains of amplifiers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plateworks.orders.frames import FrameOrder


@dataclass(frozen=True, kw_only=True)
class GainPairs:
    """Frames of one set of flats, and frames of the same amplifiers without light.

    Attributes
    ----------
    flats : tuple of FrameOrder
        In the order in which they were taken; each is compared with the next.
    darks : tuple of FrameOrder
        Bias frames, or darks that last hardly longer than the flats.
    of_reading : bool
        Whether they are bias frames, whose noise is that of reading alone.
    """

    flats: tuple[FrameOrder, ...]
    darks: tuple[FrameOrder, ...]
    of_reading: bool


@dataclass(frozen=True, kw_only=True)
class GainNight:
    """The pairs of one night.

    Attributes
    ----------
    night : str
        Its session.
    pairs : tuple of GainPairs
        No frame is told gains: pixels are as each amplifier read them.
    told : str or None
        A digest of all this, in which what files hold stands for their paths.
    """

    night: str
    pairs: tuple[GainPairs, ...]
    told: str | None = None

    def files(self) -> Iterator[str]:
        """Yield every file that is read."""
        for one in self.pairs:
            for frame in (*one.flats, *one.darks):
                yield from frame.files()


@dataclass(frozen=True, kw_only=True)
class GainsOrder:
    """The gains of the amplifiers of one setup, from pairs of frames.

    Attributes
    ----------
    nights : tuple of GainNight
        In the order in which they are tried: the first that tells the gains serves.
    mode : str
        A digest of how the amplifiers were set.
    told : str or None
        A digest of the nights that were there when it was measured.
    """

    nights: tuple[GainNight, ...]
    mode: str
    told: str | None = None
