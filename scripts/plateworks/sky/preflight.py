"""What can be said about solving before a run: whether the engine can search the fields at all."""

from __future__ import annotations

from collections.abc import Iterable

from plateworks.metadata.frame import Frame
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.hints import limits_of, scale_of, scale_untold, widen
from plateworks.sky.usercatalogue import catalogue_digest


def unsearchable(frames: Iterable[Frame], options: SolveOptions) -> list[str]:
    """Say for which fields no engine has anything to search, for instance no index.

    Parameters
    ----------
    frames : iterable of Frame
        The lights that will be solved.
    options : SolveOptions

    Returns
    -------
    list of str
        A sentence for each size of field that cannot be searched; one of unknown scale is judged by
        all that its scale may be.  Before them one for whatever should be searched, and cannot be
        read.

    Raises
    ------
    ConfigError
        If something that the configuration names for the engine is not there, or the catalogue of
        magnitudes cannot serve.
    """
    catalogue_digest(options)
    foreseen = engines.foresee(options)
    said: dict[str, None] = dict.fromkeys(flaw for one in foreseen for flaw in one.flaws())
    for frame in {(f.width, f.height, scale_of(f)): f for f in frames}.values():
        scales = options.scale_low, options.scale_high, options.field_width_deg
        attempts = widen(frame, limits_of(frame.width, *scales))
        attempt = attempts[-1] if scale_of(frame) is None else attempts[0]
        found = [engine.fitting(attempt, (frame.height, frame.width)) for engine in foreseen]
        lacking = [why for why in found if isinstance(why, str)]
        if len(lacking) == len(found):
            said[lacking[0]] = None
    return list(said)


def hard_to_search(frames: Iterable[Frame], options: SolveOptions) -> list[str]:
    """Say which lights are searched at all scales, since nothing tells theirs, and the remedy.

    Parameters
    ----------
    frames : iterable of Frame
        The lights that will be solved.
    options : SolveOptions

    Returns
    -------
    list of str
        A sentence for all that lack the same.
    """
    scales = options.scale_low, options.scale_high, options.field_width_deg
    lacking: dict[str, list[str]] = {}
    for frame in frames:
        if untold := scale_untold(frame, limits_of(frame.width, *scales)):
            lacking.setdefault(untold, []).append(frame.path)
    return [
        f"{paths[0]}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''}: solving may fail, "
        f"since {untold}."
        for untold, paths in lacking.items()
    ]
