"""Dividing frames into sets: by what they share to the letter, then by what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from plateworks.inventory import clusters
from plateworks.inventory.clusters import roundest
from plateworks.inventory.filters import filter_identity
from plateworks.inventory.sets import (
    FrameSet,
    SetKey,
    kind_of,
    mean_time,
    set_point,
    setup_of,
    stepped_temperature,
    temperature_of,
)
from plateworks.inventory.tokens import identity, slug
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.settings.grouping import Grouping


def key_of(frame: Frame, session: str, options: Grouping) -> SetKey:
    """Return what frames of a set share to the letter; measured values are grouped afterwards.

    Parameters
    ----------
    frame : Frame
        With a known kind.
    session : str
        The night of the frame.
    options : Grouping
    """
    kind = kind_of(frame)
    filtered = KINDS[kind].filtered
    heat = kind != "flat" or options.flats_by_temperature
    nightly = kind == "light" or kind in options.by_session
    # Without a serial number, two cameras of one model are told apart by what they are behind.
    elsewhere = kind == "flat" or (kind != "light" and frame.serial is None)
    return SetKey(
        kind=kind,
        setup=setup_of(frame),
        temperature=set_point(frame, options.temperature_step_degC) if heat else None,
        filter=filter_identity(frame.filter) if filtered else None,
        telescope=identity(frame.telescope) if elsewhere else None,
        session=session if nightly else None,
        done=frame.done,
    )


def group(
    frames: Iterable[Frame],
    session_of: Callable[[Frame], str],
    options: Grouping,
    *,
    exposure_tolerance: float,
    rotator_tolerance: float,
    min_frames: int = 1,
) -> list[FrameSet]:
    """Group `frames`, all of known kind, into sets sorted by their id.

    Parameters
    ----------
    frames : iterable of Frame
    session_of : function
        Names the session of a frame.
    options : Grouping
    exposure_tolerance : float
        ``matching.exposure_tolerance``, relative.
    rotator_tolerance : float
        ``matching.rotator_tolerance_deg``.
    min_frames : int
        ``masters.min_frames``: bias frames, which warmth moves little, are of a set with those of
        neighbouring temperatures where they would be too few.
    """
    exactly: dict[SetKey, list[Frame]] = {}
    for frame in frames:
        exactly.setdefault(key_of(frame, session_of(frame), options), []).append(frame)
    members: dict[SetKey, list[Frame]] = {}
    for key, found in exactly.items():
        for frame, measured in _measured(
            key, found, options, exposure_tolerance, rotator_tolerance, min_frames
        ):
            members.setdefault(measured, []).append(frame)
    joined = _join_series(members, options.series_gap_h / 24.0)
    step = options.temperature_step_degC
    sets = [
        FrameSet(key, tuple(found), mean_time(found), temperature=_measured_mean(key, found, step))
        for key, found in joined.items()
    ]
    return sorted(_told_apart(sets), key=lambda one: one.id)


def _measured(
    key: SetKey,
    frames: Sequence[Frame],
    options: Grouping,
    exposure_tolerance: float,
    rotator_tolerance: float,
    min_frames: int,
) -> Iterator[tuple[Frame, SetKey]]:
    """Yield each frame with the key that its measured values complete."""
    step = options.temperature_step_degC
    if key.kind == "light":  # which of them share a job depends on no other frame
        for frame in frames:
            shutter = frame.exposure
            meant = None if shutter is None else roundest(shutter, shutter, exposure_tolerance)
            yield frame, replace(key, exposure=meant, temperature=stepped_temperature(frame, step))
        return
    warm = key.temperature is None and (key.kind != "flat" or options.flats_by_temperature)
    optics = key.kind == "flat"
    times = _known(frames, "exposure") if KINDS[key.kind].exposed else []
    degrees = _known(frames, "temp") if warm else []
    turned = _known(frames, "rotator") if optics else []
    lengths = _known(frames, "focal_length") if optics else []
    seconds = clusters.exposures(times, exposure_tolerance)
    celsius = clusters.temperatures(degrees, step, min_frames if key.kind == "bias" else 1)
    angles = clusters.angles(turned, rotator_tolerance)
    optical = clusters.focal_lengths(lengths)
    for frame in frames:
        yield (
            frame,
            replace(
                key,
                exposure=seconds.get(_at(frame.exposure)),
                temperature=celsius.get(_at(frame.temp), key.temperature),
                rotator=angles.get(_at(frame.rotator)),
                focal_length=optical.get(_at(frame.focal_length)),
            ),
        )


def _at(value: float | None) -> float:
    return math.nan if value is None else value


def _known(frames: Iterable[Frame], name: str) -> list[float]:
    return [value for frame in frames if (value := getattr(frame, name)) is not None]


def _measured_mean(key: SetKey, frames: Iterable[Frame], step: float) -> float | None:
    if key.temperature is None:
        return None
    known = [one for frame in frames if (one := temperature_of(frame, step)) is not None]
    return round(math.fsum(known) / len(known), 1) + 0.0 if known else None


def _told_apart(sets: Iterable[FrameSet]) -> Iterator[FrameSet]:
    """Mark the later of the sets whose names are the same though their keys are not.

    The earliest keeps its plain name, so frames that are taken later rename none of its products.
    """
    taken: dict[str, SetKey] = {}
    for one in sorted(sets, key=lambda one: (one.mjd or 0.0, one.digest)):
        if one.id in taken:
            told = replace(one, mark=_difference(one.key, taken[one.id]))
            known = told.mark and told.id not in taken
            one = told if known else replace(one, mark=f"-{one.digest}")
        taken[one.id] = one.key
        yield one


def _difference(key: SetKey, other: SetKey) -> str:
    """Say in what a set differs from another of the same name, as the end of a name."""
    pairs = zip(_words(key), _words(other), strict=True)
    return "".join(f"-{slug(mine)}" for mine, others in pairs if mine and mine != others)


def _words(key: SetKey) -> tuple[str | None, ...]:
    """Return what is known of a set and is not in its name, short and plain."""
    length = None if key.focal_length is None else f"{key.focal_length:.0f}mm"
    done = None if key.done is None else f"without-{key.done}"
    return key.telescope, length, key.setup.row_order, key.setup.bayer, done


def _join_series(
    members: Mapping[SetKey, list[Frame]], gap_days: float
) -> dict[SetKey, list[Frame]]:
    """Join the bias frames and darks of consecutive sessions where a series went on over noon.

    Unlike lights and flats they are often taken by day.  A series belongs to the session in which
    it began.  The frames of a set come out in order of time.
    """
    joined: dict[SetKey, list[Frame]] = {}
    by_day: dict[SetKey, list[tuple[Frame, SetKey]]] = {}  # key without session -> frames
    for key, found in members.items():
        if key.kind in ("bias", "dark") and key.session is not None:
            frames = by_day.setdefault(replace(key, session=None), [])
            frames += ((frame, key) for frame in found)
        else:
            joined[key] = sorted(found, key=_time)
    for frames in by_day.values():
        began: SetKey  # of the series that goes on
        last: float | None = None
        for frame, key in sorted(frames, key=lambda one: _time(one[0])):
            if last is None or frame.mjd is None or frame.mjd - last > gap_days:
                began = key
            last = frame.mjd
            joined.setdefault(began, []).append(frame)
    return joined


def _time(frame: Frame) -> tuple[float, str]:
    return frame.mjd or 0.0, frame.path
