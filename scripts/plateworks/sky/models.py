"""Families of lenses, from a plane to polynomials of the fifth order, and their fits.

Optics are nearly round: the distortion of a lens or a mirror is radial, about an axis that lies
near the middle of the frame (Brown 1966).  Such a lens has a third of the unknowns of a polynomial
of the same order, so that few stars know its corners better; polynomials take over where stars
suffice for more than that.  All of them are written as SIP.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from plateworks.sky.lens import PAIRS_PER_TERM, Lens, fit_lens, powers, terms
from plateworks.sky.projection import deproject, project

#: What is known of optics before a star is seen, as standard deviations, with half the longer side
#: for the unit of length: the place of the axis, and the term r^3.
AXIS, RING_3 = 0.15, 0.05
#: The term r^5 is what undoes a purely cubic one, 3 k1^2, give or take this part of the cubic term
#: and so many pixels.
RING_5, RING_5_PX = 0.1, 0.3
#: Scatter of positions in pixels, against which that weighs.
SCATTER = 0.2
#: The axis lies no farther from the middle.
FARTHEST = 0.6
#: Fits of a radial lens, each from the last one's axis; the step at which that stands, and that of
#: the tangent point, in pixels.
ROUNDS, STANDS, MOVED = 16, 1e-3, 1e-7
#: Pairs for each unknown of a radial lens: what is known of optics beforehand counts beside them.
PAIRS_PER_RING = 1.5
#: Determinant of what the others leave of a star's own say, below which they leave nothing.
_ALONE = 1e-6


class Model(NamedTuple):
    """A family of lenses.

    Attributes
    ----------
    order : int
        Of the polynomial that it is written as; 1: a plane.
    unknowns : float
        Coefficients for each axis.
    rings : int
        Radial terms: r^3, then r^5; 0 for a polynomial with every term.
    """

    order: int
    unknowns: float
    rings: int = 0

    @property
    def pairs(self) -> int:
        """Pairs that it takes."""
        return int(np.ceil(self.unknowns * (PAIRS_PER_RING if self.rings else PAIRS_PER_TERM)))


PLANE = Model(1, 3)
ROUND_3 = Model(3, 4, 1)
ROUND_5 = Model(5, 5.5, 2)
POLYNOMIALS = {order: Model(order, len(powers(order))) for order in range(1, 6)}


class Fit(NamedTuple):
    """A radial lens, and the linear problem that it was last solved by.

    ``axis`` and ``rings`` are what :func:`ring_design` takes; ``design`` is (N, 2, K), what that
    says of each star and axis; ``prior`` (P, K).
    """

    lens: Lens
    axis: np.ndarray
    rings: np.ndarray
    design: np.ndarray
    prior: np.ndarray


def fit_model(model: Model, xy: np.ndarray, stars: np.ndarray, start: Lens, size: float) -> Lens:
    """Fit a lens of a family by least squares on the tangent plane.

    Parameters
    ----------
    model : Model
    xy : (N, 2) float64 array
        Pixels counted from 1.
    stars : (N, 2) float64 array
        Right ascension and declination in degrees.
    start : Lens
        Whose reference pixel is the middle of the frame, and stays.
    size : float
        Half the longer side in pixels.
    """
    if not model.rings:
        return fit_lens(xy, stars, start.crval, start.crpix, model.order, size)
    return fit_round(model, xy, stars, start, size).lens


def fit_and_hold_out(
    model: Model, xy: np.ndarray, stars: np.ndarray, start: Lens, size: float
) -> tuple[Lens, np.ndarray]:
    """Fit as :func:`fit_model`, and foretell each star by all others.

    No further fits are made for that: how far a least-squares fit is drawn towards a star is known
    from the star's leverage.

    Returns
    -------
    lens : Lens
    missed : (N,) float64 array
        How far in pixels each star lies from where a fit to the others has it; infinite where the
        others cannot tell.
    """
    if model.rings:
        lens, _, _, design, prior = fit_round(model, xy, stars, start, size)
        every = np.linalg.qr(np.vstack([design.reshape(2 * len(xy), -1), prior]))[0]
        basis = every[: 2 * len(xy)].reshape(len(xy), 2, -1)
        left = np.eye(2) - basis @ basis.transpose(0, 2, 1)
    else:
        lens = fit_model(model, xy, stars, start, size)
        uv = (xy - np.asarray(lens.crpix)) / size
        basis = np.linalg.qr(terms(uv, powers(model.order)))[0]
        left = np.eye(2) * (1 - np.sum(basis**2, axis=1))[:, None, None]
    miss = lens.to_plane(xy) - project(stars[:, 0], stars[:, 1], lens.crval)
    miss = miss @ np.linalg.inv(lens.cd).T
    alone = np.linalg.det(left) < _ALONE
    left[alone] = np.eye(2)
    missed = np.hypot(*np.linalg.solve(left, miss[..., None])[..., 0].T)
    missed[alone] = np.inf
    return lens, missed


def fit_round(model: Model, xy: np.ndarray, stars: np.ndarray, start: Lens, size: float) -> Fit:
    """Fit a radial lens: a plane, rings about an axis, and what the axis does to the tangent plane.

    With x the place on the frame and d that from the axis c, both in units of `size`, a star's
    place without distortion is L x + s + k1 d|d|² + k2 d|d|⁴ + (a·x) x.  That is solved for all
    but the axis, and for a step of the axis, until it stands.
    """
    lens = fit_lens(xy, stars, start.crval, start.crpix, 1, size)
    place = (xy - np.asarray(lens.crpix)) / size
    # A tangent plane turned by an angle e bends a field of half-width w by e w.
    tilt = AXIS * np.tan(np.radians(min(size * lens.scale / 3600, 45.0)))
    axis, rings, sip, stands = np.zeros(2), np.zeros(model.rings), np.empty((2, 0)), False
    for round_ in range(ROUNDS):
        target = project(stars[:, 0], stars[:, 1], lens.crval) @ np.linalg.inv(lens.cd).T / size
        design = ring_design(place, axis, rings)
        rows = design.reshape(2 * len(xy), -1)
        prior, wanted = _prior(rings, axis, tilt, size)
        left = rows.T @ rows + prior.T @ prior
        right = rows.T @ target.ravel() + prior.T @ wanted
        stands = stands or round_ >= ROUNDS // 2
        known = slice(-2 if stands else None)
        solution = np.linalg.solve(left[known, known], right[known])
        rings = solution[6 : 6 + model.rings]
        bent = _polynomial(model, axis, solution)
        sip = np.linalg.solve(bent[:, 1:3], bent[:, 3:])
        crval, turn = _move(lens.crval, bent[:, 0] * size @ lens.cd.T)
        lens = Lens(crval, lens.crpix, turn @ lens.cd @ bent[:, 1:3], 1, sip)
        if stands:
            if size * np.abs(bent[:, 0]).max() < MOVED:
                break
            continue
        step = np.clip(solution[-2:], -0.1, 0.1)
        stands = round_ > 0 and bool(np.abs(step).max() < STANDS)
        axis = np.clip(axis + step, -FARTHEST, FARTHEST)
    unit = np.array([size ** (1 - p - q) for p, q in powers(model.order, 2)])
    lens = replace(lens, order=model.order, sip=sip * unit)
    return Fit(lens, axis, rings, design, prior)


def _move(crval: tuple[float, float], step: np.ndarray) -> tuple[tuple[float, float], np.ndarray]:
    """Move a tangent point by a step on its plane, (2,), in degrees.

    Returns
    -------
    crval : (float, float)
    turn : (2, 2) float64 array
        What takes directions of the old plane to the new one: near a pole, north turns by much.
    """
    ra, dec = deproject(np.stack([step, step + np.array([0.0, 1e-4])]), crval)
    east, north = project(ra[1:], dec[1:], (float(ra[0]), float(dec[0])))[0] / 1e-4
    return (float(ra[0]), float(dec[0])), np.array([[north, east], [-east, north]])


def _prior(
    rings: np.ndarray, axis: np.ndarray, tilt: float, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """What is known of the optics, as equations beside those of the stars: (P, K) and (P,)."""
    fifth = RING_5 * abs(rings[0]) + RING_5_PX / size, 3 * rings[0] ** 2
    known = [(RING_3, 0.0), fifth][: len(rings)]
    known += [(tilt, 0.0), (tilt, 0.0), (AXIS, -axis[0]), (AXIS, -axis[1])]
    weights = SCATTER / size / np.maximum([width for width, _ in known], 1e-9)
    prior = np.zeros((len(known), 6 + len(known)))
    prior[:, 6:] = np.diag(weights)
    return prior, weights * [value for _, value in known]


def ring_design(place: np.ndarray, axis: np.ndarray, rings: np.ndarray) -> np.ndarray:
    """What a unit of each unknown adds at N places: (N, 2, K)."""
    count = len(place)
    away = place - axis
    square = np.sum(away**2, axis=1)
    design = np.zeros((count, 2, 10 + len(rings)))
    for direction in (0, 1):
        design[:, direction, direction] = 1
        design[:, direction, 2 + direction] = place[:, 0]
        design[:, direction, 4 + direction] = place[:, 1]
    outer = away[:, :, None] * away[:, None, :]
    for number, ring in enumerate(rings, start=1):
        design[:, :, 5 + number] = away * square[:, None] ** number
        slope = square[:, None, None] ** number * np.eye(2)
        slope = slope + 2 * number * square[:, None, None] ** (number - 1) * outer
        design[:, :, -2:] -= ring * slope
    design[:, :, -4:-2] = place[:, :, None] * place[:, None, :]
    return design


def _polynomial(model: Model, axis: np.ndarray, solution: np.ndarray) -> np.ndarray:
    """The coefficients for ``powers(order)`` of a radial lens: (2, T)."""
    grid, inverse = _grid(model.order)
    design = ring_design(grid, axis, np.zeros(model.rings))[:, :, : 8 + model.rings]
    return (inverse @ (design @ solution[: 8 + model.rings])).T


@cache
def _grid(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Places that tell a polynomial, (N, 2), and what makes its coefficients of its values."""
    across = np.cos(np.pi * (np.arange(9) + 0.5) / 9)
    grid = np.array([(x, y) for x in across for y in across])
    return grid, np.linalg.pinv(terms(grid, powers(order)))
