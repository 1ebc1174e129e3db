"""The user's own word: masters pinned to lights, and frames left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from plateworks.errors import ConfigError
from plateworks.inventory.filters import filter_identity
from plateworks.inventory.library import names_of_master
from plateworks.inventory.pathrules import PathPattern
from plateworks.inventory.sets import setup_of
from plateworks.inventory.tokens import identity
from plateworks.likeness import nearest
from plateworks.matching.candidates import Candidate
from plateworks.matching.darkrules import Biases
from plateworks.matching.match import EXACT, LAST_RESORT, Finding, Match, Refusal
from plateworks.matching.placement import place
from plateworks.matching.vouching import barred_on
from plateworks.metadata.frame import Frame
from plateworks.settings.overrides import NOTHING, Override

#: Slots that can be pinned to a master, and the kinds that may fill them.
_SLOTS = {"dark": ("dark", "darkflat", "bias"), "flat": ("flat",), "bias": ("bias",)}


class Pin(NamedTuple):
    """What an entry puts into a slot."""

    where: str  # in the configuration
    value: Any  # a master, None for no flat; of ``k`` and ``mult`` a number, of ``cosmetic`` a path

    def finding(self, text: str) -> Finding:
        return Finding(EXACT, f"{text} by {self.where.replace(', entry', '')}")


class _Entry:
    """One entry of ``overrides``: which lights it selects, and what stands in their slots."""

    def __init__(self, where: str, entry: Override, known: Sequence[Candidate]):
        self._chosen = chosen = entry.select
        self._pattern = None if chosen.match is None else PathPattern(chosen.match)
        self.pins = {
            slot: Pin(where, _named(where, slot, value, known) if slot in _SLOTS else value)
            for slot, value in entry.use.as_dict().items()
        }

    def holds(self, frame: Frame, session: str, relative: str) -> bool:
        """Whether it selects a light: all that is given must hold."""
        wanted = self._chosen
        return (
            wanted.session in (None, session)
            and (wanted.filter is None or _same(filter_identity, wanted.filter, frame.filter))
            and (wanted.object is None or _same(identity, wanted.object, frame.object))
            and (self._pattern is None or self._pattern.matches(relative))
        )


class Overrides:
    """All entries of ``overrides``.

    Parameters
    ----------
    entries : sequence of Override
    by_hand : Override or None
        What stands before them: what ``by_hand`` names.
    masters : iterable of Candidate
        Those that can be named: by path, by file name, or by the name of their set.

    Raises
    ------
    ConfigError
        If an entry names a master that is not there, several masters, or one of another kind.
    """

    def __init__(
        self,
        entries: Sequence[Override],
        masters: Iterable[Candidate],
        by_hand: Override | None = None,
    ):
        known = sorted(masters, key=lambda master: master.path)
        told = [] if by_hand is None else [("by_hand", by_hand)]
        told += ((f"overrides, entry {number}", entry) for number, entry in enumerate(entries, 1))
        self._entries = [_Entry(where, entry, known) for where, entry in told]

    def __bool__(self) -> bool:
        return bool(self._entries)

    def pins(self, frame: Frame, session: str, relative: str) -> dict[str, Pin]:
        """Return what is pinned to a light, by slot; later entries win.

        Parameters
        ----------
        frame : Frame
        session : str
        relative : str
            Its path below its raw folder.

        Raises
        ------
        ConfigError
            If a master is of another size than the light, and cannot be cropped to it, or a ledger
            says that it is not to serve.
        """
        pins: dict[str, Pin] = {}
        for entry in self._entries:
            if entry.holds(frame, session, relative):
                pins |= entry.pins
        for slot, (where, master) in pins.items():
            if slot in _SLOTS and master is not None:
                if why := barred_on(session, master):
                    raise ConfigError(
                        f"{where}: {master.path} {why}.  Take it out of {where.partition(',')[0]}, "
                        "or certify it."
                    )
                ours = f"{frame.width}x{frame.height}"
                theirs = f"{master.setup.width}x{master.setup.height}"
                placed = place(setup_of(frame), master.setup, master.path)
                other = frame.planes != (master.setup.planes or 1)
                if other:
                    ours, theirs = f"{ours}x{frame.planes}", f"{theirs}x{master.setup.planes or 1}"
                if ours != theirs and isinstance(placed, Refusal):
                    raise ConfigError(
                        f"{where}: {master.path} is of {theirs} pixels, and {frame.path} of {ours}."
                    )
        return pins


def pinned_flat(pins: Mapping[str, Pin], flat: Match | None) -> Match | None:
    """Return what stands in the slot of the flat: what is pinned, else `flat`."""
    pin = pins.get("flat")
    if pin is not None and pin.value is None:
        return None
    return flat if pin is None else Match(pin.value, (pin.finding("pinned"),), pinned=True)


def pinned_dark(
    pins: Mapping[str, Pin],
    dark: Match | None,
    best: Callable[[Candidate], Biases],
    *,
    bias_off: bool = False,
) -> Match | None:
    """Return what stands in the slot of the dark, with its bias and its factor.

    Parameters
    ----------
    pins : mapping
        From :meth:`Overrides.pins`.
    dark : Match or None
        What stands there without overrides.
    best : function
        Gives the best biases beside a dark, for the light and for the dark itself.
    bias_off : bool
        Whether bias is out of the light already.

    Raises
    ------
    ConfigError
        If a bias is needed, and neither pinned nor found.
    """
    pin, bias, k = pins.get("dark"), pins.get("bias"), pins.get("k")
    if pin is not None:
        dark = Match(pin.value, (pin.finding("pinned"),), pinned=True)
    elif bias is not None and (dark is None or dark.master.kind == "bias"):
        alone = Finding(LAST_RESORT, "bias alone, no dark")
        return Match(bias.value, (bias.finding("pinned"), alone), pinned=True)
    if dark is None or dark.master.kind == "bias":
        return dark
    if pins.keys() & {"k", "bias"}:
        dark = dark._replace(cost=None)  # it is as the user says, whatever that costs
    if k is not None and k.value == "optimise":
        dark = dark._replace(optimise=True, findings=(*dark.findings, k.finding("K fitted")))
    elif k is not None:
        findings = (*dark.findings, k.finding(f"K = {k.value:g}"))
        dark = dark._replace(k=float(k.value), optimise=False, findings=findings)
    inside = dark.master.bias_inside is not False
    if bias is not None:  # the light's; the dark keeps its own where one is known
        own = best(dark.master).own
        own_bias = bias.value if own is None else own.master
        return dark._replace(
            bias=None if bias_off else bias.value,
            dark_bias=own_bias if inside else None,
            findings=(*dark.findings, bias.finding("bias pinned")),
        )
    whole = inside and not bias_off and dark.k == 1.0 and not dark.optimise
    if whole or dark.bias is not None or dark.dark_bias is not None:
        return dark
    found = best(dark.master)
    frame, own = None if bias_off else found.frame, found.own if inside else None
    if (frame is None and not bias_off) or (own is None and inside):
        where, _ = next(one for one in (k, pin) if one is not None)
        raise ConfigError(
            f"{where}: {dark.master.path} can be used so only beside a master "
            "bias (it is scaled, or its bias is taken out), and none matches; name one as bias."
        )
    return dark.with_biases(frame, own)


def _named(where: str, slot: str, name: str, known: Sequence[Candidate]) -> Candidate | None:
    """Find the master that an entry names; None for a flat that is to be none."""
    if slot == "flat" and name == NOTHING:
        return None
    found = [master for master in known if master.path == name]
    found = found or [master for master in known if name in names_of_master(master.path)]
    if not found:
        near = nearest(name, (one for master in known for one in names_of_master(master.path)))
        meant = "" if near is None else f"  Did you mean {near}?"
        raise ConfigError(
            f"{where}: there is no master {name} for the slot {slot}.{meant}  "
            "Name one by its path, its file name, or the name of its set in plan/sets.csv."
        )
    if len(found) > 1:
        paths = " and ".join(master.path for master in found[:2])
        raise ConfigError(
            f"{where}: {name} may be {paths}; name one by its path, or by its "
            "set with its folder as in plan/sets.csv."
        )
    if found[0].kind not in _SLOTS[slot]:
        raise ConfigError(
            f"{where}: {name} is a master {found[0].kind} and cannot serve as {slot}."
        )
    return found[0]


def _same(form: Callable[[str | None], str | None], one: str, other: str | None) -> bool:
    return form(one) == form(other)
