"""From the plan to the orders: what each job is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from plateworks.inventory.pathrules import name_below
from plateworks.jobs.fields import Fields
from plateworks.jobs.subtractions import placed, subtraction_of
from plateworks.matching.match import Match
from plateworks.metadata.frame import Frame
from plateworks.metadata.gain import egain_of
from plateworks.metadata.kinds import MasterKind
from plateworks.orders.frames import Assembly, FrameOrder
from plateworks.orders.integration import ProgramOrder
from plateworks.orders.lights import (
    CalibrationOrder,
    FlatChoice,
    FlatTrial,
    LightOrder,
    LightSettings,
    MatchQuality,
    ModelledDark,
)
from plateworks.orders.masters import FlatOrder, Levelling, MasterOrder, Screening
from plateworks.orders.repairs import ListOrder, MaskOrder
from plateworks.orders.solving import FrameToSolve, SolveOrder
from plateworks.orders.trials import TrialOrder
from plateworks.planning.lights import PlannedLight
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.trials import Trials
from plateworks.settings.overrides import NOTHING
from plateworks.sky.usercatalogue import catalogue_digest
from plateworks.versions import ASSEMBLY


@dataclass(frozen=True)
class Orders:
    """Writes the orders of a plan.

    Attributes
    ----------
    plan : Plan
    lists : mapping
        Path of a master dark -> its cosmetic list.
    masks : mapping
        Path of a master flat -> its bad-pixel mask, where flats are searched for bad pixels.
    trials : Trials
        In which the best flats are found.
    fields : Fields
        In which lights are solved.
    """

    plan: Plan
    lists: Mapping[str, str]
    masks: Mapping[str, str]
    trials: Trials
    fields: Fields

    # -- what all jobs on raw frames are told of one ---------------------------------------------

    def frame(self, frame: Frame, match: Match | None) -> FrameOrder:
        """Say what is subtracted from a frame by its match, and which list goes with it."""
        listed = None if match is None else self.lists.get(match.master.listed_by)
        laid = None if match is None or listed is None else placed(frame, match.master)
        return FrameOrder(
            raw=frame.path,
            name=name_below(frame.path, self.plan.folders),
            path_facts=self.plan.path_facts.get(frame.path),
            profile_facts=self.plan.profile_facts.get(frame.path),
            subtraction=subtraction_of(frame, match, self._bounds),
            cosmetic=listed,
            cosmetic_placement=laid,
            assembly=self._assembly(frame),
        )

    def _assembly(self, frame: Frame) -> Assembly | None:
        """Say how a frame of amplifiers is put together; None if it is one picture."""
        calibrate = self.plan.settings.calibrate
        if frame.readout is None or calibrate.overscan == "off":
            return None
        return Assembly(
            readout=frame.readout,
            overscan=calibrate.overscan,
            saturation=calibrate.saturation,
            algorithm=ASSEMBLY,
            gains=self.plan.gains.path_of(frame),
        )

    @property
    def _bounds(self) -> tuple[float, float]:
        """Between which a fitted K is believed."""
        matching = self.plan.settings.matching
        (low, high), limit = matching.dark_scale_bounds, matching.dark_scale_limit
        return low, high if limit is None else min(high, limit)

    def _packing(self, path: str) -> str | None:
        """Say how a product is packed; None if it is not XISF."""
        return self.plan.settings.xisf_compression if path.endswith(".xisf") else None

    # -- masters, and pixels to repair -----------------------------------------------------------

    def master(self, planned: PlannedMaster) -> MasterOrder:
        """Say how one master is combined."""
        masters, calibrate = self.plan.settings.masters, self.plan.settings.calibrate
        frames, kind = self._frames(planned), cast(MasterKind, planned.source.key.kind)
        errors, method = calibrate.uncertainty, masters.method.of(kind)
        counts = errors or method == "variance"
        egain = egain_of(planned.source.frames[0], calibrate) if counts else None
        flat = FlatOrder(
            levelling=self._levelling(frames),
            statistic=masters.flat_statistic,
            weights=masters.flat_weights,
            floor=calibrate.flat_floor,
        )
        return MasterOrder(
            kind=kind,
            frames=frames,
            method=method,
            rejection=masters.rejection,
            rejection_map=masters.rejection_map,
            min_frames=masters.min_frames,
            screening=self._screening(),
            flat=flat if kind == "flat" else None,
            constant=planned.source.constant,
            uncertainty=errors,
            egain=None if egain is None else egain.value,
            xisf_compression=self._packing(planned.path),
        )

    def mask(self, planned: PlannedMaster) -> MaskOrder:
        """Say how the bad pixels are found that the flats of a master show."""
        frames = self._frames(planned)
        return MaskOrder(
            frames=frames,
            levelling=self._levelling(frames),
            min_frames=self.plan.settings.masters.min_frames,
            max_fraction=self.plan.settings.cosmetic.max_fraction,
            screening=self._screening(),
        )

    def cosmetic_list(self) -> ListOrder:
        """Say which pixels of a master dark are listed."""
        cosmetic = self.plan.settings.cosmetic
        return ListOrder(
            harm=cosmetic.harm,
            hot_sigma=cosmetic.hot_sigma,
            cold_sigma=cosmetic.cold_sigma,
            count=cosmetic.count,
            rank=cosmetic.rank,
            max_fraction=cosmetic.max_fraction,
            form=cosmetic.list_form,
        )

    def _frames(self, planned: PlannedMaster) -> tuple[FrameOrder, ...]:
        frames, matches = planned.source.frames, planned.matches
        if len(matches) != len(frames):  # none, or one bias for all darks
            matches = (matches or (None,)) * len(frames)
        return tuple(map(self.frame, frames, matches))

    def _levelling(self, flats: Iterable[FrameOrder]) -> Levelling:
        settings = self.plan.settings
        fitted = any(one.subtraction.dark and one.subtraction.dark.fit_bounds for one in flats)
        return Levelling(
            target=settings.masters.flat_target,
            repair=settings.cosmetic.method,
            saturation=settings.calibrate.saturation if fitted else None,
        )

    def _screening(self) -> Screening | None:
        settings = self.plan.settings
        if not settings.masters.screen:
            return None
        return Screening(saturation=settings.calibrate.saturation)

    # -- lights ----------------------------------------------------------------------------------

    def calibration(self, lights: Iterable[PlannedLight]) -> CalibrationOrder:
        """Say how some lights are calibrated."""
        return CalibrationOrder(lights=tuple(map(self.light, lights)), settings=self._settings())

    def light(self, light: PlannedLight) -> LightOrder:
        """Say how one light is calibrated."""
        trial = flat = None
        if light.flats:
            candidates = tuple(self._flat(light.frame, match) for match in light.flats)
            trial = FlatTrial(scores=self.trials.scores(light), candidates=candidates)
        elif light.flat is not None:
            flat = self._flat(light.frame, light.flat)
        return LightOrder(
            frame=self.frame_of(light),
            output=light.calibrated,
            match=None if light.dark is None else _quality(light.dark),
            flat=flat,
            trial=trial,
            modelled=self._modelled(light),
            mult=None if light.mult is None else float(light.mult),
            xisf_compression=self._packing(light.calibrated),
        )

    def _modelled(self, light: PlannedLight) -> ModelledDark | None:
        """Say which dark of a model goes before that of a light."""
        if light.modelled is None:
            return None
        return ModelledDark(
            frame=self._with_list(light, self.frame(light.frame, light.modelled)),
            match=_quality(light.modelled),
            lacking=light.lacking or None,
        )

    def trial(self, lights: Iterable[PlannedLight]) -> TrialOrder:
        """Say how the lights of a session are combined, without any flat."""
        repair = self.plan.settings.cosmetic.method
        return TrialOrder(frames=tuple(map(self.frame_of, lights)), repair=repair)

    def frame_of(self, light: PlannedLight) -> FrameOrder:
        """Say what is done to a light before it is divided; a list may be pinned to it."""
        return self._with_list(light, self.frame(light.frame, light.dark))

    def _with_list(self, light: PlannedLight, order: FrameOrder) -> FrameOrder:
        if light.cosmetic == NOTHING:
            return replace(order, cosmetic=None, cosmetic_placement=None)
        if light.cosmetic:
            return replace(order, cosmetic=light.cosmetic, cosmetic_placement=None)
        return order

    def _flat(self, light: Frame, match: Match) -> FlatChoice:
        """Say which flat divides a light, which mask goes with it, and how well it matches."""
        path = match.master.path
        return FlatChoice(
            path=path,
            badpix=self.masks.get(path),
            match=_quality(match),
            placement=placed(light, match.master),
        )

    def _settings(self) -> LightSettings:
        settings, calibrate = self.plan.settings, self.plan.settings.calibrate
        return LightSettings(
            units=calibrate.units,
            output_type=calibrate.output_type,
            pedestal=calibrate.pedestal,
            flat_floor=calibrate.flat_floor,
            repair=settings.cosmetic.method,
            egain=calibrate.egain,
            gain_is_egain=calibrate.gain_is_egain,
            read_noise=calibrate.read_noise,
            saturation=calibrate.saturation,
            cosmics=settings.cosmics if calibrate.cosmic_rays else None,
            uncertainty=calibrate.uncertainty,
        )

    def solving(self, lights: Sequence[PlannedLight]) -> SolveOrder:
        """Say how some lights, once calibrated, are solved."""
        packing = self._packing(lights[0].solved)
        solve = self.plan.settings.solve
        return SolveOrder(
            options=replace(solve, index_dirs=(), catalogue=None),  # they stand beside the order
            frames=tuple(map(self._to_solve, (*lights, *self.fields.beside(lights)))),
            xisf_compression=packing,
            catalogue=catalogue_digest(solve),
            place=self.plan.settings.site.place,
        )

    def _to_solve(self, light: PlannedLight) -> FrameToSolve:
        """Say which lights one is solved from, and how long it is searched for."""
        place = self.fields.place(light)
        return FrameToSolve(
            calibrated=light.calibrated,
            solved=light.solved,
            neighbours=tuple(one.calibrated for one in place.neighbours),
            limit_s=place.limit_s,
            least_s=place.least_s,
        )

    # -- the program PixInsight ------------------------------------------------------------------

    def program(self) -> ProgramOrder:
        """Say how PixInsight is started."""
        pixinsight = self.plan.settings.pixinsight
        return ProgramOrder(
            binary=pixinsight.binary,
            instance=pixinsight.instance,
            force_exit=pixinsight.force_exit,
            time_limit_min=pixinsight.time_limit_min,
        )


def _quality(match: Match) -> MatchQuality:
    alone = match._replace(making=()).level
    return MatchQuality(
        level=match.level,
        reason=match.reason,
        match_level=None if alone == match.level else alone,
    )
