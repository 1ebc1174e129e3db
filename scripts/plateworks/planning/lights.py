"""The lights: which masters each gets, and which lights are refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from plateworks.inventory.pathrules import below
from plateworks.inventory.sets import FrameSet
from plateworks.inventory.tokens import disambiguated, frame_name
from plateworks.matching.candidates import Need
from plateworks.matching.choices import dark_for_light
from plateworks.matching.cost import cost_of
from plateworks.matching.match import LAST_RESORT, Finding, Match, word_of
from plateworks.matching.matcher import Matcher
from plateworks.matching.overrides import Overrides, Pin, pinned_dark, pinned_flat
from plateworks.matching.placement import WHOLE, place
from plateworks.metadata.amplifiers import MEASURED
from plateworks.metadata.caveats import texts_of
from plateworks.metadata.frame import Frame
from plateworks.metadata.gain import MEASURED_GAIN, why_no_electrons
from plateworks.planning.modeldarks import DarkModels
from plateworks.planning.nearest import nearest
from plateworks.planning.paths import Naming
from plateworks.settings.calibrate import Calibrate
from plateworks.settings.matching import AcceptLevel, Matching

MatchOrNone = TypeVar("MatchOrNone", Match, Match | None)


@dataclass(frozen=True)
class PlannedLight:
    """One light: its products' name, its matches, and why it is refused if it is.

    Attributes
    ----------
    frame : Frame
    source : FrameSet
        The set of lights it belongs to.
    need : Need
        What its masters are chosen for.
    name : str
        Name of its products within its session.
    dark, flat : Match or None
        What it is calibrated with; the bias, where one is needed, goes with the dark.  Where
        several flats are tried, `flat` is the one that stands in the slot until then.
    refused : str
        Why it is not calibrated; empty if it is.
    """

    frame: Frame
    source: FrameSet
    need: Need
    name: str
    dark: Match | None
    flat: Match | None
    refused: str
    cosmetic: str = ""  # the list pinned by an override, or ``none``
    flats: tuple[Match, ...] = ()  # candidates, where the best is found by trial
    mult: float | None = None  # pinned by an override; None: the flat's median
    calibrated: str = ""  # path of the calibrated frame
    solved: str = ""  # path of the solved frame
    modelled: Match | None = None  # a dark by a model, which goes first if its darks bear it out
    lacking: str = ""  # why it is refused if they do not

    @property
    def session(self) -> str:
        return self.source.key.own_session

    @property
    def first_dark(self) -> Match | None:
        """The dark that is to be taken: that of a model, else `dark`."""
        return self.modelled or self.dark

    @property
    def level(self) -> int:
        """The worst level of its matches; 3 if it has none."""
        return max((match.level for match in self._matches), default=LAST_RESORT)

    @property
    def word(self) -> str:
        """The level in a word; what is pinned is not called exact."""
        return word_of(self.level, self._matches)

    @property
    def _matches(self) -> list[Match]:
        return [match for match in (self.first_dark, self.flat) if match is not None]


def plan_lights(
    sets: Iterable[FrameSet],
    names: Mapping[str, str],
    matcher: Matcher,
    overrides: Overrides,
    *,
    doubts: Mapping[str, Finding],
    need_of: Callable[[Frame], Need],
    folders: Sequence[str],
    naming: Naming,
    matching: Matching,
    calibrate: Calibrate,
    models: DarkModels | None = None,
) -> list[PlannedLight]:
    """Match every light with its masters.

    Parameters
    ----------
    sets : iterable of FrameSet
        The sets of lights.
    names : mapping
        From :func:`name_lights`.
    matcher : Matcher
    overrides : Overrides
        Have the last word.
    doubts : mapping
        Path of a master to what keeps it from the best level.  That was accepted when the master
        was planned: here it is told, and refuses no light.
    need_of : function
        Says what a frame needs.
    folders : sequence of str
        The raw folders.
    naming : Naming
    matching : Matching
    calibrate : Calibrate
    models : DarkModels or None
        Those of the dark, where they are asked for.

    Returns
    -------
    list of PlannedLight
        Sorted by set, time and path.
    """
    accept = matching.accept_level
    lights = []
    for one in sets:
        for frame in one.frames:
            need, session = need_of(frame), one.key.own_session
            dark_is_out = "dark" in slots_done(need, frame)
            dark = None if dark_is_out else dark_for_light(need, matcher)
            chosen: dict[str, Match | None] = {"dark": dark, "flat": matcher.best(need, "flat")}
            pinned_list, mult = "", None
            pins: dict[str, Pin] = {}
            if overrides:
                pins = overrides.pins(frame, session, below(frame.path, folders))
                if pins:
                    chosen["dark"] = pinned_dark(
                        pins, dark, partial(matcher.biases, need), bias_off=need.bias_off
                    )
                    chosen["flat"] = pinned_flat(pins, chosen["flat"])
                pinned_list = pins["cosmetic"].value if "cosmetic" in pins else ""
                mult = pins["mult"].value if "mult" in pins else None
            tried: tuple[Match, ...] = ()
            modelled = None
            if models is not None and "dark" not in pins and not dark_is_out:
                modelled = _if_accepted(models.dark_for(need), accept.dark)
            refused = partial(
                _refusal, frame, need, matcher=matcher, accept=accept, calibrate=calibrate,
                pins=pins,
            )  # fmt: skip
            why = refused(chosen)
            if matching.best_flat and "flat" not in pins:
                tried = _candidates(need, matcher.ranked(need, "flat"), matching)
            lights.append(
                PlannedLight(
                    frame=frame,
                    source=one,
                    need=need,
                    name=names[frame.path],
                    dark=_with_doubt(_if_accepted(chosen["dark"], accept.dark), doubts),
                    flat=_with_doubt(_if_accepted(chosen["flat"], accept.flat), doubts),
                    refused=why if modelled is None else refused(chosen | {"dark": modelled}),
                    cosmetic=pinned_list,
                    flats=tuple(_with_doubt(one, doubts) for one in tried),
                    mult=mult,
                    modelled=_with_doubt(modelled, doubts),
                    lacking="" if modelled is None else why,
                )
            )
    lights.sort(key=lambda light: (light.source.id, light.frame.mjd or 0.0, light.frame.path))
    return _with_products(lights, naming, folders)


def _if_accepted(match: Match | None, accept: int) -> Match | None:
    return match if match is not None and match.level <= accept else None


def _with_doubt(match: MatchOrNone, doubts: Mapping[str, Finding]) -> MatchOrNone:
    """Say of a match what keeps the master itself from the best level."""
    doubt = None if match is None else doubts.get(match.master.path)
    if match is None or doubt is None:
        return match
    return match._replace(making=(Finding(doubt.level, f"made with {doubt.text}"),))


def _candidates(need: Need, ranked: Sequence[Match], matching: Matching) -> tuple[Match, ...]:
    """Return the flats of the first step of the fall-backs, if there are two or more to try.

    They are compared by small pictures, so one that is to be turned or cropped is not tried.
    """
    accept = matching.accept_level.flat
    good = [match for match in ranked if match.level <= accept and match.tier == ranked[0].tier]
    if any(place(need.setup, one.master.setup, one.master.path) != WHOLE for one in good):
        return ()
    if len(good) < 2:
        return ()
    return tuple(one._replace(cost=cost_of(need, one, "flat", matching)) for one in good)


def _tells_gain(flat: Match | None) -> bool:
    """Whether a flat tells the gain, or may tell it once it is made; if not, the job says so."""
    if flat is None:
        return False
    if flat.master.made:
        return (flat.master.frames or 0) > 1
    return texts_of(flat.master.path, MEASURED_GAIN) != [""]


def slots_done(need: Need, frame: Frame) -> tuple[str, ...]:
    """Return the slots whose masters are out of a light already; the dark goes with its bias."""
    if "D" in (frame.done or ""):
        return ("bias", "dark")
    return ("bias",) if need.bias_off else ()


def _refusal(
    frame: Frame,
    need: Need,
    matches: Mapping[str, Match | None],
    matcher: Matcher,
    accept: AcceptLevel,
    calibrate: Calibrate,
    pins: Mapping[str, Pin],
) -> str:
    """Say why a light is refused; an empty text if it is not."""
    measured = _tells_gain(_if_accepted(matches["flat"], accept.flat))
    measured = measured or frame.amplifiers == MEASURED
    why = why_no_electrons(frame, calibrate, measured=measured)
    reasons = [why] if why else []
    if calibrate.allow_uncalibrated:
        return "; ".join(reasons)
    unasked = [slot for slot, pin in pins.items() if pin.value is None]
    for slot in calibrate.require:
        if slot in (*slots_done(need, frame), *unasked):
            continue
        match = matcher.best(need, "bias") if slot == "bias" else matches[slot]
        if match is None:
            reasons.append(f"no master {slot} matches{nearest(matcher.misses(need, slot))}")
        elif match.level > accept.of(slot):
            alone = slot == "dark" and match.master.kind == "bias"
            others = matcher.misses(need, slot) if alone else []
            why = f"; of the darks{nearest(others)}" if others else ""
            reasons.append(
                f"the best {slot} is of level {match.level} ({match.reason}), "
                f"matching.accept_level is {accept.of(slot)}{why}"
            )
    return "; ".join(reasons)


def name_lights(sets: Iterable[FrameSet]) -> dict[str, str]:
    """Return the names of the products of all lights, by path; each is unique within its session.

    The later of two raw files of one name gets a digest of its path.  The earlier keeps its plain
    name, so a file that arrives later renames nothing.
    """
    taken: set[tuple[str, str]] = set()
    names: dict[str, str] = {}
    lights = ((frame, one.key.own_session) for one in sets for frame in one.frames)
    for frame, session in sorted(lights, key=lambda one: (one[0].mjd or 0.0, one[0].path)):
        name = frame_name(frame.path)
        if (session, name.casefold()) in taken:
            name = disambiguated(name, frame.path)
        taken.add((session, name.casefold()))
        names[frame.path] = name
    return names


def _with_products(
    lights: list[PlannedLight], naming: Naming, folders: Sequence[str]
) -> list[PlannedLight]:
    """Say where the products of each light lie; a refused light has none."""
    go = [light for light in lights if not light.refused]
    go.sort(key=lambda light: (light.frame.mjd or 0.0, light.frame.path))
    told = [(x.source, x.frame, x.name, os.path.dirname(below(x.frame.path, folders))) for x in go]
    both = zip(naming.lights("calibrated", told), naming.lights("solved", told), strict=True)
    paths = {light.frame.path: pair for light, pair in zip(go, both, strict=True)}
    found = []
    for light in lights:
        calibrated, solved = paths.get(light.frame.path, ("", ""))
        found.append(replace(light, calibrated=calibrated, solved=solved))
    return found
