"""The rules for darks: exposures, scaling, and the bias inside."""

from __future__ import annotations

from dataclasses import replace

from plateworks.matching.candidates import Need
from plateworks.matching.match import ACCEPTABLE, GOOD, LAST_RESORT, Match, Refusal
from plateworks.settings.matching import Matching


def judge_dark(
    need: Need, match: Match, bias: Match | None, options: Matching, *, optimise: bool
) -> Match | Refusal:
    """Say what the exposures, and the bias inside a dark, make of a match.

    A dark of the same exposure is used as it is.  One of another exposure is scaled where a master
    bias is known and the policy is to scale; otherwise it is a last resort.  Of a frame that is
    free of bias only what a dark without its bias holds is taken.

    Parameters
    ----------
    need : Need
    match : Match
        With what was found before.
    bias : Match or None
        The best master bias for `need`.
    options : Matching
    optimise : bool
        Whether K is fitted to each frame; that needs a bias, whatever the exposures.
    """
    master, policy = match.master, options.dark_policy
    if master.bias_inside is None:
        match = match.noting(GOOD, "does not say whether bias is inside; taken as inside")
    # Bias that is in one of the two, and not in the other, is taken out of that one.
    if bias is None and (master.bias_inside is False) != need.bias_off:
        wanted, found = "a master bias", "none that matches"
        return Refusal(master.path, "BIASSUB", wanted, found, "raw: add bias frames")
    free = need.bias_off and master.bias_inside is False
    scalable = free or bias is not None
    optimise = optimise and scalable
    k = 1.0
    if not same_exposure(need.exposure, master.exposure, options.exposure_tolerance):
        wanted, found = (_seconds(one) for one in (need.exposure, master.exposure))
        if policy == "exact":
            return Refusal(master.path, "EXPTIME", wanted, found, "matching.dark_policy")
        by_ratio = policy == "scale" and options.dark_scale != "none"
        if scalable and (by_ratio or optimise) and need.exposure and master.exposure:
            k = need.exposure / master.exposure
            match = match.noting(ACCEPTABLE, f"{found} scaled by {k:.6g}")
        else:
            text = f"exposure {found} instead of {wanted}, unscaled"
            match = match.noting(LAST_RESORT, text)
    one_of_both = (master.bias_inside is False) != need.bias_off
    if bias is not None and not free and (one_of_both or k != 1.0 or optimise):
        return replace(match.beside(bias), k=k, optimise=optimise)
    return replace(match, k=k, optimise=optimise) if free else match


def rank_exposure(need: Need, match: Match, options: Matching) -> tuple[int, float]:
    """Order darks by exposure: equal ones, then by the policy.

    Scaled ones, and by the policy ``longest_not_longer`` all, begin with the longest that is not
    longer, then the shortest that is: a short dark scaled up would bring more noise.  The others go
    by the distance alone.
    """
    master = match.master
    policy = options.dark_policy
    if same_exposure(need.exposure, master.exposure, options.exposure_tolerance):
        return 0, 0.0
    if need.exposure is None or master.exposure is None:
        return 2, 0.0
    longer = master.exposure - need.exposure
    not_longer_first = policy == "longest_not_longer" or (policy == "scale" and match.k != 1.0)
    return int(not_longer_first and longer > 0), abs(longer)


def same_exposure(ours: float | None, theirs: float | None, tolerance: float) -> bool:
    """Whether two exposures are one, to a part of the longer, and to a millionth at the least."""
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) <= max(tolerance, 1e-6) * max(ours, theirs)


def _seconds(exposure: float | None) -> str:
    return "an unknown exposure" if exposure is None else f"{exposure:.9g} s"
