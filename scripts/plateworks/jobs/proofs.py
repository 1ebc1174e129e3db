"""Which products of a plan are to be proved, and of what each is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from plateworks.jobs.jobs import Jobs
from plateworks.orders.frames import FrameOrder, files_of
from plateworks.orders.proofs import Proof, ProofOrder
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.records import plain


def order_of_proofs(jobs: Jobs, wildcards: Any) -> dict[str, Any]:
    """Return what the job is told that proves the products of a run, whatever `wildcards` are."""
    return plain(ProofOrder(products=tuple(proofs_of(jobs))))


def proofs_of(jobs: Jobs) -> Iterator[Proof]:
    """Yield all products of a run, each with what it is made of, whether they are there or not."""
    for master in jobs.plan.usable:
        frames = jobs.master(master.path).frames
        yield Proof(product=master.path, raw=_raw(frames), made=_made(frames, files_of(frames)))
    for path, dark in lists_to_make(jobs.plan).items():
        yield Proof(product=path, raw=(), made=(dark,))
    if jobs.plan.settings.cosmetic.from_flats:
        for path, flat in masks_to_make(jobs.plan).items():
            yield Proof(product=path, raw=(), made=(flat,))
    for path in jobs.dark_models.models:
        yield Proof(product=path, raw=(), made=tuple(jobs.dark_models.model(path).files()))
    for path in jobs.dark_models.darks:
        yield Proof(product=path, raw=(), made=(jobs.dark_models.dark(path).model,))
    for planned in jobs.plan.to_calibrate:
        light = jobs.orders.light(planned)
        made = _made([light.frame], files_of([light]))
        yield Proof(product=planned.calibrated, raw=_raw([light.frame]), made=made)
        yield Proof(product=planned.solved, raw=(), made=(), image_of=planned.calibrated)


def _raw(frames: Iterable[FrameOrder]) -> tuple[tuple[str, str], ...]:
    return tuple((frame.named, frame.raw) for frame in frames)


def _made(frames: Iterable[FrameOrder], files: Iterable[str]) -> tuple[str, ...]:
    raw = {frame.raw for frame in frames}
    return tuple(path for path in files if path not in raw)
