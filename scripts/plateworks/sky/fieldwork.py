"""The frames of a job and their neighbours: how each is solved, and what it says to others.

Which frames are neighbours is settled in the plan, and a frame is solved from nothing but its own
pixels and those of its neighbours.  So it is the same in whatever job and order: a neighbour of
another job is read where that has solved it already, and solved here once more where it has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks import __version__
from plateworks.digests import digest_of
from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.caveats import FAILED, texts_of, values_of
from plateworks.metadata.datadigest import digest_of_data
from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame
from plateworks.orders.solving import FrameToSolve, SolveOrder
from plateworks.products.headers import DIGEST, original_header, product_digest
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, read_image_header
from plateworks.products.luminance import luminance
from plateworks.sky import engines
from plateworks.sky.foreign import foreign_hint
from plateworks.sky.neighbours import Neighbour, neighbour_of
from plateworks.sky.reopening import has_other_magnitudes
from plateworks.sky.solving import Clues, SolveResult, solve_image
from plateworks.sky.wcscards import add_solution
from plateworks.versions import ALGORITHMS

#: The cards by which a solved frame says of what it was made.
_MADE_OF = DIGEST, "RAWDIG"
#: And a calibrated one; and whether it was set aside.
_HEAD = *_MADE_OF, FAILED


@dataclass(frozen=True)
class Worked:
    """A calibrated frame, and what was found of it."""

    image: Image
    header: fits.Header
    frame: Frame
    result: SolveResult
    foreign: bool  # whether it has world coordinates of another program


class Fieldwork:
    """Solves the frames of an order.

    Parameters
    ----------
    order : SolveOrder
    searched : str
        A digest of what is searched.
    anew : bool
        Whether that is another than before: a neighbour that another job did not solve may solve.
    """

    def __init__(self, order: SolveOrder, searched: str, anew: bool = False):
        self._searched, self._anew, self.told = searched, anew, order.told
        self._options, self._settings = order.options, order.telling()
        self._told = {one.calibrated: one for one in order.frames}
        self._asked = {name for one in order.frames for name in one.neighbours}
        self._results: dict[str, SolveResult] = {}  # of neighbours whose turn is to come
        self._said: dict[str, Neighbour | None] = {}
        self._digests: dict[str, str] = {}
        self._heads: dict[str, Mapping[str, Any]] = {}

    def solve(self, source: str) -> Worked:
        """Solve a calibrated frame.

        Raises
        ------
        FrameError
            If it, or a neighbour, cannot be read.
        PlateworksError
            As :func:`plateworks.sky.solving.solve_image`.
        """
        image = read_image(source)
        header = original_header(str(source))  # whose cards need not be checked once more
        frame, told = read_frame(source), self._place(source)
        clues = Clues(
            hint=foreign_hint(header, image.shape),
            neighbours=self._neighbours(told),
            limit_s=told.limit_s,
            least_s=told.least_s,
        )
        if source not in self._results:
            seen = luminance(image)
            pixels = seen.data.astype(np.float32, copy=False)
            result = solve_image(pixels, seen.mask, frame, self._options, clues)
            self._results[source] = result
            self._said[source] = None
            if result.solution is not None:
                solved = add_solution(fits.Header(), result.solution, image.shape)
                self._said[source] = neighbour_of(source, frame, solved)
        return Worked(image, header, frame, self._results.pop(source), clues.hint is not None)

    def in_turn(self, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Put frames in order: the first of a field, and last those whose neighbours all failed.

        Parameters
        ----------
        pairs : iterable of (path, path)
            Calibrated frames, and what goes with them.
        """
        last = []
        for source, target in sorted(pairs, key=lambda pair: len(self._place(pair[0]).neighbours)):
            told = self._place(source)
            if told.neighbours and not any(self._neighbours(told)):
                last.append((source, target))
            else:
                yield source, target
        yield from last

    def is_awaited(self, source: str) -> bool:
        """Whether others are likely to ask how a frame lies, as nobody has said so of their field.

        What is not can be solved beside others: each of them needs what is known now.
        """
        return source in self._asked and not any(self._neighbours(self._place(source)))

    def makings(self, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return a digest of what each solved frame is to be made of, by its path.

        Markers of frames that were set aside are left out.
        """
        found = {}
        for source, target in pairs:
            with suppress(FrameError, TroubleError):
                header = self.head(source)
                if FAILED not in header:
                    found[target] = self._making(self._made_of(source, header), source)
        return found

    def made(self, targets: Iterable[str]) -> dict[str, str]:
        """Return the same digest of solved frames that are there, as they tell it themselves."""
        found = {}
        for target in targets:
            with suppress(FrameError, TroubleError):
                if not self._has_other_magnitudes(target):
                    found[target] = self._making(texts_of(target, *_MADE_OF), target)
        return found

    def is_of(self, source: str, target: str) -> bool:
        """Whether a solved frame is there and was made of a calibrated one as that is now."""
        with suppress(FrameError, TroubleError):
            if texts_of(target, *_MADE_OF) == self._made_of(source, self.head(source)):
                return not self._has_other_magnitudes(target) and _sample(source) == _sample(target)
        return False

    def head(self, source: str) -> Mapping[str, Any]:
        """Return the cards of a calibrated frame by which one is known from another.

        Of one that has no digest these are all that it has.

        Raises
        ------
        FrameError
            If it cannot be read.
        """
        if source not in self._heads:
            few = values_of(source, _HEAD)
            self._heads[source] = few if few.get(DIGEST) else read_image_header(source)
        return self._heads[source]

    def digest(self, source: str, header: Mapping[str, Any]) -> str:
        """Return a digest of what a frame of `header` is made of."""
        told = self._place(source)
        return digest_of(
            calibrated=product_digest(str(source), header),
            neighbours=[self._digest_of(neighbour) for neighbour in told.neighbours],
            limits=(told.limit_s, told.least_s),
            settings=self._settings,
            algorithm=ALGORITHMS["solve"],
        )

    def _made_of(self, source: str, header: Mapping[str, Any]) -> list[str]:
        """Return the texts by which a solved frame says of what it was made."""
        return [self.digest(source, header), header.get("RAWDIG", "")]

    def _making(self, made_of: list[str], pixels: str) -> str:
        return digest_of(
            made_of=made_of, pixels=_sample(pixels), searched=self._searched, version=__version__
        )

    def _has_other_magnitudes(self, target: str) -> bool:
        return has_other_magnitudes(target, engines.foresee(self._options))

    def _place(self, source: str) -> FrameToSolve:
        limit = self._options.time_limit_s
        alone = FrameToSolve(
            calibrated=source, solved="", neighbours=(), limit_s=limit, least_s=limit
        )
        return self._told.get(source, alone)

    def _neighbours(self, told: FrameToSolve) -> Iterator[Neighbour | None]:
        return map(self._neighbour, told.neighbours)

    def _neighbour(self, source: str) -> Neighbour | None:
        """Say how a frame lies: as is known, as its own job found, or as is found now."""
        if source not in self._said:
            target = self._place(source).solved
            if FAILED in self.head(source):
                self._said[source] = None
            elif self._holds(target) and self.is_of(source, target):
                solved = read_image_header(target)
                self._said[source] = neighbour_of(source, read_frame(source), solved)
            else:
                self._results[source] = self.solve(source).result
        return self._said[source]

    def _holds(self, target: str) -> bool:
        """Whether what another job found of a frame holds still."""
        return not self._anew or bool(texts_of(target, "PLTSOLVD")[0])

    def _digest_of(self, source: str) -> str:
        if source not in self._digests:
            self._digests[source] = product_digest(str(source), self.head(source))
        return self._digests[source]


def _sample(path: str) -> str:
    """Return a digest of the first pixels, which solving leaves as they are."""
    return digest_of_data(path, whole=False).sample
