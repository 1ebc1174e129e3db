"""Lines along which stars are missing: what a satellite or an aeroplane hides.

Something in the way hides the stars of its cell, and those around show.  What crosses a frame hides
stars in other cells too, all on one line; of those on it nothing can be told.
"""

from __future__ import annotations

import numpy as np

#: Chance at which the stars that happen to be missing elsewhere make a trail of what is none.
CHANCE = 0.05
#: Half widths, in FWHM of a star, of what a trail hides: itself, and with the lamps beside it.
WIDTHS = (2.0, 4.0, 8.0)
#: Stars that show less often tell no line.
LIKELY = 0.5
#: Half width, in the same unit, within which one trail may hide all stars of a cell; and how likely
#: one does so in some cell of a light.
WIDTH, IN_A_LIGHT = 4.0, 5e-3
#: So many of the missing stars of a light span lines.
_MOST = 60


def on_trails(
    xy: np.ndarray,
    cells: np.ndarray,
    shows: np.ndarray,
    missing: np.ndarray,
    suspected: np.ndarray,
    fwhm: float,
) -> np.ndarray:
    """Return which stars of a light lie on a line along which stars are missing: (S,) bool.

    Parameters
    ----------
    xy : (S, 2) float64 array
        Where the stars of the field lie in the light, pixels.
    cells : (S,) int array
        The cell of each, -1 outside.
    shows : (S,) float64 array
        How likely each shows; those that may not are not asked.
    missing : (S,) bool array
    suspected : (S,) bool array
        Of the missing ones those of cells that seem to be blocked: each line is to run through one.
    fwhm : float
        Width of a star, pixels.

    Notes
    -----
    A line is told by stars of other cells than the one that it is to explain: more of them are
    missing than chance makes miss along any of all lines that are tried.
    """
    from scipy.special import bdtrc

    hidden = np.zeros(len(xy), bool)
    usable = (cells >= 0) & (shows > LIKELY)
    suspects, ends = (np.flatnonzero(usable & some)[:_MOST] for some in (suspected, missing))
    widths = fwhm * np.array(WIDTHS)[:, None, None]
    for one in suspects:
        elsewhere = usable & (cells != cells[one])
        others = ends[cells[ends] != cells[one]]
        along = xy[others] - xy[one]
        across = np.stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)
        near = widths >= np.abs((xy - xy[one]) @ across).T
        asked = near & elsewhere
        # The star by which a line was drawn says nothing.
        asked[:, np.arange(len(others)), others] = False
        count, gone = asked.sum(axis=-1), (asked & missing).sum(axis=-1)
        away = ((elsewhere & missing).sum() - gone + 1) / (elsewhere.sum() - count + 2)
        usual = (asked * (1 - shows)).sum(axis=-1) / np.maximum(count, 1)
        chance = bdtrc(gone - 1, count, np.maximum(away, usual))
        hidden |= near[chance * chance.size * len(suspects) < CHANCE].any(axis=0)
    return hidden


def on_one_line(xy: np.ndarray, fwhm: float) -> bool:
    """Return whether one trail may hide all of some places (N, 2), in pixels."""
    if len(xy) < 3:
        return True
    along = (xy[:, None] - xy).reshape(-1, 2)
    along = along[np.hypot(*along.T) > 0]
    across = np.stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)
    return bool((np.ptp(xy @ across, axis=0) <= 2 * WIDTH * fwhm).any())
