"""Gathers the account of a run from its products, which tell what they were made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from plateworks.csvtable import read_rows
from plateworks.errors import PlateworksError
from plateworks.inventory.pathrules import below
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.proofs import proofs_of
from plateworks.metadata.caveats import FAILED, values_of
from plateworks.metadata.frametable import FrameRow, read_frames
from plateworks.metadata.imagenames import is_image_name
from plateworks.orders.proofs import Proof
from plateworks.planning.basis import differing
from plateworks.products.claims import Claim, claims_of
from plateworks.products.headers import content_digest
from plateworks.products.imagefiles import read_image_header
from plateworks.report.account.account import Account, Made, Used, Verdict, software
from plateworks.versions import ALGORITHMS

_LISTS = "hot-pixel list"
_CALIBRATED = "calibrated frame"
_SOLVED = "solved frame"
#: What an account tells of the cards of a product.
_TOLD = ("PWDATA", "IMAGETYP", "RAWDIG", "NAXIS1", "NAXIS2", "PWDIGEST", FAILED)


def account_of(jobs: Jobs, before: Account | None, unchanged: Callable[[str], bool]) -> Account:
    """Return the account of a run, of those products that are there.

    Parameters
    ----------
    jobs : Jobs
    before : Account or None
        The last one.
    unchanged : callable
        Whether a product, by its path, is the file that the last account tells of: it is not read
        again.
    """
    results = jobs.results
    known = {} if before is None else before.products
    products = {}
    for proof in proofs_of(jobs):
        path = proof.product
        name = below(path, [results])
        if name in known and unchanged(path):
            products[name] = known[name]
        elif os.path.exists(path):
            with suppress(PlateworksError, OSError):  # whoever reads it next will say so
                products[name] = _made(proof, results)
    lights = jobs.plan.to_calibrate
    return Account(
        nights=tuple(sorted({light.session for light in lights})),
        software=software(),
        algorithms=ALGORITHMS,
        settings=differing(jobs.plan.settings),
        products=products,
        verdicts={name: one for name, one in _verdicts(jobs) if name in products},
    )


def _made(proof: Proof, results: str) -> Made:
    """Return what a product that is there tells of itself."""
    path = proof.product
    size = os.path.getsize(path)
    if not is_image_name(path):
        used = tuple(_of_claims(proof, claims_of(path), {}, results))
        return Made(kind=_LISTS, data=content_digest(path), recipe="", size=size, used=used)
    # One that tells nothing in a few words, or is broken, is read in full, which says so.
    header = values_of(path, _TOLD) or read_image_header(path)
    data = str(header.get("PWDATA") or "")
    if proof.image_of is not None:
        kind = _SOLVED
        used = (Used(file=below(proof.image_of, [results]), raw=False, data=data),)
    else:
        kind = str(header.get("IMAGETYP") or "").lower()
        kind = kind if "RAWDIG" not in header else _CALIBRATED  # whatever raw frames call theirs
        pixels = int(header.get("NAXIS1") or 0) * int(header.get("NAXIS2") or 0)
        kept = {row.name: _kept(row, pixels) for row in read_frames(path)}
        used = tuple(_of_claims(proof, claims_of(path), kept, results))
    return Made(
        kind=kind,
        data=data,
        recipe=str(header.get("PWDIGEST") or ""),
        size=size,
        used=used,
        failed=str(header[FAILED]) if FAILED in header else None,
    )


def _kept(row: FrameRow, pixels: int) -> float | None:
    """Return the share of the pixels of a frame that are in the master of its table."""
    if not row.used:
        return 0.0
    return 1.0 - row.lost / pixels if row.lost >= 0 and pixels else None


def _of_claims(
    proof: Proof, claims: Iterable[Claim], kept: Mapping[str, float | None], results: str
) -> Iterator[Used]:
    """Yield what a product says of what it was made of, masters by where the plan has them."""
    raw = {name for name, _ in proof.raw}
    places = {os.path.basename(path): below(path, [results]) for path in reversed(proof.made)}
    for claim in claims:
        yield Used(
            file=claim.name if claim.name in raw else places.get(claim.name, claim.name),
            raw=claim.name in raw,
            data=claim.data,
            rest=claim.rest or None,
            kept=kept.get(claim.name),
        )


def _verdicts(jobs: Jobs) -> Iterator[tuple[str, Verdict]]:
    """Yield what is thought of masters and lights, as far as they were judged."""
    results = jobs.results
    with suppress(PlateworksError):  # the conclusion has said it
        for master, verdict in read_rows(f"{results}/report/masters.csv", _judged_master):
            yield below(master, [results]), verdict
    products = {(x.session, Path(x.solved).stem): x.solved for x in jobs.plan.to_calibrate}
    with suppress(PlateworksError):
        for light, verdict in read_rows(f"{results}/report/lights.csv", _judged):
            if light in products:
                yield below(products[light], [results]), verdict


def _judged(row: Mapping[str, str]) -> tuple[tuple[str, str], Verdict]:
    return (row["session"], row["frame"]), _verdict(row)


def _judged_master(row: Mapping[str, str]) -> tuple[str, Verdict]:
    return row["master"], _verdict(row)


def _verdict(row: Mapping[str, str]) -> Verdict:
    return Verdict(verdict=row["verdict"], why=row["why"])
