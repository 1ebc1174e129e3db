"""Frames of a master that do not differ as those of a camera do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def faults_of_noise(digests: Sequence[str], noise: float | None) -> Iterator[str]:
    """Yield what is wrong with the noise of a master, as a clause.

    Parameters
    ----------
    digests : sequence of str
        Of the pixels of the frames that were combined.
    noise : float or None
        Of the master, ADU; None if it was not measured.
    """
    twins = len(digests) - len(set(digests))
    if twins:
        yield (
            f"{twins} of its {len(digests)} frames have the pixels of another, to the last: it is "
            "one image given twice, or the camera counts too coarsely to show any noise"
        )
    elif noise == 0.0:
        yield (
            "its noise is exactly zero: most pixels of two of its frames are equal, since the "
            "camera counts too coarsely to show any noise"
        )
