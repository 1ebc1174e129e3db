"""Fields that did not solve, and may now: what is searched has changed since.

Each job on solved frames leaves a note of what it was told that is searched.  While all its frames
are solved it is told the same again, whatever is installed since, so it does not run; where one of
them is open, or got its magnitudes from an index that has become another, it is told what is there
now.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from plateworks.digests import LENGTH, digest_of
from plateworks.errors import PlateworksError
from plateworks.files import atomic
from plateworks.metadata.caveats import FAILED, texts_of
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.engines.engine import Engine

_DIGEST = re.compile(rf"[0-9a-f]{{1,{LENGTH}}}")


class Reopening:
    """Says of jobs what they search, and which have frames that may solve now.

    Parameters
    ----------
    options : SolveOptions
    results : str

    Raises
    ------
    ConfigError
        If something that the configuration names for the engine is not there.
    """

    def __init__(self, options: SolveOptions, results: str):
        self._engines = engines.foresee(options)
        self._now = engines.searched(self._engines)
        #: A digest of what cannot be searched as the run begins; empty: nothing is amiss.
        self.flawed = _flawed(self._engines)
        self._folder = os.path.join(results, ".plateworks", "searched")

    def note(self, solved: Sequence[str]) -> str:
        """Return the path of the note of the job that makes some solved frames."""
        return os.path.join(self._folder, digest_of(first=solved[0]))

    def search(self, solved: Sequence[str]) -> str:
        """Return what the job is told that makes these frames: a digest of what is searched."""
        return self._now if self.reopens(solved) else self._before(solved) or self._now

    def reopens(self, solved: Sequence[str]) -> bool:
        """Whether something else is searched than before, and concerns one of the frames."""
        return self._before(solved) != self._now and any(map(self._is_concerned, solved))

    def _is_concerned(self, path: str) -> bool:
        return _is_open(path) or has_other_magnitudes(path, self._engines)

    def _before(self, solved: Sequence[str]) -> str:
        return noted_search(self.note(solved))


def noted_search(note: str) -> str:
    """Return what a job searched when it was done; empty where it never was, or nobody knows."""
    with suppress(OSError), open(note, "rb") as stream:
        found = stream.read(LENGTH + 1).decode("ascii", "replace")
        return found if _DIGEST.fullmatch(found) else ""
    return ""


def refuse_other_flaws(options: SolveOptions, flawed: str) -> None:
    """Refuse to search what cannot be read all at once, though it could when the run began.

    Without it a frame may be solved by something else, other than in a run without that trouble.
    What could not be read then is said already, and searches go on without.

    Parameters
    ----------
    options : SolveOptions
    flawed : str
        That of :class:`Reopening` as the run began.

    Raises
    ------
    PlateworksError
        With what is amiss.
    """
    able = engines.choose(options)
    if _flawed(able) not in ("", flawed):
        flaws = dict.fromkeys(flaw for one in able for flaw in one.flaws())
        raise PlateworksError(
            f"{' '.join(flaws)}  That was otherwise when the run began.  Once it is mended, run "
            "again."
        )


def _flawed(some: Iterable[Engine]) -> str:
    flaws = {flaw for one in some for flaw in one.flaws()}
    return digest_of(flaws=flaws) if flaws else ""


def note_search(note: str, searched: str) -> None:
    """Leave a note of what a job searched that is done."""
    with atomic(note, "w", encoding="ascii") as stream:
        stream.write(searched)


def has_other_magnitudes(path: str, some: Iterable[Engine]) -> bool:
    """Whether the magnitudes of a solved frame came from an index that is another now.

    One that is no longer there leaves it as it is.
    """
    catalogue, before = texts_of(path, "MAGCATLG", "MAGSTAMP")
    return bool(before) and not {one.stamp(catalogue) for one in some} & {"", before}


def _is_open(path: str) -> bool:
    """Whether a frame is there, was searched for, and did not solve."""
    made, solved, failed = texts_of(path, "PWVERS", "PLTSOLVD", FAILED)
    return bool(made) and not solved and not failed
