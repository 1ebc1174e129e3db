"""The rules for darks: exposures, scaling, and the bias inside."""

from __future__ import annotations

from typing import NamedTuple

from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.effects import NEGLIGIBLE, TOLERABLE, dark_current, dark_current_of
from plateworks.matching.match import ACCEPTABLE, EXACT, GOOD, LAST_RESORT, Match, Refusal
from plateworks.settings.matching import Matching
from plateworks.wording import figures

#: By so much of itself a dark is scaled without a doubt, and is taken unscaled at a pinch.  If
#: its dark current did not follow the exposure at all, the error would be this part of it, which is
#: less than the noise of that current in twenty darks up to 125 electrons.
LITTLE = 0.02

#: Policies by which a dark is scaled by the ratio of the exposures.
SCALING = ("scale", "scale_longest_not_longer")


class Biases(NamedTuple):
    """The master biases beside a dark: `own` is of the night and temperature of the dark itself.

    A dark that is scaled is freed of its own bias, as the frame is of the frame's.
    """

    frame: Match | None
    own: Match | None


NO_BIASES = Biases(None, None)


def is_whole(need: Need, dark: Candidate, options: Matching) -> bool:
    """Whether a dark is subtracted with the bias inside, and needs none, where K is not fitted."""
    inside = dark.bias_inside is not False and not need.bias_off
    return inside and same_exposure(need.exposure, dark.exposure, options.exposure_tolerance)


def is_fitted(slot: str, options: Matching) -> bool:
    """Whether K of the darks of a slot is fitted to each frame."""
    scale = options.dark_scale if slot == "dark" else options.flat_dark_scale
    return scale == "optimise"


def takes_biases(need: Need, slot: str, dark: Candidate, options: Matching) -> bool:
    """Whether it matters to a dark of a slot which biases stand beside it."""
    return is_fitted(slot, options) or not is_whole(need, dark, options)


def judge_dark(
    need: Need, match: Match, biases: Biases, options: Matching, *, optimise: bool
) -> Match | Refusal:
    """Say what the exposures, and the bias inside a dark, make of a match.

    A dark of the same exposure is used as it is.  One of another exposure is scaled where both
    biases are known, that of the frame and that of the dark, and the policy is to scale; that
    lowers the level unless it matters too little to be found.  Otherwise it is a last resort,
    unless the exposures are nearly the same, or the difference is little in a flat.  Of a frame
    that is free of bias only what a dark without its bias holds is taken.

    Parameters
    ----------
    need : Need
    match : Match
        With what was found before.
    biases : Biases
        The best for `need` and for the dark.
    options : Matching
    optimise : bool
        Whether K is fitted to each frame; that needs both biases, whatever the exposures.
    """
    master, policy = match.master, options.dark_policy
    if master.bias_inside is None:
        match = match.noting(GOOD, "does not say whether bias is inside; taken as inside")
    inside = master.bias_inside is not False
    # Bias that is in one of the two, and not in the other, is taken out of that one.
    frame = None if need.bias_off else biases.frame
    own = biases.own if inside else None
    scalable = (need.bias_off or frame is not None) and (not inside or own is not None)
    whole = inside and not need.bias_off
    if not whole and not scalable:
        wanted, found = "a master bias", "none that matches"
        return Refusal(master.path, "BIASSUB", wanted, found, "raw: add bias frames")
    optimise = optimise and scalable
    k = 1.0
    if not same_exposure(need.exposure, master.exposure, options.exposure_tolerance):
        wanted, found = (_seconds(one) for one in (need.exposure, master.exposure))
        if policy == "exact":
            return Refusal(master.path, "EXPTIME", wanted, found, "matching.dark_policy")
        by_ratio = policy in SCALING and options.dark_scale != "none"
        if scalable and (by_ratio or optimise) and need.exposure and master.exposure:
            k = need.exposure / master.exposure
        limit = options.dark_scale_limit
        beyond = limit is not None and k > limit
        if k != 1.0 and not beyond:
            level = EXACT if _is_little(need, k) else ACCEPTABLE
            match = match.noting(level, f"{found} scaled by {figures(k)}")
        else:
            text = f"exposure {found} instead of {wanted}, unscaled"
            if beyond:
                text += f", as {figures(k)} is beyond matching.dark_scale_limit, {limit:g}"
            if policy == "scale" and _is_near(need, master):
                match = match.noting(ACCEPTABLE, f"{text}, which is near enough")
            elif policy == "scale" and _changes_little(need, master):
                match = match.noting(ACCEPTABLE, f"{text}, which changes a flat little")
            else:
                match = match.noting(LAST_RESORT, text)
            match = match._replace(unscaled=True, beyond=k if beyond else 0.0)
            k = 1.0
    if whole and k == 1.0 and not optimise:
        return match
    return match.with_biases(frame, own)._replace(k=k, optimise=optimise)


def _is_little(need: Need, k: float) -> bool:
    """Whether a dark that is scaled by K is as good as the frame's own, as far as can be found."""
    part = dark_current(need) if need.bright else None
    return abs(k - 1.0) <= LITTLE or (part is not None and part <= NEGLIGIBLE)


def _is_near(need: Need, dark: Candidate) -> bool:
    """Whether a dark that is not scaled is wrong by no more than one that is scaled by little."""
    if not need.exposure or dark.exposure is None:
        return False
    return abs(dark.exposure / need.exposure - 1.0) <= LITTLE


def _changes_little(need: Need, dark: Candidate) -> bool:
    """Whether the dark current of the seconds between a dark and a flat is little in the flat."""
    if not need.bright or need.exposure is None or dark.exposure is None:
        return False
    part = dark_current_of(need, abs(need.exposure - dark.exposure))
    return part is not None and part <= TOLERABLE


def rank_exposure(need: Need, match: Match, options: Matching) -> tuple[int, float]:
    """Order darks by exposure: equal ones, then by the policy.

    Those of the policies of guides: by ``longest_not_longer`` and ``scale_longest_not_longer`` they
    begin with the longest that is not longer, then the shortest that is.  The others go by the
    distance alone.
    """
    master = match.master
    policy = options.dark_policy
    if same_exposure(need.exposure, master.exposure, options.exposure_tolerance):
        return 0, 0.0
    if need.exposure is None or master.exposure is None:
        return 2, 0.0
    longer = master.exposure - need.exposure
    scaled = policy == "scale_longest_not_longer" and match.k != 1.0
    not_longer_first = policy == "longest_not_longer" or scaled
    return int(not_longer_first and longer > 0), abs(longer)


def same_exposure(ours: float | None, theirs: float | None, tolerance: float) -> bool:
    """Whether two exposures are one, to a part of the longer, and to a millionth at the least."""
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) <= max(tolerance, 1e-6) * max(ours, theirs)


def _seconds(exposure: float | None) -> str:
    return "an unknown exposure" if exposure is None else f"{exposure:.9g} s"
