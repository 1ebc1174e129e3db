"""What the job is told that judges masters: which there are, and what each is to be like."""

from __future__ import annotations

from dataclasses import dataclass

#: Verdicts.
GOOD, DOUBTFUL, POOR = "good", "doubtful", "poor"


@dataclass(frozen=True, kw_only=True)
class JudgedMaster:
    """A master of the results or of a library.

    Attributes
    ----------
    path : str
    kind : str
        ``bias``, ``dark``, ``darkflat`` or ``flat``.
    setup : str
        Name of its setup.
    alike : str
        The same of masters that are to be like each other: of one kind, setup and temperature, of
        one exposure or filter.
    made : bool
        Whether it is of the results; else of a library or a raw folder.
    night : str or None
        Session of its frames, such as 20250815; None where it is not known.
    mjd : float or None
        Mean time of its frames.
    exposure : float or None
        Seconds.
    temperature : float or None
        Degrees C.
    filter : str or None
    age : int or None
        Nights between it and the farthest frame that it serves; None where it serves none.
    fresh : float
        Days within which it serves exactly (``matching.fresh_days``).
    """

    path: str
    kind: str
    setup: str
    alike: str
    made: bool
    night: str | None = None
    mjd: float | None = None
    exposure: float | None = None
    temperature: float | None = None
    filter: str | None = None
    age: int | None = None
    fresh: float


@dataclass(frozen=True, kw_only=True)
class JudgingOrder:
    """All masters that there are, in the order in which they were taken.

    Attributes
    ----------
    masters : tuple of JudgedMaster
    results : str
        The folder of results, in which what is said of them is kept.
    libraries : tuple of str
        The folders of libraries; what is said against a master of one is kept there, where that
        can be written.
    """

    masters: tuple[JudgedMaster, ...]
    results: str
    libraries: tuple[str, ...]
