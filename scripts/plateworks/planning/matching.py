"""Choosing masters: which candidates may serve, how well, and why the others may not.

Every comparison either refuses a candidate, naming the field and both readings, or yields findings,
each with a level: 0 exact, 1 good, 2 acceptable, 3 last resort.  A match is as good as its worst
finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from plateworks.planning.candidates import Master, Need

EXACT, GOOD, ACCEPTABLE, LAST_RESORT = range(4)

#: Fields of a setup that must agree where both sides know them, with the header's keyword.
_SETUP_FIELDS = (
    ("camera", "INSTRUME"),
    ("xbin", "XBINNING"),
    ("ybin", "YBINNING"),
    ("gain", "GAIN"),
    ("offset", "OFFSET"),
    ("readout_mode", "READOUTM"),
)


class Finding(NamedTuple):
    """One remark on a match, and the best level it allows."""

    level: int
    text: str


class Refusal(NamedTuple):
    """Why a candidate cannot serve: the field, both readings, the setting that would change it."""

    path: str
    field: str
    wanted: str
    found: str
    setting: str


@dataclass(frozen=True, slots=True)
class Match:
    """A master chosen for a slot."""

    master: Master
    findings: tuple[Finding, ...]
    k: float = 1.0  # factor on the dark
    bias: Master | None = None  # needed beside the dark
    runner_up: str = ""

    @property
    def level(self) -> int:
        return max((finding.level for finding in self.findings), default=EXACT)

    @property
    def reason(self) -> str:
        worst_first = sorted(self.findings, key=lambda finding: -finding.level)
        return "; ".join(finding.text for finding in worst_first) or "exact"


class Compared(NamedTuple):
    """What is left of the candidates when everything but time was compared."""

    fit: list[tuple[Master, tuple[Finding, ...]]]
    refused: list[Refusal]


class Matcher:
    """Chooses among `masters` by the rules of the configuration.

    Parameters
    ----------
    masters : iterable of Master
    options : mapping
        The section ``matching`` of the configuration.
    """

    def __init__(self, masters: Iterable[Master], options: Mapping):
        self._options = options
        self._by_kind: dict[str, list[Master]] = {}
        for master in masters:
            self._by_kind.setdefault(master.kind, []).append(master)
        self._compared: dict[tuple[Need, str], Compared] = {}

    def bias(self, need: Need) -> Match | None:
        """Return the best master bias for `need`, or None."""
        found = [
            self._dated(need, master, findings) for master, findings in self._fit(need, "bias")
        ]
        return _best(found, need)

    def dark(self, need: Need, kinds: tuple[str, ...] = ("dark",)) -> Match | None:
        """Return the best master dark for `need`, or None.

        A dark of the same exposure comes first.  One of another exposure is scaled by the ratio of
        the exposures where a master bias is known (acceptable), else taken as it is (last resort).

        Parameters
        ----------
        need : Need
        kinds : tuple of str
            Kinds of master that may serve; the first is preferred among equals.
        """
        bias = self.bias(need)
        found = []
        for kind in kinds:
            for master, findings in self._fit(need, kind):
                match = self._dark(need, self._dated(need, master, findings), bias)
                if match is not None:
                    found.append(match)
        return _best(found, need, kinds)

    def flat(self, need: Need) -> Match | None:
        """Return the best master flat for `need`: newest first, not too far in the future."""
        dated = (
            self._dated(need, master, findings) for master, findings in self._fit(need, "flat")
        )
        return _best([m for m in dated if self._flat_refusal(need, m.master) is None], need)

    def refusals(self, need: Need, slot: str) -> list[Refusal]:
        """Return every candidate of `slot` (bias, dark, flat) that `need` refuses, and why."""
        refused = list(self._compare(need, slot).refused)
        if slot == "flat":
            late = (self._flat_refusal(need, master) for master, _ in self._fit(need, "flat"))
            refused += [refusal for refusal in late if refusal is not None]
        if slot == "dark" and self.bias(need) is None:
            refused += [
                Refusal(
                    m.path, "BIASSUB", "a master bias", "none that matches", "raw: add bias frames"
                )
                for m, _ in self._fit(need, "dark")
                if m.bias_inside is False
            ]
        return refused

    def _fit(self, need: Need, kind: str) -> list[tuple[Master, tuple[Finding, ...]]]:
        return self._compare(need, kind).fit

    def _compare(self, need: Need, kind: str) -> Compared:
        """Compare everything but time, once for all frames that differ only in time."""
        timeless = replace(need, mjd=None)
        key = (timeless, kind)
        if key not in self._compared:
            result = Compared([], [])
            for master in self._by_kind.get(kind, ()):
                refusal, findings = self._agreement(timeless, master)
                if refusal is None:
                    result.fit.append((master, tuple(findings)))
                else:
                    result.refused.append(refusal)
            self._compared[key] = result
        return self._compared[key]

    def _agreement(self, need: Need, master: Master) -> tuple[Refusal | None, list[Finding]]:
        findings: list[Finding] = []
        size, other = (f"{s.width}x{s.height}" for s in (need.setup, master.setup))
        if size != other:
            never = "none: frames of another size never match"
            return Refusal(master.path, "size", size, other, never), []
        for name, keyword in _SETUP_FIELDS:
            ours, theirs = getattr(need.setup, name), getattr(master.setup, name)
            if ours is None and theirs is None:
                continue
            if ours is None or theirs is None:
                side = "light" if ours is None else "master"
                findings.append(Finding(ACCEPTABLE, f"{keyword} unknown in the {side}"))
            elif ours != theirs:
                hint = f"path_rules: set {name} only where a header is silent"
                return Refusal(master.path, keyword, str(ours), str(theirs), hint), []
        if master.kind == "flat":
            refusal = _optics(need, master, findings)
            return refusal, findings
        findings += self._temperature(need, master)
        return None, findings

    def _temperature(self, need: Need, master: Master) -> list[Finding]:
        ours, theirs = need.temperature, master.temperature
        if ours is None and theirs is None:
            return []
        if ours is None or theirs is None:
            side = "light" if ours is None else "master"
            return [Finding(ACCEPTABLE, f"temperature unknown in the {side}")]
        apart = abs(ours - theirs)
        if apart <= self._options["temperature_tolerance_degC"]:
            return []
        level = GOOD if apart <= self._options["temperature_good_degC"] else LAST_RESORT
        return [Finding(level, f"temperature {theirs:g} instead of {ours:g} degC")]

    def _dated(self, need: Need, master: Master, findings: tuple[Finding, ...]) -> Match:
        """Add what the distance in time says."""
        if need.mjd is None or master.mjd is None:
            side = "light" if need.mjd is None else "master"
            return Match(master, (*findings, Finding(ACCEPTABLE, f"date unknown in the {side}")))
        days = need.mjd - master.mjd
        fresh = self._options["fresh_days"]["dark" if master.kind == "darkflat" else master.kind]
        if abs(days) <= fresh:
            return Match(master, findings)
        text = f"{abs(days):.0f} days {'older' if days > 0 else 'newer'}"
        return Match(master, (*findings, Finding(GOOD, text)))

    def _dark(self, need: Need, match: Match, bias: Match | None) -> Match | None:
        """Add what the exposures and the bias inside the dark say; None if it cannot be used."""
        master, findings = match.master, list(match.findings)
        if master.bias_inside is None:
            findings.append(Finding(GOOD, "does not say whether bias is inside; taken as inside"))
        same = (
            need.exposure is not None
            and master.exposure is not None
            and abs(need.exposure - master.exposure) <= 1e-6 * max(need.exposure, master.exposure)
        )
        if same and master.bias_inside is not False:
            return replace(match, findings=tuple(findings))
        if bias is None and master.bias_inside is False:
            return None
        k = 1.0
        if not same:
            scalable = bias is not None and self._options["dark_scaling"]
            if scalable and need.exposure and master.exposure:
                k = need.exposure / master.exposure
                text = f"{master.exposure:g} s scaled by {k:.6g}"
                findings.append(Finding(ACCEPTABLE, text))
            else:
                wanted = "unknown" if need.exposure is None else f"{need.exposure:g} s"
                got = "unknown" if master.exposure is None else f"{master.exposure:g} s"
                findings.append(
                    Finding(LAST_RESORT, f"exposure {got} instead of {wanted}, unscaled")
                )
        needs_bias = master.bias_inside is False or k != 1.0
        if needs_bias:
            findings += [Finding(f.level, f"bias: {f.text}") for f in bias.findings]
        return replace(
            match, findings=tuple(findings), k=k, bias=bias.master if needs_bias else None
        )

    def _flat_refusal(self, need: Need, master: Master) -> Refusal | None:
        if need.mjd is None or master.mjd is None:
            return None
        ahead, limit = master.mjd - need.mjd, self._options["flat_future_days"]
        if ahead > limit:
            wanted, found = f"at most {limit:g} days later", f"{ahead:.1f} days later"
            return Refusal(master.path, "date", wanted, found, "matching.flat_future_days")
        oldest = self._options["flat_max_age_days"]
        if oldest is not None and -ahead > oldest:
            wanted, found = f"at most {oldest:g} days older", f"{-ahead:.1f} days older"
            return Refusal(master.path, "date", wanted, found, "matching.flat_max_age_days")
        return None


def _optics(need: Need, master: Master, findings: list[Finding]) -> Refusal | None:
    """Compare what only a flat must share with a light: filter, telescope, focal length."""
    if need.filter != master.filter:
        wanted, found = (one or "no FILTER card" for one in (need.filter, master.filter))
        return Refusal(master.path, "FILTER", wanted, found, "path_rules: set filter")
    if need.telescope and master.telescope and need.telescope != master.telescope:
        hint = "path_rules: set telescope only where a header is silent"
        return Refusal(master.path, "TELESCOP", need.telescope, master.telescope, hint)
    if need.focal_length and master.focal_length:
        ratio = master.focal_length / need.focal_length
        if not 0.98 <= ratio <= 1.02:  # the same optics, refocused or measured again
            wanted, found = f"{need.focal_length:g} mm", f"{master.focal_length:g} mm"
            hint = "path_rules: set focal_length only where a header is silent"
            return Refusal(master.path, "FOCALLEN", wanted, found, hint)
    return None


def _best(matches: list[Match], need: Need, kinds: tuple[str, ...] = ()) -> Match | None:
    """Return the best: by level, exposure, preferred kind, temperature, and the newest."""

    def rank(match: Match) -> tuple:
        master = match.master
        return (
            match.level,
            _apart(need.exposure, master.exposure) if kinds else 0.0,
            kinds.index(master.kind) if kinds else 0,
            _apart(need.temperature, master.temperature) if master.kind != "flat" else 0.0,
            -(master.mjd if master.mjd is not None else float("-inf")),
            master.path,
        )

    ordered = sorted(matches, key=rank)
    if not ordered:
        return None
    return replace(ordered[0], runner_up=ordered[1].master.path if len(ordered) > 1 else "")


def _apart(ours: float | None, theirs: float | None) -> float:
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else float("inf")
    apart = abs(ours - theirs)
    return 0.0 if apart <= 1e-6 * max(abs(ours), abs(theirs)) else apart
