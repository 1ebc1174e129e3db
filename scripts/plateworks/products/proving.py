"""Products proved: what each says of its making, compared with what the files hold now."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import NamedTuple

from plateworks.csvtable import write_table
from plateworks.errors import FrameError, PlateworksError, TroubleError
from plateworks.metadata.caveats import FAILED, texts_of
from plateworks.metadata.checksums import OURS
from plateworks.metadata.datadigest import Digests
from plateworks.metadata.imagenames import is_image_name
from plateworks.orders.proofs import Proof, ProofOrder
from plateworks.products.assembling import digests_of
from plateworks.products.claims import Claim, claims_of
from plateworks.products.headers import content_digest
from plateworks.products.imagefiles import flaws_of_file
from plateworks.products.reading import FrameReader
from plateworks.troubles import not_read

_log = logging.getLogger(__name__)

#: So many broken links are named.
_MOST = 8


class Fault(NamedTuple):
    """A file that is not what it was, and what is wrong, as a clause."""

    link: str
    what: str

    def __str__(self) -> str:
        return f"{self.link} {self.what}"


def prove(order: ProofOrder, table: str, threads: int = 1) -> None:
    """Compare all products that are there, and what they were made of, with what they say.

    Parameters
    ----------
    order : ProofOrder
    table : str
        The table to write: a line for each product, with its first broken link.
    threads : int
        So many products are read at a time.

    Raises
    ------
    PlateworksError
        If one is broken, with the links and how many products hang on each.
    """
    prover = Prover(order)
    there = [one.product for one in order.products if os.path.exists(one.product)]
    with ThreadPoolExecutor(threads) as pool:
        faults = dict(zip(there, pool.map(prover.fault, there), strict=True))
    rows = ((path, *(fault or ("", ""))) for path, fault in faults.items())
    write_table(table, ("product", "link", "fault"), rows)
    foreign = sorted(path for path in prover.looked_at if texts_of(path, OURS) == [""])
    _log.info("%d of %d products are there", len(there), len(order.products))
    for path in foreign:
        _log.info("%s is of another program: it is proved by its digest alone", path)
    broken = Counter(fault for fault in faults.values() if fault is not None)
    if broken:
        raise PlateworksError(_told(broken, len(there), table))
    _log.info("all of them are proved")


def _told(broken: Counter[Fault], count: int, table: str) -> str:
    lines = [
        f"{link}; {hang} {'products hang' if hang > 1 else 'product hangs'} on it"
        for link, hang in broken.most_common(_MOST)
    ]
    more = f", and {len(broken) - _MOST} more" if len(broken) > _MOST else ""
    return (
        f"{broken.total()} of {count} products are not proved: {'. '.join(lines)}{more}.  {table} "
        "names the first broken link of each."
    )


class Prover:
    """Proves products, each file being read once, or twice where threads meet at it.

    Parameters
    ----------
    order : ProofOrder
    """

    def __init__(self, order: ProofOrder):
        self._proofs = {one.product: one for one in order.products}
        #: Masters that no product of the plan is.
        self.looked_at: set[str] = set()
        self.fault = cache(self._fault)
        self._digests = cache(_digests)

    def _fault(self, path: str) -> Fault | None:
        """Return the first link that is broken on the way to a product, from the raw frames on."""
        try:
            return next(self._faults(self._proofs[path]), None)
        except (FrameError, TroubleError) as error:
            return Fault(error.path, error.reason)

    def _faults(self, proof: Proof) -> Iterator[Fault]:
        if proof.image_of is not None:
            yield from self._of_image(proof, proof.image_of)
        elif texts_of(proof.product, FAILED) == [""]:
            claims = claims_of(proof.product)
            for claim in claims:
                yield from self._of_claim(proof, claim)
            if not claims and proof.raw and texts_of(proof.product, "COMBMETH") != ["constant"]:
                yield Fault(proof.product, "tells no digest of what it was made of: make it anew")
        yield from _own(proof.product)

    def _of_image(self, proof: Proof, source: str) -> Iterator[Fault]:
        if not os.path.exists(source):
            yield Fault(source, f"is not there any more, of which {proof.product} was made")
            return
        if (fault := self.fault(source)) is not None:
            yield fault
        elif texts_of(source, FAILED) == [""]:
            yield from _own(proof.product)
            if self._digests(source).data != self._digests(proof.product).data:
                yield Fault(source, f"has another image than {proof.product}, made of it")

    def _of_claim(self, proof: Proof, claim: Claim) -> Iterator[Fault]:
        path = self._file(proof, claim)
        if path is None:
            yield Fault(claim.name, f"is not there any more, of which {proof.product} was made")
            return
        found = self._digests(path)
        altered = Fault(path, f"holds other data than those {proof.product} was made of")
        if not is_image_name(path) and found.data != claim.data:
            yield altered  # a list has no sum of its own by which it could say so
        if path in self._proofs and (fault := self.fault(path)) is not None:
            yield fault
        if path not in self._proofs and path in proof.made:
            self.looked_at.add(path)
        if found.data != claim.data:
            yield altered
        elif claim.rest and found.rest != claim.rest and _same_name(path, claim.name):
            yield Fault(
                path,
                f"has the pixels that {proof.product} was made of, and another header (or other "
                "bytes beside them)",
            )

    def _file(self, proof: Proof, claim: Claim) -> str | None:
        """Find the file of a claim: by its name, and of several, or none, by its data."""
        named = [path for name, path in proof.raw if name == claim.name]
        named += [path for path in proof.made if os.path.basename(path) == claim.name]
        there = [path for path in named if os.path.exists(path)]
        if len(there) == 1:
            return there[0]
        some = there or [path for _, path in proof.raw if os.path.exists(path)]
        alike = (path for path in some if self._digests(path).data == claim.data)
        return next(alike, there[0] if there else None)


def _same_name(path: str, name: str) -> bool:
    """Whether a raw frame is called as it was: one that was packed since holds other bytes."""
    return os.path.basename(path) == os.path.basename(name)


def _own(path: str) -> Iterator[Fault]:
    """Yield what is wrong with a product itself."""
    if not is_image_name(path) or texts_of(path, FAILED) != [""]:
        return
    yield from (Fault(path, flaw) for flaw in flaws_of_file(path))
    with FrameReader(path) as reader:
        reader.digest()


def _digests(path: str) -> Digests:
    if is_image_name(path):
        return digests_of(path)
    try:
        return Digests(content_digest(path), "")
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error
