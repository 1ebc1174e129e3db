"""The plan of a run: a pure function of the headers and the configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from plateworks.digests import digest_of, digest_of_bytes
from plateworks.inventory.duplicates import same_frames
from plateworks.inventory.exclusions import (
    excluded,
    replaced,
    unusable,
    without_excluded,
    worked_on,
)
from plateworks.inventory.grouping import group
from plateworks.inventory.library import as_master, in_library
from plateworks.inventory.pathexposures import with_exposures_of_paths
from plateworks.inventory.pathkinds import with_kinds_of_paths
from plateworks.inventory.pathrules import apply_path_rules
from plateworks.inventory.scan import Inventory, Reject
from plateworks.inventory.sessions import session_finder
from plateworks.inventory.sets import FrameSet, constant_biases
from plateworks.inventory.sources import folders_of, library_sources, raw_sources
from plateworks.matching.candidates import Candidate, Need, master_found, need_finder
from plateworks.matching.maintenance import MaintenanceLog
from plateworks.matching.matcher import Matcher
from plateworks.matching.overrides import Overrides
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.planning.basis import basis_of
from plateworks.planning.batches import batch_lights
from plateworks.planning.foundlists import lists_beside
from plateworks.planning.lights import PlannedLight, name_lights, plan_lights
from plateworks.planning.masters import PlannedMaster, plan_masters
from plateworks.planning.paths import Naming
from plateworks.planning.selection import Selection
from plateworks.planning.unmade import set_aside
from plateworks.planning.unmet import There, empty_sources, unmet
from plateworks.settings.settings import Settings


@dataclass(frozen=True)
class Plan:
    """Everything a run will do, complete before a pixel is read.

    Attributes
    ----------
    settings : Settings
    frames : tuple of Frame
        Raw frames that take part, sorted by path.
    found : tuple of Candidate
        Masters that exist already, in a raw folder or the library.
    sets : tuple of FrameSet
        All sets, lights included.
    masters : tuple of PlannedMaster
        One for each set of calibration frames.
    lights : tuple of PlannedLight
    rejects : tuple of Reject
        Files that take no part, and why.
    matcher : Matcher
        Knows all masters; explains refusals.
    path_facts : mapping
        Path of a frame to the fields that path rules set, with their values.
    lists : mapping
        Path of a dark found to the cosmetic list found for it.
    log : MaintenanceLog
    unselected : int
        Lights that ``dates`` and ``select`` do not take.
    waiting : tuple of str
        Files that may still be written.
    unmet : tuple of str
        What words of the configuration name nothing there is, as sentences.
    others : mapping
        Ending -> how many files beside the frames are not looked at.
    folders : tuple of str
        Those of raw frames and of libraries.
    """

    settings: Settings
    frames: tuple[Frame, ...]
    found: tuple[Candidate, ...]
    sets: tuple[FrameSet, ...]
    masters: tuple[PlannedMaster, ...]
    lights: tuple[PlannedLight, ...]
    rejects: tuple[Reject, ...]
    matcher: Matcher
    path_facts: Mapping[str, Mapping[str, str | bool | int | float]]
    lists: Mapping[str, str]
    log: MaintenanceLog
    unselected: int = 0
    waiting: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    folders: tuple[str, ...] = ()

    @cached_property
    def naming(self) -> Naming:
        """Where products lie."""
        return Naming(self.settings.results, self.settings.names)

    @cached_property
    def session_of(self) -> Callable[[Frame], str]:
        """Name the session of a frame."""
        return session_finder(self.settings.site)

    @cached_property
    def need_of(self) -> Callable[[Frame], Need]:
        """Say what a light or flat frame needs."""
        return need_finder(self.session_of, self.settings.grouping.temperature_step_degC)

    @cached_property
    def to_make(self) -> tuple[PlannedMaster, ...]:
        """The masters that this run makes."""
        return tuple(m for m in self.masters if not m.refused and not m.kept)

    @cached_property
    def usable(self) -> tuple[PlannedMaster, ...]:
        """The masters that this run makes or keeps."""
        return tuple(master for master in self.masters if not master.refused)

    @cached_property
    def to_calibrate(self) -> tuple[PlannedLight, ...]:
        """The lights that are not refused."""
        return tuple(light for light in self.lights if not light.refused)

    @property
    def all_set_aside(self) -> bool:
        """Whether no file of a raw folder takes part, and there are files that might."""
        library = library_sources(self.settings.library)
        aside = any(not in_library(reject.path, library) for reject in self.rejects)
        used = any(not in_library(master.path, library) for master in self.found)
        return aside and not used and not self.frames

    @cached_property
    def batches(self) -> dict[str, list[PlannedLight]]:
        """The lights to calibrate, by batch."""
        return batch_lights(self.to_calibrate, self.settings.frames_per_job)

    @cached_property
    def basis(self) -> dict[str, Any]:
        """The settings that its tables and its page depend on."""
        return basis_of(self.settings)

    @cached_property
    def digest(self) -> str:
        """A text that changes whenever the plan's tables might."""
        return digest_of(
            settings=self.basis,
            frames=_digest_of_frames(self.frames),
            rejects=self.rejects,
            found=self.found,
            changes=self.log.changes,
            mistakes=self.log.mistakes,
            lists=self.lists,
            others=self.others,
            waiting=self.waiting,
        )


def _digest_of_frames(frames: Sequence[Frame]) -> str:
    """Return a digest of very many frames: field by field, which takes a third of the time."""
    columns = {one.name: [getattr(frame, one.name) for frame in frames] for one in fields(Frame)}
    known = {k: column for k, column in columns.items() if any(v not in (None, ()) for v in column)}
    return digest_of_bytes(json.dumps(known, sort_keys=True).encode())


def build_plan(
    inventory: Inventory,
    settings: Settings,
    log: MaintenanceLog | None = None,
    exists: Callable[[str], bool] = lambda path: False,
) -> Plan:
    """Plan the run of `inventory`.

    Parameters
    ----------
    inventory : Inventory
    settings : Settings
    log : MaintenanceLog, optional
    exists : function
        Whether a product is there already; asked only where masters are frozen.
    """
    log = log or MaintenanceLog()
    captured = settings.capture.raw_dir
    raw = raw_sources(settings.raw, captured)
    library = library_sources(settings.library)
    folders = folders_of((*raw, *library))
    rejects = list(inventory.rejects)
    frames: list[Frame] = []
    found: list[Candidate] = []
    masters_there: list[str] = []
    step, level = settings.grouping.temperature_step_degC, settings.masters.bias_level
    session_of = session_finder(settings.site)
    need_of = need_finder(session_of, step)
    same = same_frames(inventory.frames, inventory.digests, lambda path: in_library(path, library))
    rejects += [Reject(path, reason) for path, reason in same.items()]
    once = [frame for frame in inventory.frames if frame.path not in same]
    ruled, path_facts = apply_path_rules(once, settings.path_rules, folders)
    if settings.infer_kind:
        ruled, kinds = with_kinds_of_paths(ruled, folders)
        ruled, exposures = with_exposures_of_paths(ruled, folders)
        for name, inferred in (("kind", kinds), ("exposure", exposures)):
            for path, value in inferred.items():
                path_facts[path] = {**path_facts.get(path, {}), name: value}
    told = {path for path, news in path_facts.items() if "done" in news}
    worked = {} if settings.calibrate.allow_uncalibrated else worked_on(ruled, told)
    complete_partly = settings.calibrate.complete_partly
    for frame in ruled:
        # Lights may lie among the masters, where all stands in one folder.
        named = frame.kind == "light" and in_library(frame.path, raw)
        if in_library(frame.path, library) and not named:
            frame = as_master(frame)
        if frame.is_master:
            masters_there.append(frame.path)
        why = replaced(frame, level) or excluded(frame, folders, settings.exclude)
        why = why or unusable(frame, complete_partly=complete_partly) or worked.get(frame.path, "")
        if why:
            rejects.append(Reject(frame.path, why))
        elif frame.is_master:
            found.append(master_found(frame, step, session_of(frame)))
        else:
            frames.append(frame)
    naming = Naming(settings.results, settings.names)
    grouped = group(
        frames,
        session_of,
        settings.grouping,
        exposure_tolerance=settings.matching.exposure_tolerance,
        rotator_tolerance=settings.matching.rotator_tolerance_deg,
    )
    sets, left = without_excluded(grouped, settings.exclude, naming.master)
    frames = [frame for frame in frames if frame.path not in left]
    rejects += [Reject(path, why) for path, why in left.items()]
    calibration = [one for one in sets if one.key.kind != "light"]
    calibration += [] if level is None else constant_biases(sets, level)
    known = {frame.path: frame for frame in ruled}
    aside = [reject for reject in rejects if reject.path not in same]
    aside += [Reject(path, "it may still be being written") for path in inventory.waiting]
    absent = set_aside(aside, known, folders, session_of, step)
    masters, matcher, left_out = plan_masters(
        calibration, found, need_of, naming, settings.matching, settings.masters, log, absent
    )
    if settings.masters.freeze:
        masters = [replace(m, kept=not m.refused and exists(m.path)) for m in masters]
    overrides = Overrides(settings.overrides, matcher.masters)
    of_lights = [one for one in sets if one.key.kind == "light"]
    names = name_lights(of_lights)
    selection = Selection(settings.select, settings.dates)
    selected = selection.of_lights(of_lights)
    lights = plan_lights(
        selected,
        names,
        matcher,
        overrides,
        doubts={m.path: m.doubt for m in masters if m.doubt is not None and not m.refused},
        need_of=need_of,
        folders=folders_of(raw),
        naming=naming,
        matching=settings.matching,
        calibrate=settings.calibrate,
    )
    if selection:
        masters = selection.of_masters(masters, lights)
        kept = {master.source.key for master in masters}
        sets = [one for one in sets if one.key in kept] + selected
        sets.sort(key=lambda one: one.id)
        frames = sorted((f for one in sets for f in one.frames), key=lambda frame: frame.path)
    there = There(inventory, folders, grouped, masters_there, naming.master)
    darks = [master for master in found if KINDS[master.kind].thermal]
    return Plan(
        settings=settings,
        frames=tuple(frames),
        found=tuple(found),
        sets=tuple(sets),
        masters=tuple(masters),
        lights=tuple(lights),
        rejects=tuple(selection.of_rejects(sorted(rejects + left_out), frames)),
        matcher=matcher,
        path_facts=path_facts,
        lists=lists_beside(darks, inventory.lists, library, naming.is_product),
        log=log,
        unselected=len(names) - len(lights),
        waiting=inventory.waiting,
        unmet=(
            *unmet(settings, there),
            *empty_sources((s for s in raw if s.folder != captured), inventory, "raw"),
            *empty_sources(library, inventory, "library"),
        ),
        others=inventory.others,
        folders=tuple(folders),
    )
