"""Stars whose magnitudes are known, from whatever catalogue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

#: Tycho-2's own errors: its brightest stars, those of magnitude 11, and how they grow with the
#: magnitude.  About those of Høg et al. (2000, A&A 355, L27), 0.013 below 9 and 0.1 at 12.
_TYCHO_BRIGHT, _TYCHO_AT_11, _TYCHO_SLOPE = 0.012, 0.065, 0.25
_TYCHO = ("VT", "BT")


class KnownStars(NamedTuple):
    """Stars of a part of the sky.

    Attributes
    ----------
    radec : (N, 2) float64 array
        Degrees.
    magnitude, error, colour : (N,) float64 arrays
        In magnitudes; NaN where they are not known.
    band : str
        Of the magnitudes: ``VT``.
    colour_name : str
        What the colour is: ``BT-VT``; "" where no star has one.
    catalogue : str
        Name of the file that they come from.
    """

    radec: np.ndarray
    magnitude: np.ndarray
    error: np.ndarray
    colour: np.ndarray
    band: str
    colour_name: str
    catalogue: str

    def where(self, keep: np.ndarray) -> KnownStars:
        """Return some of them, by their places or by a truth for each."""
        return self._replace(
            radec=self.radec[keep], magnitude=self.magnitude[keep], error=self.error[keep],
            colour=self.colour[keep],
        )  # fmt: skip


def usual_error(magnitude: np.ndarray, band: str) -> np.ndarray:
    """The errors of a catalogue that tells none: those of Tycho-2, else 0, (N,) float64."""
    if band not in _TYCHO:
        return np.zeros(len(magnitude))
    return np.hypot(_TYCHO_BRIGHT, _TYCHO_AT_11 * 10 ** (_TYCHO_SLOPE * (magnitude - 11)))
