"""What masters measure of each of several amplifiers, and the cards by which they tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits

from plateworks.metadata.amplifiercards import COUNT_KEY
from plateworks.metadata.amplifiers import Amplifier
from plateworks.metadata.bounds import within
from plateworks.metadata.values import number
from plateworks.orders.frames import Assembly, FrameOrder
from plateworks.pixels.arrays import Floats, Reals
from plateworks.pixels.framemeasure import SAMPLE, sample_of
from plateworks.pixels.variance import Region
from plateworks.products.headers import original_header, put
from plateworks.products.measured import MeasuredCamera

#: Keyword of the noise of a frame, of the gain and of the read noise, with the number of the
#: amplifier behind it; which of the believed numbers it is, unit and words.
_CARDS = (
    ("PWFNOI", "noise", "ADU", "noise of a pixel of one frame"),
    ("PWGAIN", "egain", "e-/ADU", "gain by its frames"),
    ("PWRDN", "read_noise", "e-", "read noise by its frames"),
)


class Part(NamedTuple):
    """Rows and columns of a sample that one amplifier read."""

    rows: Reals
    columns: Reals

    def of(self, sample: Reals) -> Reals:
        """Return them, (R, W)."""
        part: Reals = sample[self.rows][:, self.columns]
        return part


def parts_of(order: FrameOrder, shape: tuple[int, int], size: int = SAMPLE) -> tuple[Part, ...]:
    """Return what of the sample of a frame each amplifier read; nothing where it has but one."""
    amplifiers = () if order.assembly is None else order.assembly.readout.amplifiers
    if len(amplifiers) < 2:
        return ()
    rows, columns = (np.asarray(one) for one in sample_of(*shape, size))
    return tuple(_part(one, rows, columns) for one in amplifiers)


def _part(amplifier: Amplifier, rows: Reals, columns: Reals) -> Part:
    """Return where its rows and columns stand in a sample, in pairs as they come there."""
    found = []
    for places, span in zip((rows, columns), amplifier.place, strict=True):
        inside = (places >= span.start) & (places < span.stop)
        whole = inside[: len(inside) // 2 * 2].reshape(-1, 2).all(axis=1)
        found.append(np.flatnonzero(np.repeat(whole, 2)))
    return Part(*found)


def share_errors(
    sigma: Floats, order: FrameOrder, whole: MeasuredCamera, found: Sequence[MeasuredCamera]
) -> None:
    """Give the pixels of each amplifier errors that are as much larger as its frames' noise is.

    Parameters
    ----------
    sigma : (H, W) float32 array
        The errors of a master's pixels; changed in place.
    order : FrameOrder
        Of one of its frames.
    whole : MeasuredCamera
        What all pixels show.
    found : sequence of MeasuredCamera
        What those of each amplifier show; nothing where there is but one.
    """
    if order.assembly is None or whole.frame_noise is None:
        return
    for one, camera in zip(order.assembly.readout.amplifiers, found, strict=False):
        if camera.frame_noise is not None:
            sigma[one.place] *= np.float32(camera.frame_noise.value / whole.frame_noise.value)


def put_amplifiers(header: fits.Header, found: Sequence[MeasuredCamera]) -> None:
    """Tell in the header of a master what it measured of each of its amplifiers."""
    for count, camera in enumerate(found, 1):
        for (keyword, _, unit, words), value in zip(_CARDS, camera, strict=True):
            if value is not None:
                text = f"[{unit}] +- {value.error:.2g}, {words}"
                put(header, f"{keyword}{count}", float(f"{value.value:.5g}"), text)


def frame_noises(path: str) -> tuple[float | None, ...]:
    """Return the noise of a frame, ADU, that a master tells of each amplifier; None: not known."""
    return tuple(_told(original_header(path)))


def _told(cards: Mapping[str, Any]) -> Iterator[float | None]:
    keyword, name, *_ = _CARDS[0]
    for count in range(1, int(cards.get(COUNT_KEY) or 0) + 1):
        value = cards.get(f"{keyword}{count}")
        yield within(name, number(value) if isinstance(value, int | float) else None)


def regions_of(
    assembly: Assembly | None, egain: float, noises: Sequence[float | None]
) -> tuple[Region, ...]:
    """Return the read noise of each amplifier's part of a picture.

    Parameters
    ----------
    assembly : Assembly or None
    egain : float
        Electrons per ADU.
    noises : sequence of float or None
        Of a frame without light, ADU, as its bias measured it; else it is as the header says.

    Returns
    -------
    tuple of Region
        None of them where there is one amplifier, or nobody knows one of theirs.
    """
    amplifiers = () if assembly is None else assembly.readout.amplifiers
    if len(amplifiers) < 2:
        return ()
    known = [*noises, *[None] * len(amplifiers)]
    regions = []
    for one, noise in zip(amplifiers, known, strict=False):
        electrons = one.read_noise if noise is None else noise * egain
        if electrons is None:
            return ()
        rows, columns = one.place
        regions.append(Region(rows.start, rows.stop, columns.start, columns.stop, electrons))
    return tuple(regions)
