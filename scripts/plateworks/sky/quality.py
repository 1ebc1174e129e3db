"""How far a solution can be trusted: by stars that it was not fitted to, and in the corners."""

from __future__ import annotations

import math

import numpy as np

from plateworks.settings.solve import SolveOptions
from plateworks.sky.projection import project
from plateworks.sky.refine import Solution

#: Least limit of the residual in pixels, and the part of the FWHM that it may be instead.
LEAST_LIMIT, OF_FWHM = 0.7, 0.5
#: A lens that finds fewer of the outer stars than this part of what there must be does not hold
#: there; of fewer than so many nothing is said.
LEAST_COVERAGE, TELLING = 1 / 3, 6.0
#: What a poor solution warns of begins so.
POOR = "poor solution"


def why_poor(solution: Solution, fwhm: float, options: SolveOptions) -> str:
    """Say in a clause why a solution is poor; "" if it is not.

    Parameters
    ----------
    solution : Solution
    fwhm : float
        Of the stars, in pixels; NaN if it is not known.
    options : SolveOptions
    """
    limit = options.max_rms_px
    if limit is None:
        limit = max(LEAST_LIMIT, OF_FWHM * fwhm if math.isfinite(fwhm) else 0.0)
    found = []
    for value, which in (
        (solution.held_out_px, "held-out stars"),
        (solution.outer_px, "those of the outer third of the field"),
    ):
        if value is not None and value > limit:
            found.append(f"{which} lie {value:.2f} pixels off, and {limit:.2f} are allowed")
    corner = solution.corner_px
    if corner is not None and corner > limit:
        found.append(
            f"the corners are known to {corner:.2f} pixels (19 of 20 cases), and {limit:.2f} are "
            "allowed"
        )
    seen = solution.coverage
    if seen.expected >= TELLING and seen.outer_matched < LEAST_COVERAGE * seen.expected:
        found.append(
            f"of about {seen.expected:.0f} stars in the outer third of the field"
            f" {seen.outer_matched} are where it has them"
        )
    return f"{POOR}: {'; '.join(found)}" if found else ""


def offset(solution: Solution, ra: float | None, dec: float | None) -> float | None:
    """Degrees from where the header said that the frame points; None where it does not say."""
    if ra is None or dec is None:
        return None
    plane = np.radians(project(np.array([solution.ra]), np.array([solution.dec]), (ra, dec))[0])
    apart = math.degrees(math.atan(math.hypot(*plane)))
    return apart if math.isfinite(apart) else None
