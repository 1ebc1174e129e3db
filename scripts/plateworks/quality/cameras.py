"""How the cameras are: for each setup and night what its masters measured, beside the headers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from plateworks.metadata.amplifiercards import GAIN_KEY
from plateworks.metadata.amplifiers import MEASURED
from plateworks.metadata.caveats import texts_of
from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame
from plateworks.metadata.quantities import parse_number
from plateworks.pixels.fullwell import FullWell
from plateworks.pixels.photontransfer import Measured
from plateworks.products.measured import (
    CARDS,
    LevelSeries,
    MeasuredCamera,
    are_apart,
    camera_told,
    series_told,
)

#: Of the table.
COLUMNS = (
    "setup", "night", "camera", "gain_e_per_adu", "gain_error", "gain_header", "read_noise_e",
    "read_noise_error", "read_noise_header", "header_apart", "read_noise_adu",
    "read_noise_adu_error",
    "linear_to_adu", "departure", "departure_error", "turnoff_adu", "full_well_adu",
    "full_well_error", "full_well_e", "full_well_by", "full_adu", "flats", "biases", "profile",
    "gain_profile", "read_noise_profile", "full_well_profile", "profile_apart",
)  # fmt: skip


#: Amplifiers that a master may have; to so many parts cards of one figure agree.
_MOST, _AS_TOLD = 16, 1e-4


class Origin(NamedTuple):
    """Where the frames of a master come from."""

    setup: str
    night: str


class Published(NamedTuple):
    """What a profile tells of the camera: its name, e-/ADU, electrons, electrons."""

    name: str | None = None
    egain: float | None = None
    read_noise: float | None = None
    full_well: float | None = None


class _Master(NamedTuple):
    name: str
    profile: Published
    frame: Frame
    egain: float | None
    read_noise: float | None
    camera: MeasuredCamera
    series: LevelSeries


def camera_rows(
    masters: Iterable[str],
    origins: Iterable[Sequence[str]],
    profiles: Iterable[Sequence[Any]] | None = None,
) -> Iterator[list[object]]:
    """Yield a row of :data:`COLUMNS` for each setup and night.

    Parameters
    ----------
    masters : iterable of N str
        Master flats and biases.
    origins : iterable of N (setup, night)
    profiles : iterable of N sequence, optional
        Of each the values of a :class:`Published`.
    """
    groups: dict[Origin, list[_Master]] = defaultdict(list)
    masters = list(masters)
    published = [Published()] * len(masters) if profiles is None else profiles
    for path, origin, profile in zip(masters, origins, published, strict=True):
        frame = read_frame(path)
        cards = dict(zip(CARDS, texts_of(path, *CARDS), strict=True))
        series = series_told(cards) if frame.kind == "flat" else LevelSeries()
        said = (None, None) if _by_pairs(path, frame) else (frame.egain, frame.read_noise)
        camera = camera_told(cards)
        one = _Master(Path(path).name, Published(*profile), frame, *said, camera, series)
        groups[Origin(*origin)].append(one)
    for origin in sorted(groups):
        yield _row(origin, groups[origin])


def _by_pairs(path: str, frame: Frame) -> bool:
    """Whether the gain of a master's header is that which pairs of frames showed of amplifiers.

    No header told it then, and the read noise beside it is measured as well, or was held against
    that where it was measured.
    """
    if frame.egain is None or not (frame.amplifiers or "").startswith(MEASURED):
        return False
    told = texts_of(path, *(f"{GAIN_KEY}{number}" for number in range(1, _MOST + 1)))
    gains = [one for text in told if text and (one := parse_number(text)) is not None]
    return bool(gains) and math.isclose(sum(gains) / len(gains), frame.egain, rel_tol=_AS_TOLD)


def _row(origin: Origin, masters: Sequence[_Master]) -> list[object]:
    flats = [one for one in masters if one.frame.kind == "flat"]
    biases = [one for one in masters if one.frame.kind == "bias"]
    first = (flats or biases)[0]
    frame, profile, egain, read_noise = first.frame, first.profile, first.egain, first.read_noise
    gain = mean_of(one.camera.gain for one in flats)
    read = mean_of((one.camera.read_noise for one in flats), shared=True)
    dark = mean_of(one.camera.frame_noise for one in biases)
    lines = [one.series.linearity for one in flats if one.series.linearity is not None]
    line = max(lines, key=lambda one: one.top, default=None)
    full = [one.frame.saturation for one in biases if one.frame.saturation is not None]
    return [
        *origin, frame.camera, *_cells(gain), egain, *_cells(read), read_noise,
        _apart({"EGAIN": (gain, egain), "RDNOISE": (read, read_noise)}),
        *_cells(dark), *((None,) * 4 if line is None else
        (line.top, line.departure, line.error, line.turnoff)), *_full_well(flats, gain),
        min(full, default=None),
        *("; ".join(one.name for one in some) for some in (flats, biases)), *profile,
        _apart({"EGAIN": (gain, profile.egain), "RDNOISE": (read, profile.read_noise)}),
    ]  # fmt: skip


def _apart(told: Mapping[str, tuple[Measured | None, float | None]]) -> str | None:
    """Name the cards that say otherwise than frames show."""
    names = [
        card for card, (found, said) in told.items() if found is not None and are_apart(found, said)
    ]
    return ", ".join(names) or None


def _full_well(
    flats: Sequence[_Master], gain: Measured | None
) -> tuple[float | None, float | None, float | None, str | None]:
    """Return the full well of the series that tells it best: ADU, its error, electrons, and how."""
    found = [one.series.full_well for one in flats if one.series.full_well is not None]
    if not found:
        return None, None, None, None
    best = max(found, key=_how_well)
    electrons = None if gain is None else float(f"{best.level * gain.value:.4g}")
    by = "falling variance" if best.reached else "not reached, at least this"
    return best.level, best.error, electrons, by


def _how_well(one: FullWell) -> tuple[bool, float]:
    """Order full wells: one that was reached, with the least error, else the highest."""
    return (False, one.level) if one.error is None else (True, -one.error)


def mean_of(values: Iterable[Measured | None], *, shared: bool = False) -> Measured | None:
    """Return the weighted mean; where the error is `shared` it does not shrink with their number.

    Where the values scatter more than their errors let them, the error says so.
    """
    known = [one for one in values if one is not None]
    if not known or any(not one.error > 0 for one in known):
        return known[0] if known else None
    weights = [1 / one.error**2 for one in known]
    mean = sum(w * one.value for w, one in zip(weights, known, strict=True)) / sum(weights)
    error = min(one.error for one in known) if shared else 1 / math.sqrt(sum(weights))
    if len(known) > 1:
        squares = sum(w * (one.value - mean) ** 2 for w, one in zip(weights, known, strict=True))
        error *= max(1.0, math.sqrt(squares / (len(known) - 1)))
    return Measured(mean, error)


def _cells(found: Measured | None) -> tuple[float | None, float | None]:
    if found is None:
        return None, None
    return float(f"{found.value:.5g}"), float(f"{found.error:.2g}")
