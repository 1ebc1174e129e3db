"""What people read of the gains that were measured of amplifiers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plateworks.metadata.gainnights import GainsTold, read_told


def unknown_gains(paths: Iterable[str]) -> list[str]:
    """Say of each file of gains that tells none why it does not, and what became of its frames."""
    return [
        f"{path}: {told.why_not}: amplifiers stay as they are read, the flat evens them"
        for path, told in _there(paths)
        if told.why_not
    ]


def doubtful_gains(paths: Iterable[str]) -> list[str]:
    """Say of each file of gains what is doubtful about them."""
    return [f"{path}: {why}" for path, told in _there(paths) for why in told.caveats]


def of_other_nights(paths: Iterable[str]) -> list[str]:
    """Say of each file of gains that were not measured of the first night why, as sentences."""
    said = []
    for path, told in _there(paths):
        if told.known and len(told.tried) > 1:
            *passed, served = told.tried
            why = "; ".join(f"those of {one.night}: {one.why_not}" for one in passed)
            said.append(
                f"The gains in {path} were measured by the flats of {served.night}, since nearer "
                f"ones do not tell them ({why})."
            )
    return said


def _there(paths: Iterable[str]) -> Iterator[tuple[str, GainsTold]]:
    for path in paths:
        told = read_told(path)
        if told is not None:
            yield path, told
