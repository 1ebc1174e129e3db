"""Which master serves which light: the section ``matching``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import NEXT, setting


def _level(default: int, text: str) -> int:
    what = "the worst level that is accepted, 0 to 3"
    return setting(default, text, what=what, least=0, most=3)


def _days(default: float, text: str, more: str = "") -> float:
    return setting(default, text, more=more, unit="days", least=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptLevel(Section):
    """The worst level that each slot accepts."""

    bias: int = _level(
        2, "of lights that must have one (`calibrate.require`), and of darks that lose theirs"
    )
    dark: int = _level(2, "of lights")
    darkflat: int = _level(
        2, "of flats: flat-dark, dark or bias; 3: a flat without any is combined as it is"
    )
    flat: int = _level(2, "of lights")

    def of(self, slot: str) -> int:
        """Return the worst level that a slot accepts."""
        level: int = getattr(self, slot)
        return level


@dataclass(frozen=True, kw_only=True, slots=True)
class FreshDays(Section):
    """Days within which a match is exact, for each kind of master."""

    bias: float = _days(90.0, "days, of bias")
    dark: float = _days(90.0, "days, of darks and flat-darks")
    flat: float = _days(2.0, "days, of flats")

    def of(self, kind: str) -> float:
        """Return the days of a kind of master."""
        days: float = getattr(self, "dark" if kind == "darkflat" else kind)
        return days


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching(Section):
    """How a frame is compared with masters, and which of them is the best."""

    accept_level: AcceptLevel = setting(
        AcceptLevel(),
        "the worst level that is accepted: one number for all slots, or one for each",
        what="the worst level that is accepted, 0 to 3; one for all slots, or one for each",
        single=True,
    )
    strict: bool = setting(
        False,
        "true: a light without an acceptable match is an error",
        more="false: it is refused, named with the reason, and the others go on.",
    )
    exposure_tolerance: float = setting(
        0.005,
        "exposures that differ by no more than this part of themselves are one",
        more="For sets and for matches: a camera writes 59.9987 s where it was told 60 s.",
        least=0,
        most=0.2,
    )
    temperature_tolerance_degC: float = setting(
        1.0, "up to here two temperatures are the same (level 0)", unit="degrees C", least=0
    )
    temperature_good_degC: float = setting(
        3.0,
        "up to here the match is good (level 1), beyond it a last resort",
        more="Of biases, and for flats, acceptable as long as it changes little.",
        unit="degrees C",
        least=0,
    )
    dark_policy: Literal[
        "scale", "nearest", "longest_not_longer", "scale_longest_not_longer", "exact"
    ] = setting(
        "scale",
        "how a dark serves where none has the exposure: `scale`, or what a guide says",
        more="`scale`: the one that costs the frame least, scaled if master biases match (level "
        "2; 0 where that is by 2 % at most, or in a flat too bright for it to matter): down before "
        "up, and never beyond `matching.dark_scale_limit`; bias alone where the "
        "darks that are there lie beyond it (level 2); else the nearest unscaled (level 3; 2 where "
        "the exposures differ by 2 % at most). "
        "`nearest`: the nearest, unscaled (level 3). `longest_not_longer`: as the name says, then "
        "the next longer, unscaled (level 3). `scale_longest_not_longer`: in that order, scaled "
        "if master biases match (level 2). `exact`: none. Ties are settled by date "
        "(`matching.by_date`).",
    )
    dark_scale_limit: float | None = setting(
        2.0,
        "no dark is scaled by more than this; null: there is no limit",
        more="By the ratio of the exposures or fitted. A dark scaled by K brings K times its "
        "noise, and misses hot pixels.",
        least=1,
    )
    dark_current: float | None = setting(
        None,
        "what an ordinary pixel gathers in a second, in read noises of one frame",
        more="What is left of it in a frame then counts in the cost: a scaled dark gives way to "
        "bias alone where that costs less. null: it is not known, and levels tell alone.",
        least=0,
    )
    change_margin: float = setting(
        0.1,
        "the part of the frame's noise by which a choice must gain before it changes",
        more="A master of a later night takes the place of those that were there only where the "
        "finished frame has less noise by more than this, its own among it: 1 read noise and, in "
        "quadrature, the cost. So 0.1 is the `noise −10 %` of the preview: twenty darks in place "
        "of five, −6 %, leave the frames of before as they are, and in place of three, −11 %, "
        "they do not. The same holds for one that `matching.prefer` puts second. Of the darks of "
        "flats it is the noise without their levels that counts, of flats the error that they "
        "bring, which is their cost.",
        least=0,
        most=0.9,
    )
    dark_scale: Literal["exposure", "optimise", "none"] = setting(
        "exposure",
        "factor K on a scaled dark: `exposure`, `optimise` or `none`",
        more="`exposure`: the ratio of the exposures. `optimise`: fitted to each light, also where "
        "the exposures are equal, wherever a master bias matches. `none`: darks are never scaled.",
    )
    flat_dark_scale: Literal["exposure", "optimise"] = setting(
        "exposure",
        "the same for the darks of flats: `exposure` or `optimise`",
        more="`exposure`: as `dark_scale` says of lights. `optimise`: fitted to each flat. A flat "
        "is bright, and its own noise hides its dark current: on most cameras the ratio of the "
        "exposures is better.",
    )
    dark_scale_bounds: tuple[float, float] = setting(
        (0.0, 5.0),
        "a fitted K outside these is not believed",
        more="Nor is one beyond `matching.dark_scale_limit`. The ratio of the exposures takes its "
        "place, with a warning and the card `DARKKWHY`.",
        what="two numbers, 0 or more, the least and the greatest K",
        least=0,
        upto=NEXT,
    )
    substitute_filter: str | None = setting(
        "L",
        "a flat of this filter serves where the light's own has none; null: none",
        more="It is of level 2.",
        what="a filter",
    )
    rotator_tolerance_deg: float = setting(
        1.0,
        "a flat taken farther from the angle of the rotator is refused",
        more="That is where both tell it.",
        unit="degrees",
        least=0,
    )
    best_flat: bool = setting(
        False,
        "true: every flat that may serve is tried on the lights of a session",
        more="Those of the same step of the fall-backs are tried on a preview of the lights, and "
        "the one that leaves the evenest sky is used. Previews of the lights, trials and scores "
        "lie where `names.trial` says, as FITS, PNG and CSV; previews of the flats in "
        "`results/previews/`.",
    )
    maintenance_log: str | None = setting(
        None,
        "CSV of time, camera, comment: when the optical train was changed",
        more="For instance `2024-05-18T12:30:00,ASI2600MM,Rotated camera`. Times are UTC unless "
        "they name an offset; `#` begins a comment. Flats of the light's own interval are "
        "preferred, even later ones; flats of another interval are of level 2.",
        what="a CSV file",
        path=True,
    )
    maintenance_bounds: tuple[Literal["flat", "dark"], ...] = setting(
        ("flat",),
        "what the log concerns: `flat`, and if you like `dark`",
        unique=True,
    )
    prefer: Literal["new", "library"] = setting(
        "new", "among equal masters: `new` (of this run) or `library` (made earlier or elsewhere)"
    )
    certified: Literal["ignore", "prefer", "require"] = setting(
        "ignore",
        "what a person's certificate counts for: `ignore`, `prefer` or `require`",
        more="`prefer`: a master that nobody certified must be better than those that somebody did "
        "by `matching.change_margin`, as what `matching.prefer` puts second. `require`: only "
        "certified ones serve. What was withdrawn, or found poor, serves nobody in any case: see "
        "[docs/quality.md](../docs/quality.md).",
    )
    by_date: Literal["nearest", "newest", "own"] = setting(
        "nearest",
        "among masters equal in all else: of the `nearest` night, or the `newest`",
        more="`own`: as `nearest`, and masters of another night than the frame's are refused. "
        "`nearest`: those of the light's own night, then of the nearest night, the earlier of "
        "two; within a night the newest; masters of frames of several nights "
        "(`grouping.by_session`) come last. The cost of a master grows a little with the "
        "nights between, and one of a later night must be better by `matching.change_margin`, so "
        "that a night added to an archive leaves those before it as they are. `newest`: the "
        "newest that may serve, whatever its night.",
    )
    flat_future_days: float | None = setting(
        None,
        "how many days later than the light a flat may be; null: any",
        more="One that is not fresh (`matching.fresh_days.flat`) loses a level, older or newer, "
        "and one from beyond an entry of the maintenance log two. With a number, only "
        "a flat of the light's own interval may be later than that.",
        unit="days",
        least=0,
    )
    flat_max_age_days: float | None = setting(
        None,
        "how many days older than the light a flat may be; null: any age",
        unit="days",
        least=0,
    )
    fresh_days: FreshDays = setting(
        FreshDays(), "matches farther away in time are good (level 1) instead of exact"
    )
