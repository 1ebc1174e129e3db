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
    bias is known and the policy is to scale; otherwise it is a last resort.

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
    if bias is None and master.bias_inside is False:
        wanted, found = "a master bias", "none that matches"
        return Refusal(master.path, "BIASSUB", wanted, found, "raw: add bias frames")
    optimise = optimise and bias is not None
    k = 1.0
    if not same_exposure(need.exposure, master.exposure):
        wanted, found = (_seconds(one) for one in (need.exposure, master.exposure))
        if policy == "exact":
            return Refusal(master.path, "EXPTIME", wanted, found, "matching.dark_policy")
        by_ratio = policy == "scale" and options.dark_scale != "none"
        if bias is not None and (by_ratio or optimise) and need.exposure and master.exposure:
            k = need.exposure / master.exposure
            match = match.noting(ACCEPTABLE, f"{found} scaled by {k:.6g}")
        else:
            text = f"exposure {found} instead of {wanted}, unscaled"
            match = match.noting(LAST_RESORT, text)
    if bias is not None and (master.bias_inside is False or k != 1.0 or optimise):
        return replace(match.beside(bias), k=k, optimise=optimise)
    return match


def rank_exposure(need: Need, match: Match, policy: str) -> tuple[int, float]:
    """Order darks by exposure: equal ones, then by the policy.

    Scaled ones, and by the policy ``longest_not_longer`` all, begin with the longest that is not
    longer, then the shortest that is: a short dark scaled up would bring more noise.  The others go
    by the distance alone.
    """
    master = match.master
    if same_exposure(need.exposure, master.exposure):
        return 0, 0.0
    if need.exposure is None or master.exposure is None:
        return 2, 0.0
    longer = master.exposure - need.exposure
    not_longer_first = policy == "longest_not_longer" or (policy == "scale" and match.k != 1.0)
    return int(not_longer_first and longer > 0), abs(longer)


def same_exposure(ours: float | None, theirs: float | None) -> bool:
    """Whether two exposures are equal to a millionth."""
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) <= 1e-6 * max(ours, theirs)


def _seconds(exposure: float | None) -> str:
    return "an unknown exposure" if exposure is None else f"{exposure:.9g} s"
