"""Which files take part in a plan: as raw frames, as masters, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from plateworks.inventory.duplicates import same_frames
from plateworks.inventory.exclusions import excluded, replaced, unusable, worked_on
from plateworks.inventory.given import Given
from plateworks.inventory.localtimes import with_times_in_utc
from plateworks.inventory.pathexposures import with_exposures_of_paths
from plateworks.inventory.pathkinds import with_kinds_of_paths
from plateworks.inventory.pathrules import apply_path_rules
from plateworks.inventory.profiles import ProfileFinder
from plateworks.inventory.scan import Inventory, Reject
from plateworks.inventory.sets import FrameSet, mean_time
from plateworks.ledger.entry import Entry
from plateworks.matching.candidates import Candidate, master_found
from plateworks.matching.vouching import with_word
from plateworks.metadata.assembled import as_stored, assembled, why_not_stored
from plateworks.metadata.frame import Frame
from plateworks.settings.settings import Settings

_OF_A_MODEL = (
    "it is a dark that a model of the dark made for the lights of one run; other runs make theirs "
    "of the model itself (model.fits beside it, with masters.dark_model: true), and take this file "
    "only where by_hand.dark names it"
)


@dataclass(frozen=True)
class Admitted:
    """The files of a scan, told apart.

    Attributes
    ----------
    frames, masters : list of Frame
        Those that take part.
    rejects : list of Reject
    path_facts : dict
        Path of a frame to the fields that its path told, or that it was named by.
    profile_facts : dict
        Path of a frame to the fields that the profiles of its camera and site told.
    models : list of Frame
        Models of the dark that serve.
    masters_there : list of str
        The paths of all masters, and models, also of those that are left out.
    known : dict
        Path to every frame that was read and is no copy, and to what files that are cut short were.
    copies : dict
        Path to the reason why a frame is a copy of another.
    unread : tuple of Reject
        Files and folders that could not be read, and that nothing leaves out.
    """

    frames: list[Frame]
    masters: list[Frame]
    models: list[Frame]
    rejects: list[Reject]
    path_facts: dict[str, dict[str, Any]]
    profile_facts: dict[str, dict[str, Any]]
    masters_there: list[str]
    known: dict[str, Frame]
    copies: dict[str, str]
    unread: tuple[Reject, ...] = ()

    def models_found(
        self, step: float, session_of: Callable[[Frame], str], words: Mapping[str, Entry] | None
    ) -> list[tuple[Candidate, str]]:
        """Return each model of the dark as a dark of its setup, and what it tells of its darks.

        Parameters
        ----------
        step : float
            Degrees C, ``grouping.temperature_step_degC``.
        session_of : function
            Names the session of a frame.
        words : mapping or None
            What ledgers say, by full paths.
        """
        darks = (replace(frame, kind="dark", is_master=True) for frame in self.models)
        found = ((master_found(one, step, session_of(one)), one.model or "") for one in darks)
        return [(with_word(like, words or {}), told) for like, told in found]


def admit(
    inventory: Inventory,
    settings: Settings,
    meant: Given,
    folders: Sequence[str],
    profiles: ProfileFinder,
) -> Admitted:
    """Tell what the files of a scan are, and which take part.

    Parameters
    ----------
    inventory : Inventory
    settings : Settings
    meant : Given
        The sources of the scan.
    folders : sequence of str
        Those that paths are counted from.
    profiles : ProfileFinder
    """
    same = same_frames(inventory.frames, inventory.digests, meant.in_library)
    rejects = [*inventory.rejects, *(Reject(path, why) for path, why in same.items())]
    there = [frame for frame in inventory.frames if frame.path not in same]
    # A dark that is made of a model serves the run that made it, or who names it.
    strange = [f for f in there if f.model == "" and not meant.named(f)]
    rejects += [Reject(f.path, _OF_A_MODEL) for f in strange]
    once = [f for f in there if f.model is None or (f.model == "" and meant.named(f))]
    named = {frame.path: kind for frame in once if (kind := meant.named(frame))}
    once = [meant.as_named(f, named[f.path]) if f.path in named else f for f in once]
    ruled, path_facts = apply_path_rules(once, settings.path_rules, folders)
    inferred: dict[str, dict[str, Any]] = {"kind": named}
    told = {*named, *(path for path, news in path_facts.items() if "done" in news)}
    if settings.infer_kind:
        ruled, kinds = with_kinds_of_paths(ruled, list(folders))
        ruled, inferred["exposure"] = with_exposures_of_paths(ruled, folders)
        inferred["kind"] = named | kinds
    for name, values in inferred.items():
        for path, value in values.items():
            path_facts[path] = {**path_facts.get(path, {}), name: value}
    profile_facts: dict[str, dict[str, Any]] = {}
    if profiles:
        ruled, profile_facts = profiles.apply(ruled)
    ruled, times = with_times_in_utc(ruled, settings.site)
    for path, mjd in times.items():
        path_facts[path] = {**path_facts.get(path, {}), "mjd": mjd}
    stored = settings.calibrate.overscan == "off"
    ruled = [one if one.readout is None else _as_used(one, meant, stored) for one in ruled]
    worked = {} if settings.calibrate.allow_uncalibrated else worked_on(ruled, told)
    named_bias = settings.by_hand.bias is not None
    cut = (frame for frame in inventory.cut if frame.kind is not None)
    known = {frame.path: frame for frame in (*cut, *ruled)}
    leaves_out = partial(excluded, folders=list(folders), exclude=settings.exclude)
    unread = tuple(one for one in inventory.unread if not leaves_out(one.path))
    models = {one.path: one for one in there if one.model}
    left = {path: why for path in models if (why := leaves_out(path, is_master=True))}
    rejects += [Reject(path, why) for path, why in left.items()]
    used = [one for path, one in models.items() if path not in left]
    found = Admitted(
        [], [], used, rejects, path_facts, profile_facts, [*models], known, same, unread
    )
    for frame in ruled:
        frame = frame if frame.path in named else meant.as_placed(frame)
        if meant.is_spare(frame):
            continue
        if frame.is_master:
            found.masters_there.append(frame.path)
        why = replaced(frame, settings.masters.bias_level)
        if named_bias and frame.kind == "bias" and frame.path not in named:
            why = why or "the config key by_hand.bias takes its place"
        why = why or leaves_out(frame.path, is_master=frame.is_master)
        why = why or profiles.why_unplaced(frame)
        why = why or unusable(frame, complete_partly=settings.calibrate.complete_partly)
        why = why or worked.get(frame.path, "")
        why = why or (why_not_stored(frame) if stored or frame.is_master else "")
        if why:
            rejects.append(Reject(frame.path, why))
        else:
            (found.masters if frame.is_master else found.frames).append(frame)
    return found


def _as_used(frame: Frame, meant: Given, stored: bool) -> Frame:
    """Return a frame of amplifiers as its pixels are used: masters as they are stored."""
    is_master = frame.is_master or meant.as_placed(frame).is_master
    return as_stored(frame) if stored or is_master else assembled(frame)


def masters_of_others(
    masters: Iterable[Frame],
    own: Collection[str],
    meant: Given,
    step: float,
    session_of: Callable[[Frame], str],
) -> list[Candidate]:
    """Return the masters that exist, but for those that this run makes itself.

    These are no masters of others, unless their owner says so.

    Parameters
    ----------
    masters : iterable of Frame
    own : collection of str
        Full paths of what this run makes.
    meant : Given
    step : float
        Degrees C, ``grouping.temperature_step_degC``.
    session_of : function
        Names the session of a frame.
    """
    return [
        master_found(frame, step, session_of(frame))
        for frame in masters
        if os.path.abspath(frame.path) not in own or not meant.was_found(frame.path)
    ]


def with_masters_by_name(
    sets: Iterable[FrameSet],
    product_of: Callable[[FrameSet], str],
    was_found: Callable[[str], bool],
) -> tuple[list[FrameSet], list[Frame]]:
    """Take for a master what lies among raw frames under the very name of the master of its set.

    That is how masters of programs go whose headers do not tell: ``dark120s.fit`` in the folder of
    the flats.

    Parameters
    ----------
    sets : iterable of FrameSet
    product_of : function
        Returns the path of the master that a set becomes.
    was_found : function
        Whether a file was looked for; one that is named as a raw frame is one.

    Returns
    -------
    sets : list of FrameSet
        Without them.
    masters : list of Frame
    """
    kept: list[FrameSet] = []
    masters: list[Frame] = []
    for one in sets:
        name = "" if one.key.kind == "light" else os.path.basename(product_of(one)).casefold()
        alike = (f for f in one.frames if os.path.basename(f.path).casefold() == name)
        own = [frame for frame in alike if was_found(frame.path)]
        if own:
            masters += (replace(frame, is_master=True) for frame in own)
            frames = tuple(frame for frame in one.frames if frame not in own)
            one = replace(one, frames=frames, mjd=mean_time(frames) if frames else None)
        if one.frames:
            kept.append(one)
    return kept, masters
