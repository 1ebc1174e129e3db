"""Before its first job a run keeps others out, and clears away what killed ones left.

That are jobs which are still at work, and files that were not finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from plateworks.abandoned import remove_abandoned
from plateworks.errors import PlateworksError
from plateworks.orphans import end_orphans, expect_jobs
from plateworks.runs import AtWorkError, Claim

#: Folders of the results -> the claim on them.  Whoever plans may write the tables of the plan.
_CLAIMS = {"capture": "camera", "plan": None}
_OTHERS = "products"


class Begun:
    """A run on the results.

    Frames may be taken while others are reduced, as in a watch; but only one run takes them, and
    only one makes products, at a time.

    Parameters
    ----------
    results : str
    share : str or None
        The folder through which runs share masters.
    """

    def __init__(self, results: str, share: str | None):
        self._results = results
        self._folders = [results] if share is None else [results, share]
        self._claims: list[Claim] = []
        self._begun = False

    @property
    def begun(self) -> bool:
        """Whether there was a job to begin with."""
        return self._begun

    @property
    def makes_products(self) -> bool:
        """Whether no other run makes products, since this one does."""
        return any(claim.path.stem == _OTHERS for claim in self._claims)

    def begin(self, jobs: Iterable[tuple[Sequence[str], bool]], *, believe: bool) -> str:
        """Keep other runs out, end the jobs of killed runs, and remove what they left.

        Parameters
        ----------
        jobs : iterable of (sequence of str, bool)
            Of each job the files that it makes, and whether it has the camera.
        believe : bool
            As for :meth:`plateworks.runs.Claim.take`.

        Returns
        -------
        str
            A sentence on what was removed; empty if nothing was.

        Raises
        ------
        PlateworksError
            If another run is at work on these results, or they cannot be written.
        """
        unfinished, self._begun = False, True
        for name in sorted({one for job in jobs if (one := self._claim_of(*job)) is not None}):
            where = f"on the results in {self._results}"
            claim = Claim(f"{self._results}/.plateworks/{name}.run", where)
            jobs_at_work = f"{self._results}/.plateworks/{name}.jobs"
            try:
                unfinished |= claim.take(believe=believe)
                self._claims.append(claim)
                end_orphans(jobs_at_work, where, believe=believe)
            except (AtWorkError, OSError) as error:
                self.end(well=not unfinished)
                raise PlateworksError(self._told(error)) from None
            expect_jobs(jobs_at_work)  # of a run that takes frames too, all are among the products
        removed = remove_abandoned(self._folders) if unfinished else None
        return f"Removed what killed jobs had left: {removed}." if removed else ""

    def tidy(self) -> str:
        """Remove what killed jobs left, in a run without a job; return what :meth:`begin` does."""
        said = ""
        if not self._begun:
            with suppress(PlateworksError):  # who is at work there does it
                said = self.begin([((), False)], believe=True)
                self.end(well=True)
        return said

    def end(self, *, well: bool) -> None:
        """Let others in."""
        while self._claims:
            self._claims.pop().release(well=well)

    def _claim_of(self, outputs: Sequence[str], camera: bool) -> str | None:
        begin = f"{self._results}/"
        tops = {path.removeprefix(begin).partition("/")[0] for path in outputs}
        if len(tops) == 1:
            return _CLAIMS.get(tops.pop(), _OTHERS)
        return "camera" if camera else _OTHERS

    def _told(self, error: Exception) -> str:
        if isinstance(error, OSError):
            why = f"{error.filename}: {error.strerror}; no product can be written."
            return f"The results in {self._results}: {why}"
        return str(error)
