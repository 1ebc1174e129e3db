"""The plan of a run: a pure function of the headers and the configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from plateworks.digests import digest_of
from plateworks.inventory.exclusions import without_excluded
from plateworks.inventory.given import Given, given
from plateworks.inventory.grouping import group
from plateworks.inventory.profiles import NONE, ProfileFinder
from plateworks.inventory.scan import Inventory, Reject
from plateworks.inventory.sessions import session_finder
from plateworks.inventory.sets import FrameSet, constant_biases
from plateworks.inventory.sources import folders_of
from plateworks.ledger.entry import Entry
from plateworks.matching.candidates import Candidate, Need, need_finder
from plateworks.matching.maintenance import MaintenanceLog
from plateworks.matching.matcher import Matcher
from plateworks.matching.overrides import Overrides
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.planning.admission import admit, masters_of_others, with_masters_by_name
from plateworks.planning.amplifiergains import NO_GAINS, GainPlan, with_measured_gains
from plateworks.planning.basis import basis_of, digest_of_frames
from plateworks.planning.batches import batch_lights
from plateworks.planning.expiring import Ending
from plateworks.planning.foundlists import lists_beside
from plateworks.planning.lights import PlannedLight, name_lights, plan_lights
from plateworks.planning.masters import PlannedMaster, plan_masters
from plateworks.planning.modeldarks import DarkModels
from plateworks.planning.neighbours import Neighbours
from plateworks.planning.ours import dark_of_list
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
    given : Given
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
    profile_facts : mapping
        The same, of fields that profiles told.
    profiles : ProfileFinder
    lists : mapping
        Path of a dark found to the cosmetic list found for it.
    log : MaintenanceLog
    unselected : int
        Lights that ``dates`` and ``select`` do not take.
    unmet : tuple of str
        What words of the configuration name nothing there is, as sentences.
    others : mapping
        Ending -> how many files beside the frames are not looked at.
    waiting, followed, folders : tuple of str
        Files that may still be written; links to folders not reached without them; all folders.
    contents : mapping
        Path of a frame to what it is told by, wherever it lies.
    unread : tuple of Reject
        Files and folders that could not be read, and may be another time.
    shared : mapping
        Path of a calibrated frame to the batch that it was made in.
    models : DarkModels or None
        Of the dark, where they are asked for.
    gains : GainPlan
        Which gains of amplifiers are measured, by which frames.
    due : mapping
        Path of a master to when and why it expires, where that is soon after the last light.
    """

    settings: Settings
    given: Given
    frames: tuple[Frame, ...]
    found: tuple[Candidate, ...]
    sets: tuple[FrameSet, ...]
    masters: tuple[PlannedMaster, ...]
    lights: tuple[PlannedLight, ...]
    rejects: tuple[Reject, ...]
    matcher: Matcher
    path_facts: Mapping[str, Mapping[str, str | bool | int | float]]
    profile_facts: Mapping[str, Mapping[str, str | int | float]]
    profiles: ProfileFinder
    lists: Mapping[str, str]
    log: MaintenanceLog
    unselected: int = 0
    waiting: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    others: Mapping[str, int] = field(default_factory=dict)
    followed: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    contents: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Reject, ...] = ()
    shared: Mapping[str, str] = field(default_factory=dict)
    models: DarkModels | None = None
    gains: GainPlan = NO_GAINS
    due: Mapping[str, Ending] = field(default_factory=dict)

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
    def neighbours(self) -> Neighbours:
        """Tell what headers leave out that others of the same camera say."""
        return Neighbours(self.sets)

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
        in_library = self.given.in_library
        aside = any(not in_library(one.path) for one in (*self.rejects, *self.unread))
        used = any(not in_library(master.path) for master in self.found)
        return aside and not used and not self.frames

    @cached_property
    def batches(self) -> dict[str, list[PlannedLight]]:
        """The lights to calibrate, by batch."""
        return batch_lights(self.to_calibrate, self.settings.frames_per_job, self.shared)

    @cached_property
    def basis(self) -> dict[str, Any]:
        """The settings that its tables and its page depend on."""
        return basis_of(self.settings)

    @cached_property
    def digest(self) -> str:
        """A text that changes whenever the plan's tables might."""
        return digest_of(
            settings=self.basis,
            frames=digest_of_frames(self.frames),
            rejects=self.rejects,
            found=(*self.found, *(self.models.there if self.models is not None else ())),
            changes=self.log.changes,
            mistakes=self.log.mistakes,
            lists=self.lists,
            others=self.others,
            followed=self.followed,
            waiting=self.waiting,
            unread=self.unread,
            due=self.due,
            words=[one.word for one in self.matcher.masters if one.word is not None],
        )


def build_plan(
    inventory: Inventory,
    settings: Settings,
    log: MaintenanceLog | None = None,
    exists: Callable[[str], bool] = lambda path: False,
    words: Mapping[str, Entry] | None = None,
    profiles: ProfileFinder = NONE,
) -> Plan:
    """Plan the run of `inventory`.

    Parameters
    ----------
    inventory : Inventory
    settings : Settings
    log : MaintenanceLog, optional
    exists : function
        Whether a product is there already; asked only where masters are frozen.
    words : mapping, optional
        Full path of a master to the word in force on it.
    profiles : ProfileFinder
    """
    log = log or MaintenanceLog()
    meant = given(settings)
    folders = folders_of(meant.all)
    step, level = settings.grouping.temperature_step_degC, settings.masters.bias_level
    session_of = session_finder(settings.site)
    need_of = need_finder(session_of, step)
    admitted = admit(inventory, settings, meant, folders, profiles)
    naming = Naming(settings.results, settings.names)
    grouped = group(
        admitted.frames,
        session_of,
        settings.grouping,
        exposure_tolerance=settings.matching.exposure_tolerance,
        rotator_tolerance=settings.matching.rotator_tolerance_deg,
        min_frames=settings.masters.min_frames,
    )
    sets, left = without_excluded(grouped, settings.exclude, naming.master)
    rejects = [*admitted.rejects, *(Reject(path, why) for path, why in left.items())]
    sets, among_frames = with_masters_by_name(sets, naming.master, meant.was_found)
    frozen = exists if settings.masters.freeze else lambda path: False
    there = [*admitted.masters, *among_frames]
    sets, gains = with_measured_gains(sets, there, settings.calibrate, naming, session_of, frozen)
    calibration = [one for one in sets if one.key.kind != "light"]
    least = settings.masters.min_frames
    own = {os.path.abspath(naming.master(one)) for one in calibration if len(one.frames) >= least}
    found = masters_of_others(there, own, meant, step, session_of)
    calibration += [] if level is None else constant_biases(sets, level)
    aside = [reject for reject in rejects if reject.path not in admitted.copies]
    aside += [Reject(path, "it may still be being written") for path in inventory.waiting]
    absent = set_aside(aside, admitted.known, folders, session_of, step)
    masters, matcher, left_out = plan_masters(
        calibration, found, need_of, naming, settings.matching, settings.masters, log, absent, words
    )
    masters = [replace(m, kept=not m.refused and frozen(m.path)) for m in masters]
    overrides = Overrides(settings.overrides, matcher.masters, settings.by_hand.entry(meant.single))
    of_lights = [one for one in sets if one.key.kind == "light"]
    names = name_lights(of_lights)
    selection = Selection(settings.select, settings.dates)
    selected = selection.of_lights(of_lights)
    models = None
    if settings.masters.dark_model:
        needs = (need_of(frame) for one in selected for frame in one.frames)
        models = DarkModels(matcher, naming, needs, admitted.models_found(step, session_of, words))
    doubts = {m.path: m.doubt for m in masters if m.doubt is not None and not m.refused}
    lights = plan_lights(
        selected, names, matcher, overrides, doubts=doubts, need_of=need_of,
        folders=folders_of(meant.raw), naming=naming, matching=settings.matching,
        calibrate=settings.calibrate, models=models,
    )  # fmt: skip
    if selection:
        masters = selection.of_masters(masters, lights)
        kept = {master.source.key for master in masters}
        sets = sorted((*selected, *(s for s in sets if s.key in kept)), key=lambda one: one.id)
    frames = sorted((f for one in sets for f in one.frames), key=lambda frame: frame.path)
    known = There(inventory, folders, grouped, admitted.masters_there, naming.master)
    named = meant.single.get("dark")
    darks = [one for one in found if KINDS[one.kind].thermal and one.path != named]
    empty = empty_sources(meant.all, inventory, but=settings.capture.raw_dir)
    return Plan(
        settings=settings,
        given=meant,
        frames=tuple(frames),
        found=tuple(found),
        sets=tuple(sets),
        masters=tuple(masters),
        lights=tuple(lights),
        rejects=tuple(selection.of_rejects(sorted(rejects + left_out), frames)),
        matcher=matcher,
        path_facts=admitted.path_facts,
        profile_facts=admitted.profile_facts,
        profiles=profiles,
        lists=lists_beside(darks, inventory.lists, meant.library, naming.is_product, dark_of_list),
        log=log,
        unselected=len(names) - len(lights),
        waiting=inventory.waiting,
        unmet=(*unmet(settings, known), *empty),
        others=inventory.others,
        followed=inventory.followed,
        folders=tuple(folders),
        contents=inventory.contents,
        unread=admitted.unread,
        models=models,
        gains=gains,
    )
