"""The user's own word: masters pinned to lights, and frames left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from plateworks.errors import ConfigError
from plateworks.metadata.frame import Frame
from plateworks.planning.candidates import Master
from plateworks.planning.filters import filter_identity
from plateworks.planning.match import EXACT, Finding, Match
from plateworks.planning.names import identity
from plateworks.planning.pathrules import PathPattern

#: Slots that can be pinned to a master, and the kinds that may fill them.
_SLOTS = {"dark": ("dark", "darkflat", "bias"), "flat": ("flat",), "bias": ("bias",)}


@dataclass(frozen=True)
class Override:
    """One entry of ``overrides``: for the lights it selects, what stands in their slots.

    Attributes
    ----------
    number : int
        Its place in the configuration, from 1.
    select : mapping
        ``session``, ``filter``, ``object``, ``match``; all that are given must hold.
    use : mapping
        Slot to the path or name of a master, or ``k`` to a number.
    """

    number: int
    select: Mapping
    use: Mapping

    def holds(self, frame: Frame, session: str, relative: str) -> bool:
        """Whether it selects a light; `relative` is its path below its raw folder."""
        wanted = self.select
        return (
            wanted.get("session") in (None, session)
            and ("filter" not in wanted or _same(filter_identity, wanted["filter"], frame.filter))
            and ("object" not in wanted or _same(identity, wanted["object"], frame.object))
            and ("match" not in wanted or PathPattern(wanted["match"]).matches(relative))
        )


class Overrides:
    """All entries of ``overrides``.

    Parameters
    ----------
    entries : sequence of mapping
        The section of the configuration.
    masters : iterable of Master
        Those that can be named: by path, by file name, or by the name of their set.

    Raises
    ------
    ConfigError
        If an entry names a master that is not there, or of another kind.
    """

    def __init__(self, entries: Sequence[Mapping], masters: Iterable[Master]):
        self._entries = [
            Override(number, entry.get("select", {}), entry["use"])
            for number, entry in enumerate(entries, 1)
        ]
        known = sorted(masters, key=lambda master: master.path)
        self._pinned = {
            (entry.number, slot): _named(entry, slot, name, known)
            for entry in self._entries
            for slot, name in entry.use.items()
            if slot in _SLOTS
        }

    def __bool__(self) -> bool:
        return bool(self._entries)

    def cosmetic(self, frame: Frame, session: str, relative: str) -> str:
        """Return the cosmetic list pinned to a light; an empty text if there is none."""
        lists = [
            entry.use["cosmetic"]
            for entry in self._entries
            if "cosmetic" in entry.use and entry.holds(frame, session, relative)
        ]
        return lists[-1] if lists else ""

    def apply(
        self, slot: str, match: Match | None, frame: Frame, session: str, relative: str
    ) -> Match | None:
        """Return what stands in a slot of a light: what the last entry says, else `match`."""
        for entry in self._entries:
            if not entry.holds(frame, session, relative):
                continue
            master = self._pinned.get((entry.number, slot))
            if master is not None:
                ours = f"{frame.width}x{frame.height}"
                theirs = f"{master.setup.width}x{master.setup.height}"
                if ours != theirs:
                    raise ConfigError(
                        f"overrides, entry {entry.number}: {master.path} is of {theirs} pixels, "
                        f"and {frame.path} of {ours}."
                    )
                match = Match(master, (Finding(EXACT, f"pinned by overrides {entry.number}"),))
            if slot == "dark" and match is not None:
                match = _with_bias_and_k(entry, match, self._pinned.get((entry.number, "bias")))
        return match


def _with_bias_and_k(entry: Override, match: Match, bias: Master | None) -> Match:
    """Set the factor on the dark, and the bias beside it."""
    if bias is not None:
        match = replace(match, bias=bias)
    k = entry.use.get("k")
    if k is not None:
        finding = Finding(EXACT, f"K = {k:g} by overrides {entry.number}")
        match = replace(match, k=float(k), optimise=False, findings=(*match.findings, finding))
    needs_bias = match.k != 1.0 or match.master.bias_inside is False
    if needs_bias and match.bias is None and match.master.kind != "bias":
        raise ConfigError(
            f"overrides, entry {entry.number}: {match.master.path} can be used so only beside a "
            "master bias (it is scaled, or its bias is taken out); name one as bias."
        )
    return match


def _named(entry: Override, slot: str, name: str, known: Sequence[Master]) -> Master:
    """Find the master that an entry names."""
    for master in known:
        stem = master.path.rsplit("/", 1)[-1]
        if name in (master.path, stem, stem.rsplit(".", 1)[0]):
            if master.kind not in _SLOTS[slot]:
                raise ConfigError(
                    f"overrides, entry {entry.number}: {name} is a master {master.kind} and cannot "
                    f"serve as {slot}."
                )
            return master
    raise ConfigError(
        f"overrides, entry {entry.number}: there is no master {name} for the slot {slot}.  Name "
        "one by its path, its file name, or the name of its set in plan/sets.csv."
    )


def _same(form: object, one: str | None, other: str | None) -> bool:
    return form(one) == form(other)
