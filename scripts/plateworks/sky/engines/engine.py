"""What a plate-solving engine is: what it can do, what it is asked, and what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from plateworks.settings.solve import SolveOptions
from plateworks.sky.hints import Attempt
from plateworks.sky.magnitudecolumns import Wanted

if TYPE_CHECKING:  # a plan asks engines too, and does without numpy
    import numpy as np

    from plateworks.sky.knownstars import KnownStars


class Engine(ABC):
    """A plate solver, with whatever indexes or catalogue it searches.

    Parameters
    ----------
    options : SolveOptions
        The section ``solve`` of the configuration; an engine reads of it what concerns its own
        files, and nothing of what is to be searched.

    Attributes
    ----------
    name : str
        Its name in the configuration, and in the headers of what it solves.

    Raises
    ------
    ConfigError
        If something that the configuration names for it is not there.
    """

    name: ClassVar[str]

    @abstractmethod
    def __init__(self, options: SolveOptions): ...

    @classmethod
    @abstractmethod
    def lack(cls) -> str:
        """Say as a clause what is missing to run it here; "" if nothing is."""

    @abstractmethod
    def fitting(self, attempt: Attempt, shape: tuple[int, int]) -> Search | str:
        """Say whether it can make an attempt, without running anything.

        Parameters
        ----------
        attempt : Attempt
        shape : (int, int)
            Height and width of the frame in pixels.

        Returns
        -------
        Search or str
            The search that it would make, or a sentence that says why there is none, and what
            would help.
        """

    def flaws(self) -> tuple[str, ...]:
        """Say as sentences what it would search if it could be read; searches go on without."""
        return ()

    def searched(self) -> str:
        """Return a digest of all that it searches: with another one, more may be found.

        Another engine of the same digest finds no more than this one, once it has searched.
        """
        return ""

    def catalogued(
        self, ra: float, dec: float, radius: float, most: int, epoch: float | None = None
    ) -> np.ndarray | None:
        """Give the catalogued stars of a circle, beyond those that a match comes with.

        Parameters
        ----------
        ra, dec, radius : float
            Degrees.
        most : int
            The brighter ones, if there are more.
        epoch : float, optional
            Julian year to which stars are moved whose proper motions are known.

        Returns
        -------
        (N, 3) float64 array or None
            Right ascension and declination in degrees, and the epoch to which a star was moved,
            NaN if it was not; None: it knows no others.
        """
        return None

    def magnitudes(
        self, ra: float, dec: float, radius: float, most: int, wanted: Wanted
    ) -> KnownStars | None:
        """Give the stars of a circle whose magnitudes are known.

        Parameters
        ----------
        ra, dec, radius : float
            Degrees.
        most : int
            The brighter ones, if there are more.
        wanted : Wanted

        Returns
        -------
        KnownStars or None
            None: it knows no such magnitudes.
        """
        return None

    def stamp(self, catalogue: str) -> str:
        """Return a digest of the files that stars came from, "" if it does not have them.

        With another one, their magnitudes may be others.
        """
        return ""


@dataclass(frozen=True, slots=True)
class Search:
    """A search that an engine is ready to make.

    Attributes
    ----------
    means : str
        What is searched, for the log: ``3 indexes``.
    solve : function
        Makes the search.  It sees positions, never an image or a name from a header.
    """

    means: str
    solve: Callable[[Query], Answer]


@dataclass(frozen=True, slots=True)
class Query:
    """One attempt on one field.

    Attributes
    ----------
    xy : (N, 2) float64 array
        Sources, the brightest first, in FITS pixels counted from 1: counted from 0, the solution
        would be one pixel off in both axes.
    shape : (int, int)
        Height and width of the frame in pixels.
    attempt : Attempt
    time_limit_s : float
        Processor seconds that the search may take.
    """

    xy: np.ndarray
    shape: tuple[int, int]
    attempt: Attempt
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class EngineMatch:
    """A first solution, which is refined with all the stars.

    Attributes
    ----------
    cards : dict
        ``CRVAL1``, ``CRVAL2``, ``CRPIX1``, ``CRPIX2``, and ``CD1_1`` to ``CD2_2``, of a plane TAN
        system, good to some pixels.
    stars : (M, 2) float64 array
        Catalogued stars of the field, right ascension and declination in degrees (ICRS).
    index : str
        Name of the index or the catalogue that they come from.
    logodds : float or None
        Natural logarithm of the odds that the match is no coincidence, where the engine tells.
    """

    cards: dict[str, float]
    stars: np.ndarray
    index: str
    logodds: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A match, or the reason why there is none, as a clause; and the processor time it took.

    Where the engine `failed`, it did not search to the end, and nothing is known of the field.
    """

    match: EngineMatch | None
    reason: str
    seconds: float
    failed: bool = False


def time_is_up(limit: float) -> Answer:
    """The answer of an engine that was stopped."""
    return Answer(None, "no match within the time limit", limit)
