"""What each product of a plan is made of, in the terms of people: settings, frames, masters."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from plateworks.digests import digest_of_bytes
from plateworks.inventory.pathrules import below
from plateworks.matching.cost import noise_of
from plateworks.matching.match import Match
from plateworks.metadata.frame import Frame
from plateworks.metadata.gainnights import read_told
from plateworks.metadata.kinds import KINDS
from plateworks.planning.masters import PlannedMaster
from plateworks.planning.plan import Plan
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.settings.settings import Settings
from plateworks.versions import ALGORITHMS, GAINS

#: Settings, or sections, that every master depends on.
_COMBINING = (
    "masters.engine", "masters.method", "masters.rejection", "masters.rejection_map",
    "masters.min_frames", "masters.screen", "masters.share", "calibrate.uncertainty",
)  # fmt: skip
_LEVELLING = ("masters.flat_target", "cosmetic.method")

#: Kind of product -> the settings, or sections, that its jobs are told.  A test holds them against
#: the orders of all jobs.
_TOLD = {
    "bias": (*_COMBINING, "masters.bias_level"),
    "dark": (*_COMBINING, "masters.subtract_bias"),
    "darkflat": (*_COMBINING, "masters.subtract_bias"),
    "flat": (
        *_COMBINING, *_LEVELLING, "masters.flat_statistic", "masters.flat_weights",
        "calibrate.flat_floor",
    ),
    "list": (
        "cosmetic.harm", "cosmetic.hot_sigma", "cosmetic.cold_sigma", "cosmetic.count",
        "cosmetic.rank", "cosmetic.max_fraction", "cosmetic.list_form",
    ),
    "mask": (*_LEVELLING, "masters.min_frames", "masters.screen", "cosmetic.max_fraction"),
    "calibrated": (
        "calibrate.units", "calibrate.cosmic_rays", "calibrate.output_type", "calibrate.pedestal",
        "calibrate.flat_floor", "calibrate.egain", "calibrate.gain_is_egain",
        "calibrate.read_noise", "calibrate.saturation", "calibrate.uncertainty", "cosmetic.method",
    ),
    "solved": ("solve",),
}  # fmt: skip

#: Settings of these sections by which nothing is made again: new indexes serve frames yet unsolved.
_BESIDE = ("solve.index_dirs",)

#: As _TOLD, told only where frames are screened, where K is fitted, and where products are XISF.
_SCREENED = ("calibrate.saturation",)
_FITTED = ("matching.dark_scale_bounds", "matching.dark_scale_limit", "calibrate.saturation")
_PACKED = ("xisf_compression",)

#: Kind of product -> the step that makes it, whose number rises with what it makes.
_STEPS = {
    "bias": "combine", "dark": "combine", "darkflat": "combine", "flat": "combine",
    "list": "cosmetic", "mask": "badpixels", "calibrated": "calibrate", "solved": "solve",
}  # fmt: skip


#: Among the settings of what is made of frames of amplifiers: the file of their measured gains, and
#: a digest of what it holds; empty where it is yet to be measured.
GAINS_OF_AMPLIFIERS = "gains of amplifiers"
_AS_MEASURED = {"step amplifier_gains of Plateworks": GAINS}


class Choice(NamedTuple):
    """The masters that a slot has.

    Attributes
    ----------
    masters : tuple of str
        Paths, sorted; of a flat those of all its frames.
    scale : str
        What the dark is multiplied by; "fitted" where each frame tells.
    level : int
    cost : float or None
        What is compared before a choice changes: of the darks of flats the noise alone, in the mean
        over the frames.
    """

    masters: tuple[str, ...]
    scale: str
    level: int
    cost: float | None


class Ingredients(NamedTuple):
    """What one product is made of.

    Attributes
    ----------
    settings : mapping
        Name of a setting -> its value; among them the number of the step.
    frames : tuple of (str, str)
        Of the frames of a master the name, without the folder, and what each is told by, which is
        empty where that is not known; sorted.
    choices : mapping
        Slot -> its masters.
    """

    settings: Mapping[str, Any]
    frames: tuple[tuple[str, str], ...] = ()
    choices: Mapping[str, Choice] = {}


class Product(NamedTuple):
    """A product of a plan: a path, its kind (of master, list, mask, gains, calibrated, solved).

    The content is what the raw frame of a calibrated one is told by; else empty.
    """

    path: str
    kind: str
    ingredients: Ingredients
    content: str = ""


def products(plan: Plan) -> Iterator[Product]:
    """Yield every product that a run of `plan` may make, with what it is made of."""
    told, gains = _Told(plan.settings), _Gains(plan)
    yield from gains.products()
    fitted, of_flats = set(), dict[str, dict[str, str]]()
    for master in plan.to_make:
        kind = master.source.key.kind
        if any(match is not None and match.optimise for match in master.matches):
            fitted.add(master.path)
        frames = sorted(
            (Path(frame.path).name, plan.contents.get(frame.path, ""))
            for frame in master.source.frames
        )
        settings = told.by(kind, master.path, fitted=master.path in fitted)
        settings = settings | gains.of(master.source.frames[0])
        of_flats[master.path] = gains.of(master.source.frames[0])
        made_of = Ingredients(settings, tuple(frames), _choices_of_master(master))
        yield Product(master.path, kind, made_of)
    for path in lists_to_make(plan):
        yield Product(path, "list", Ingredients(told.by("list", path)))
    masks = masks_to_make(plan) if plan.settings.cosmetic.from_flats else {}
    for path, flat in masks.items():
        settings = told.by("mask", path, fitted=flat in fitted) | of_flats.get(flat, {})
        yield Product(path, "mask", Ingredients(settings))
    yield from _of_lights(plan, told, gains)


def _of_lights(plan: Plan, told: _Told, gains: _Gains) -> Iterator[Product]:
    """Yield what becomes of the lights; they are many, and most are alike."""
    known: dict[tuple[object, ...], Ingredients] = {}
    for light in plan.to_calibrate:
        flat = None if light.flats else light.flat  # one that is found by trial is nobody's choice
        by_gains = plan.gains.path_of(light.frame)
        key = (_key(light.first_dark), _key(flat), _is_packed(light.calibrated), by_gains)
        if key not in known:
            slots = {"dark": light.first_dark, "flat": flat}
            choices = {slot: _choice(match) for slot, match in slots.items() if match is not None}
            fitted = light.first_dark is not None and light.first_dark.optimise
            settings = told.by("calibrated", light.calibrated, fitted=fitted)
            known[key] = Ingredients(settings | gains.of(light.frame), (), choices)
        content = plan.contents.get(light.frame.path, "")
        yield Product(light.calibrated, "calibrated", known[key], content)
        packed = ("solved", _is_packed(light.solved))
        if packed not in known:
            known[packed] = Ingredients(told.by("solved", light.solved))
        yield Product(light.solved, "solved", known[packed])


def _key(match: Match | None) -> tuple[object, ...] | None:
    """Return what a choice says, quicker than the choice."""
    if match is None:
        return None
    bias = None if match.bias is None else match.bias.path
    own = None if match.dark_bias is None else match.dark_bias.path
    return match.master.path, bias, own, match.k, match.optimise, match.level, match.cost


def _choices_of_master(master: PlannedMaster) -> dict[str, Choice]:
    matches = [match for match in master.matches if match is not None]
    if not matches:
        return {}
    each = [_choice(match) for match in matches]
    scales = {one.scale for one in each}
    return {
        "dark": Choice(
            masters=tuple(sorted({path for one in each for path in one.masters})),
            scale=scales.pop() if len(scales) == 1 else "",
            level=max(one.level for one in each),
            cost=round(fmean(noise_of(match) for match in matches), 3),
        )
    }


def _choice(match: Match) -> Choice:
    return Choice(
        masters=tuple(sorted(master.path for master in match.masters)),
        scale="fitted" if match.optimise else f"{match.k:.4g}",
        level=match.level,
        cost=None if match.cost is None else round(match.cost, 3),
    )


class _Gains:
    """The gains of amplifiers that a plan measures."""

    def __init__(self, plan: Plan):
        self._plan, self._known = plan, dict[str, dict[str, str]]()

    def products(self) -> Iterator[Product]:
        """Yield each measurement, with the frames of the nights that are, or were, tried for it."""
        for one in self._plan.gains.measured:
            if one.kept or one.before:
                continue
            there = read_told(one.path)
            tried = len(there.tried) if there is not None and there.known else None
            pairs = (pair for night in one.nights[:tried] for pair in night.pairs)
            paths = {frame.path for pair in pairs for frame in (*pair.flats, *pair.darks)}
            frames = ((Path(path).name, self._plan.contents.get(path, "")) for path in paths)
            yield Product(one.path, "gains", Ingredients(_AS_MEASURED, tuple(sorted(frames))))

    def of(self, frame: Frame) -> dict[str, str]:
        """Return by which file the amplifiers of a frame are brought to one gain."""
        path = self._plan.gains.path_of(frame)
        if path is None:
            return {}
        if path not in self._known:
            held = digest_of_bytes(Path(path).read_bytes()) if os.path.isfile(path) else ""
            short = below(path, [self._plan.settings.results])
            self._known[path] = {GAINS_OF_AMPLIFIERS: f"{short} {held}"}
        return self._known[path]


class _Told:
    """The settings that jobs are told, found once for all that are told the same."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._values = settings.as_dict()
        self._known: dict[tuple[object, ...], dict[str, Any]] = {}

    def by(self, kind: str, path: str, *, fitted: bool = False) -> dict[str, Any]:
        """Return what the job of one product is told, and the version of its step.

        Parameters
        ----------
        kind : str
        path : str
            The product.
        fitted : bool
            Whether the factor on a dark is fitted to its frames.
        """
        key = kind, _is_packed(path), fitted
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key]

    def _found(self, kind: str, packed: bool, fitted: bool) -> dict[str, Any]:
        names = [*_TOLD[kind]]
        names += _PACKED if packed and kind != "mask" else ()
        names += _FITTED if fitted else ()
        names += _SCREENED if "masters.screen" in names and self._settings.masters.screen else ()
        if kind == "calibrated" and self._settings.calibrate.cosmic_rays:
            names.append("cosmics")
        pairs = (pair for name in names for pair in _values(name, _at(self._values, name)))
        told = {name: value for name, value in pairs if _is_of(kind, name) and name not in _BESIDE}
        return told | {f"step {_STEPS[kind]} of Plateworks": ALGORITHMS[_STEPS[kind]]}


def _is_packed(path: str) -> bool:
    return path.endswith(".xisf")


def _at(everything: Mapping[str, Any], name: str) -> Any:
    for key in name.split("."):
        everything = everything[key]
    return everything


def _values(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, one in value.items() for pair in _values(f"{name}.{key}", one)]
    return [(name, value)]


def _is_of(kind: str, name: str) -> bool:
    """Whether a setting that names a kind of master, as methods do, names this one."""
    last = name.rpartition(".")[2]
    return last not in KINDS or last == kind
