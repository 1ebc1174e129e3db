"""Frames that are each the mean or the sum of several readouts: they tell a gain that is wrong.

The mean of N readouts has the light of one and an N-th of the variance, so that pairs of such flats
show N times as many electrons per ADU as there are, and bias frames a read noise that is less by
√N.  Shares between amplifiers stay right.  Whether a camera that counts its readouts took their
mean or their sum no header says; so nothing is measured of them.  Where none tells that there are
several, values that are too often even and figures of headers that are multiples betray it.
"""

from __future__ import annotations

from collections.abc import Iterable

from plateworks.metadata.frame import Frame
from plateworks.pixels.evenness import MOST_EVEN
from plateworks.pixels.photontransfer import Measured

#: A figure is a multiple of another within this part, and up to this number of readouts.
_NEARLY, _MOST = 0.06, 64


def several_readouts(frames: Iterable[Frame]) -> str:
    """Say of which frames a header tells that they are of several readouts, as a clause.

    Empty if none does.
    """
    for frame in frames:
        if frame.combined is not None and frame.combined > 1:
            return (
                f"the header of {frame.path} says that it is of {frame.combined} readouts (COADDS, "
                "NCOMBINE or the like): their mean would show a multiple of the gain; take frames "
                "of one readout each"
            )
    return ""


def doubt_by_evenness(even: float | None) -> list[str]:
    """Say what the part of values that are even tells, as clauses; see MOST_EVEN."""
    if even is None or even <= MOST_EVEN:
        return []
    return [
        f"{even:.0%} of the values of its flats are even, as where means of several frames were "
        "rounded to whole numbers: the gain that they show would be as many times too large, and "
        "the read noise too; take single frames, or set calibrate.egain and calibrate.read_noise"
    ]


def multiple_in_words(ratio: float, *, of_noise: bool = False) -> str:
    """Say which means of frames would show a figure that is so many times what a header says.

    Parameters
    ----------
    ratio : float
        What frames show over what is said.
    of_noise : bool
        Whether the figure is a read noise in electrons, which of means of N is √N times too large;
        of bias frames alone that are means it is too small by that.
    """
    square = ratio**2 if of_noise else ratio
    which = "flats and bias frames" if of_noise else "flats"
    if of_noise and square < 1:
        square, which = 1 / square, "bias frames"
    count = round(square)
    if not 2 <= count <= _MOST or abs(square / count - 1) > _NEARLY:
        return ""
    return f", {ratio:.3g} times as much, as {which} show that are each the mean of {count} frames"


def apart_in_words(measured: Measured, said: float, *, who: str, of_noise: bool = False) -> str:
    """Say that frames show another figure than is said of it, as a clause."""
    hint = multiple_in_words(measured.value / said, of_noise=of_noise)
    if of_noise:
        return (
            f"its frames show a read noise of {measured.value:.3g} electrons, {who} {said:g} "
            f"(RDNOISE){hint}"
        )
    return f"its frames show {measured.value:.3g} electrons per ADU, {who} {said:g} (EGAIN){hint}"
