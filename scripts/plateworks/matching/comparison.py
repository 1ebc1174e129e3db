"""Comparing a frame with a master in everything but time.

Every comparison either refuses the master, naming the field and both readings, or yields findings,
each with the best level it allows.
"""

from __future__ import annotations

from plateworks.inventory.clusters import SAME_OPTICS
from plateworks.inventory.filters import filter_identity
from plateworks.inventory.sets import Setup
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.effects import TOLERABLE, change_by_warmth, moves_little
from plateworks.matching.match import ACCEPTABLE, EXACT, GOOD, LAST_RESORT, Finding, Refusal
from plateworks.matching.placement import WHOLE, place
from plateworks.metadata.identity import other_modes
from plateworks.metadata.placecards import BOTTOM_UP
from plateworks.settings.matching import Matching
from plateworks.wording import figures

#: Fields of a setup that must agree where both sides know them, with the header's keyword.
SETUP_FIELDS = (
    ("camera", "INSTRUME"),
    ("xbin", "XBINNING"),
    ("ybin", "YBINNING"),
    ("gain", "GAIN"),
    ("offset", "OFFSET"),
    ("readout_mode", "READOUTM"),
)
#: The same, of fields that say nothing where one side is silent: few programs write them.
TOLD_BY_BOTH = (
    ("serial", "CAMERAID"),
    ("raw_bits", "BITPIX"),
)
#: Electrons per ADU stand for the gain where no program tells the setting; they are measured.
_SAME_EGAIN = 0.02


def compare(need: Need, master: Candidate, options: Matching) -> Refusal | tuple[Finding, ...]:
    """Compare what `need` wants with what `master` is, whatever their dates.

    Parameters
    ----------
    need : Need
    master : Candidate
    options : Matching

    Returns
    -------
    Refusal or tuple of Finding
        No findings mean that all is equal.
    """
    placed = place(need.setup, master.setup, master.path)
    if isinstance(placed, Refusal):
        return placed
    findings = [Finding(EXACT, str(placed))] if placed != WHOLE else []
    for name, keyword in SETUP_FIELDS:
        ours, theirs = getattr(need.setup, name), getattr(master.setup, name)
        if ours is None and theirs is None:
            continue
        if ours is None or theirs is None:
            findings.append(_unknown(keyword, need, ours))
        elif ours != theirs:
            return Refusal(master.path, keyword, str(ours), str(theirs), _by_path(name))
    for name, keyword in TOLD_BY_BOTH:
        ours, theirs = getattr(need.setup, name), getattr(master.setup, name)
        if ours != theirs and None not in (ours, theirs):
            return Refusal(master.path, keyword, str(ours), str(theirs), _by_path(name))
    other = _otherwise_set(need.setup, master.setup, master.path)
    if other is not None:
        return other
    orders = {need.setup.row_order, master.setup.row_order}
    if orders == {BOTTOM_UP, None}:
        findings.append(_unknown("ROWORDER", need, need.setup.row_order))
    if need.setup.overscan_off != master.setup.overscan_off:
        ours, theirs = (_off(s.overscan_off) for s in (need.setup, master.setup))
        return Refusal(master.path, "overscan", ours, theirs, _by_path("done"))
    same_camera = need.setup.serial is not None and need.setup.serial == master.setup.serial
    moved = need.telescope and master.telescope and need.telescope != master.telescope
    if moved and master.kind != "flat" and not same_camera:
        text = f"telescope {master.telescope} instead of {need.telescope} (TELESCOP)"
        findings.append(Finding(ACCEPTABLE, text))
    more = _optics(need, master, options) if master.kind == "flat" else _heat(need, master, options)
    return more if isinstance(more, Refusal) else (*findings, *more)


def _otherwise_set(need: Setup, master: Setup, path: str) -> Refusal | None:
    """Compare what else the driver was told: its modes, and the gain by what it makes."""
    if need.driver_mode and master.driver_mode:
        for ours, theirs in other_modes(need.driver_mode, master.driver_mode):
            return Refusal(path, "driver's mode", ours, theirs, _by_path("driver_mode"))
    if need.egain and master.egain and distance(need.egain / master.egain, 1.0) > _SAME_EGAIN:
        return Refusal(path, "EGAIN", f"{need.egain:g}", f"{master.egain:g}", _by_path("egain"))
    if None not in (need.amplifiers, master.amplifiers) and need.amplifiers != master.amplifiers:
        ours, theirs = str(need.amplifiers), str(master.amplifiers)
        return Refusal(
            path,
            "gains of amplifiers",
            ours,
            theirs,
            "none: headers must tell them alike, or a profile tell what they lack",
        )
    return None


def _heat(need: Need, master: Candidate, options: Matching) -> tuple[Finding, ...]:
    """Compare temperatures, which matter to bias and darks; in a flat by what they change in it."""
    ours, theirs = need.temperature, master.temperature
    if (ours is None and theirs is None) or master.constant:
        return ()
    if ours is None or theirs is None:
        return (_unknown("temperature", need, ours),)
    apart = distance(ours, theirs)
    if apart <= options.temperature_tolerance_degC:
        return ()
    level = GOOD if apart <= options.temperature_good_degC else LAST_RESORT
    text = f"temperature {theirs:g} instead of {ours:g} degC"
    return (_far(need, master, options, text) if level == LAST_RESORT else Finding(level, text),)


def _far(need: Need, master: Candidate, options: Matching, text: str) -> Finding:
    """Say what a temperature that is far away does: to a flat, and to a bias."""
    part = change_by_warmth(need, master) if need.bright else None
    if part is not None and part <= TOLERABLE:
        return Finding(ACCEPTABLE, f"{text}, which changes a flat little")
    if part is not None:
        return Finding(
            LAST_RESORT, f"{text}, which may change a flat by {figures(100.0 * part, 2)} %"
        )
    assert need.temperature is not None and master.temperature is not None
    by_effect = master.kind == "bias" and options.dark_policy == "scale"
    if by_effect and moves_little(distance(need.temperature, master.temperature)):
        return Finding(ACCEPTABLE, f"{text}, which moves a bias little")
    return Finding(LAST_RESORT, text)


def _optics(need: Need, master: Candidate, options: Matching) -> Refusal | tuple[Finding, ...]:
    """Compare filter, telescope, focal length and rotator, which matter to flats."""
    findings = []
    if need.filter != master.filter:
        substitute = filter_identity(options.substitute_filter)
        if need.filter is None or master.filter is None or master.filter != substitute:
            wanted, found = (one or "no FILTER card" for one in (need.filter, master.filter))
            silent = need.filter is None or master.filter is None
            setting = "path_rules: set filter" if silent else "matching.substitute_filter"
            if need.filter and master.filter and need.filter.lower() == master.filter.lower():
                setting = _by_path("filter")  # one filter, written in two ways, or two
            return Refusal(master.path, "FILTER", wanted, found, setting)
        findings.append(Finding(ACCEPTABLE, f"filter {master.filter} in place of {need.filter}"))
    if need.telescope and master.telescope and need.telescope != master.telescope:
        ours, theirs = need.telescope, master.telescope
        return Refusal(master.path, "TELESCOP", ours, theirs, _by_path("telescope"))
    if (
        need.focal_length
        and master.focal_length
        and distance(master.focal_length / need.focal_length, 1.0) > SAME_OPTICS
    ):
        ours, theirs = f"{need.focal_length:g} mm", f"{master.focal_length:g} mm"
        return Refusal(master.path, "FOCALLEN", ours, theirs, _by_path("focal_length"))
    if need.rotator is not None and master.rotator is not None:
        turned = distance(need.rotator, master.rotator) % 360.0
        if min(turned, 360.0 - turned) > options.rotator_tolerance_deg:
            ours, theirs = f"{need.rotator:g} deg", f"{master.rotator:g} deg"
            setting = "matching.rotator_tolerance_deg"
            return Refusal(master.path, "rotator", ours, theirs, setting)
    return tuple(findings)


def distance(one: float, other: float) -> float:
    """Return how far two readings are apart, so that 4.4 and 3.4 are not more than 1 apart."""
    return round(abs(one - other), 9)


def _off(off: bool | None) -> str:
    return "subtracted already" if off else "inside"


def _unknown(what: str, need: Need, ours: object) -> Finding:
    side = need.what if ours is None else "master"
    return Finding(ACCEPTABLE, f"{what} unknown in the {side}")


def _by_path(field: str) -> str:
    return f"path_rules: set {field}, with force: true"
