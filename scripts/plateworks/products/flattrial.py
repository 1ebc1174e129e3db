"""The best flat of a session, found by trial: previews, scores, and the choice."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.csvtable import not_ours, read_rows, write_table
from plateworks.errors import FrameError, PlateworksError, TroubleError
from plateworks.metadata.caveats import PASSING
from plateworks.metadata.normalise import read_frame
from plateworks.orders.lights import LightOrder
from plateworks.orders.trials import TrialOrder
from plateworks.pixels.flatrank import flat_preview, light_preview, session_preview, trial
from plateworks.products.buffers import Buffers, Loan
from plateworks.products.cells import cell_of
from plateworks.products.facts import CameraFacts
from plateworks.products.framesteps import FrameContext
from plateworks.products.gainfile import with_gains
from plateworks.products.headers import put, stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.inputs import Inputs
from plateworks.products.pictures import write_picture
from plateworks.products.rawframes import frame_of, open_raw
from plateworks.products.recipe import TRIAL_FRAME
from plateworks.products.steps import follow
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)


def preview_lights(order: TrialOrder, output: str) -> None:
    """Write the preview of a session: its lights without dark, reduced, without stars, combined.

    It goes without those that cannot be read.  Where that may pass, it says so, and the next run
    makes it anew.

    Parameters
    ----------
    order : TrialOrder
    output : str
        The FITS file to write; a picture of it lies beside it.

    Raises
    ------
    PlateworksError
        If none of the lights can be read.
    """
    inputs, buffers, previews, passing = Inputs(), Buffers(), [], False
    for frame in map(with_gains, order.frames):
        with Loan(buffers) as loan:
            try:
                with open_raw(frame) as reader:
                    raw = reader.read(loan.take(reader.shape, reader.dtype))
                known = frame_of(frame)
            except (FrameError, TroubleError) as error:
                _log.warning("left out: %s", error)
                passing |= isinstance(error, TroubleError)
                continue
            facts = CameraFacts(1.0, 0.0, None, cell_of(known))
            context = FrameContext(frame, inputs, facts, order.repair, known.row_order)
            image = follow(TRIAL_FRAME, Image(raw, fits.Header()), context, loan)
            previews.append(light_preview(facts.cell.merged(image.data)))
    if not previews:
        raise PlateworksError(f"None of the lights of {output} can be read; the log names them.")
    cards = {"NCOMBINE": len(previews), PASSING: passing or None}
    _write(output, session_preview(previews), cards)


def preview_flat(flat: str, output: str) -> None:
    """Write the preview of a master flat: reduced, with a median of 5000."""
    pixels = cell_of(read_frame(flat)).merged(Inputs().master(flat).pixels)
    _write(output, flat_preview(pixels), {"FLATFILE": Path(flat).name})


def rank_flats(light: str, flats: Mapping[str, str], scores: str, folder: str) -> None:
    """Try every flat on a session.

    Where a trial cannot be judged (no sky above zero, as in narrow bands, or a frame too small),
    the flats keep the order they come in.

    Parameters
    ----------
    light : str
        Preview of the session.
    flats : mapping
        Path of a master flat to its preview, in the order of preference without a trial.
    scores : str
        The CSV file to write: flat, score, rank; the lowest score is the best.
    folder : str
        Where the trials go, as FITS with the ending of `light`, and as pictures.
    """
    session = read_image(light).data
    order, trials = list(flats), {}
    try:
        trials = {path: trial(session, read_image(preview).data) for path, preview in flats.items()}
        order.sort(key=lambda path: trials[path].score)
    except ValueError as error:
        _log.warning("%s: the flats cannot be tried: %s", light, error)
    Path(folder).mkdir(parents=True, exist_ok=True)
    for rank, path in enumerate(order, 1):
        if path in trials:
            name = f"{Path(path).stem}{'_best' if rank == 1 else ''}{Path(light).suffix}"
            cards = {"FLATFILE": Path(path).name, "SCORE": trials[path].score, "RANK": rank}
            spread = trials[order[0]].score
            _write(str(Path(folder, name)), trials[path].image, cards, spread)
    written = {path: f"{one.score:.6g}" for path, one in trials.items()}
    rows = ((path, written.get(path, ""), rank) for rank, path in enumerate(order, 1))
    write_table(scores, ["flat", "score", "rank"], rows)


def choose_flat(order: LightOrder) -> LightOrder:
    """Return the order of a light with the best flat of its trial in the slot."""
    if order.trial is None:
        return order
    scores, candidates = order.trial.scores, order.trial.candidates
    ranked = dict(read_rows(scores, lambda row: (row["flat"], (int(row["rank"]), row["score"]))))
    if lacking := [one.path for one in candidates if one.path not in ranked]:
        raise not_ours(scores, f"it has no row of {lacking[0]}")
    best = min(candidates, key=lambda candidate: ranked[candidate.path])
    _, score = ranked[best.path]
    text = f"best of {len(candidates)} by trial, score {score}" if score else "no trial possible"
    match = replace(best.match, reason=f"{text}; {best.match.reason}")
    return replace(order, flat=replace(best, match=match), trial=None)


def _write(
    output: str, pixels: np.ndarray, cards: Mapping[str, Any], spread: float | None = None
) -> None:
    """Write a preview as FITS, and beside it as a picture."""
    header = fits.Header()
    for keyword, value in cards.items():
        put(header, keyword, value)
    stamp(header, "preview", ALGORITHMS["flatrank"])
    write_image(output, Image(pixels, header))
    limits: Sequence[float] | None = None if spread is None else (-4 * spread, 4 * spread)
    write_picture(str(Path(output).with_suffix(".png")), pixels, limits)
