"""By which frames the gains of amplifiers are measured, where nobody says them.

Frames of several amplifiers meet when all of them are brought to one gain by the same shares.  So
the gains of a setup are measured once, of one night, and all its frames are put together by them,
of whatever night.  It is the first night that has pairs of frames, or the next to it whose pixels
tell the gains where those of the first do not (:mod:`plateworks.metadata.gainnights`): what later
nights bring changes nothing that was made before.  Masters that exist already and tell what they
were put together by go before, since no other shares would let them serve; and so does a
measurement of other raw folders among the results, by which masters there may be put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from plateworks.digests import digest_of
from plateworks.inventory.sets import FrameSet
from plateworks.metadata.amplifiers import MEASURED, Readout
from plateworks.metadata.frame import Frame
from plateworks.metadata.gainnights import measured_before
from plateworks.planning.gainsources import Mode, Pairs, began, lacking, mode_of, sources_of
from plateworks.planning.paths import Naming, distinct
from plateworks.settings.calibrate import Calibrate

#: Sets of flats of a night that are compared, and nights that are tried.
_SETS, _NIGHTS = 3, 40


class GainPairsOfNight(NamedTuple):
    """The frames of a night by which gains can be measured."""

    session: str
    pairs: tuple[Pairs, ...]


@dataclass(frozen=True)
class PlannedGains:
    """A measurement of the gains of the amplifiers of a setup.

    Attributes
    ----------
    path : str
        The product.
    setup : str
        Whose amplifiers they are.
    nights : tuple of GainPairsOfNight
        In the order in which they are tried.
    mode : str
        A digest of how they were set.
    kept : bool
        Whether it is there already, and frozen.
    before : str
        Where another run measured it, maybe of other raw folders, the night that served.
    """

    path: str
    setup: str
    nights: tuple[GainPairsOfNight, ...]
    mode: str
    kept: bool = False
    before: str = ""

    @property
    def session(self) -> str:
        """The first night."""
        return self.nights[0].session

    @property
    def pairs(self) -> tuple[Pairs, ...]:
        """Those of the first night."""
        return self.nights[0].pairs


@dataclass(frozen=True)
class GainPlan:
    """What is known of the gains of amplifiers in a plan.

    Attributes
    ----------
    measured : tuple of PlannedGains
    by_mode : mapping
        How amplifiers were set -> the file of their gains.
    said : tuple of str
        What a user should know, as sentences.
    """

    measured: tuple[PlannedGains, ...] = ()
    by_mode: Mapping[Mode, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    def path_of(self, frame: Frame) -> str | None:
        """Return the file of the gains that were measured of a frame's amplifiers."""
        if not self.by_mode or frame.amplifiers != MEASURED:
            return None
        return self.by_mode[mode_of(frame)]

    @property
    def to_make(self) -> list[str]:
        """The files that this run measures."""
        return [one.path for one in self.measured if not one.kept]


NO_GAINS = GainPlan()


def with_measured_gains(
    sets: Sequence[FrameSet],
    masters: Iterable[Frame],
    calibrate: Calibrate,
    naming: Naming,
    session_of: Callable[[Frame], str],
    kept: Callable[[str], bool] = lambda path: False,
) -> tuple[list[FrameSet], GainPlan]:
    """Say by which frames the gains of amplifiers are measured, and tell that to their sets.

    Parameters
    ----------
    sets : sequence of FrameSet
        All of a plan, those of lights included.
    masters : iterable of Frame
        Masters that exist already.
    calibrate : Calibrate
    naming : Naming
    session_of : function
        Names the session of a frame.
    kept : function
        Whether a file that is there already is not made again.

    Returns
    -------
    sets : list of FrameSet
        The same, whose setups say that gains are measured where they are.
    plan : GainPlan
    """
    asked = calibrate.amplifier_gains
    unknown = {} if asked == "header" else _to_measure(sets, asked)
    if not unknown:
        return [*sets], NO_GAINS
    there = list(masters)
    told = [frame for frame in there if _told(frame)]
    told.sort(key=lambda frame: (frame.mjd or 0.0, frame.path), reverse=True)
    sources = sorted(sources_of(sets), key=lambda one: (began(one.flats), one.flats[0].path))
    taken, said = set[str](), list[str]()
    measured: dict[tuple[GainPairsOfNight, ...], PlannedGains] = {}
    known: dict[Mode, Readout | str] = {}
    for mode, first in sorted(unknown.items(), key=lambda one: one[1].id):
        readout = first.frames[0].readout
        assert readout is not None  # of several amplifiers
        count, setup = len(readout.amplifiers), first.key.setup.name
        library = next((one for one in told if _is_of(one, first.frames[0], count)), None)
        modes = {one: mode_of(one.flats[0]) for one in sources}
        alike = [one for one in sources if mode.agrees(modes[one])]
        alike = alike or [one for one in sources if mode.agrees(modes[one], cropped=True)]
        if library is not None:
            known[mode] = _by_master(readout, library)
            said.append(
                f"The {count} amplifiers of {setup} are brought to one gain by what "
                f"{library.path} tells (PWSHARES), which was measured."
            )
        elif alike:
            nights = _nights(alike, session_of)
            if nights not in measured:
                path = naming.amplifier_gains(setup, nights[0].session)
                path, of_mode = distinct(path, taken, f"{setup} {mode!r}"), digest_of(mode=mode)
                before = measured_before(path, of_mode)
                path, night = before or (path, "")
                measured[nights] = PlannedGains(path, setup, nights, of_mode, kept(path), night)
                said.append(_on_measured(measured[nights], count, asked))
            known[mode] = measured[nights].path
        else:
            said.append(_on_unknown(count, setup, readout, lacking(sets, mode, there)))
    changed = [_with_gains(one, known) for one in sets]
    paths = {mode: path for mode, path in known.items() if isinstance(path, str)}
    return changed, GainPlan(tuple(measured.values()), paths, tuple(said))


def _nights(
    sources: Iterable[Pairs], session_of: Callable[[Frame], str]
) -> tuple[GainPairsOfNight, ...]:
    """Return the nights of some pairs, which are sorted by time, as they are tried."""
    found: dict[str, list[Pairs]] = {}
    for one in sources:
        found.setdefault(session_of(one.flats[0]), []).append(one)
    nights = (GainPairsOfNight(night, tuple(of[:_SETS])) for night, of in found.items())
    return tuple(islice(nights, _NIGHTS))


def _to_measure(sets: Iterable[FrameSet], asked: str) -> dict[Mode, FrameSet]:
    """Return how amplifiers were set whose gains are to be measured, each with its first set.

    Where headers of some frames do not tell them, those that do are measured too, or they would not
    meet.
    """
    several, unknown = dict[Mode, FrameSet](), set[Mode]()
    for one in sets:
        for frame in one.frames:
            if frame.readout is not None and len(frame.readout.amplifiers) > 1:
                mode = mode_of(frame)
                several.setdefault(mode, one)
                if asked == "measured" or frame.readout.gain is None:
                    unknown.add(mode)
    return {
        mode: one
        for mode, one in several.items()
        if any(mode.agrees(other, cropped=True) for other in unknown)
    }


# --- masters that tell it ---------------------------------------------------------------------


def _told(frame: Frame) -> tuple[float, ...]:
    """Return the gains of the amplifiers of a master that was put together by measured ones."""
    words = (frame.amplifiers or "").split()
    if len(words) < 2 or words[0] != MEASURED or not frame.egain:
        return ()
    try:
        return tuple(float(word) * frame.egain for word in words[1:])
    except ValueError:
        return ()


def _is_of(master: Frame, frame: Frame, count: int) -> bool:
    """Whether a master was made of frames that were read as this one was."""
    bare = replace(frame, readout=None, egain=None), replace(master, readout=None, egain=None)
    return len(_told(master)) == count and mode_of(bare[0]).agrees(mode_of(bare[1]))


def _by_master(readout: Readout, master: Frame) -> Readout:
    return readout.with_gains(_told(master))


# --- what is told -----------------------------------------------------------------------------


def _with_gains(one: FrameSet, known: Mapping[Mode, Readout | str]) -> FrameSet:
    """Return a set whose frames, and setup, say by what their amplifiers get one gain."""
    if one.frames[0].readout is None:
        return one
    frames = tuple(_frame(frame, known.get(mode_of(frame))) for frame in one.frames)
    if frames == one.frames:
        return one
    setup = replace(one.key.setup, amplifiers=frames[0].amplifiers)
    return replace(one, key=replace(one.key, setup=setup), frames=frames)


def _frame(frame: Frame, gains: Readout | str | None) -> Frame:
    if gains is None:
        return frame
    if isinstance(gains, str):
        return replace(frame, amplifiers=MEASURED)
    return replace(frame, readout=gains, amplifiers=gains.shares, egain=frame.egain or gains.gain)


def _on_measured(one: PlannedGains, count: int, asked: str) -> str:
    if one.before:
        return (
            f"The gains of the {count} amplifiers of {one.setup} are those that were measured by "
            f"the flats of {one.before} ({one.path}); delete that file to have them measured anew."
        )
    flats = sum(len(pairs.flats) for pairs in one.pairs)
    darks = {frame.path for pairs in one.pairs for frame in pairs.darks}
    more = len(one.nights) - 1
    later = f"; of {more} later night{'s'[: more > 1]}, the nearest first, where these tell none"
    because = (
        "as calibrate.amplifier_gains asks for" if asked == "measured" else "as no header tells"
    )
    done = "were measured" if one.kept else "are measured"
    return (
        f"The gains of the {count} amplifiers of {one.setup} {done} by {flats} flats of "
        f"{one.session} and {len(darks)} frames without light ({one.path}), {because} them"
        f"{later if more and not one.kept else ''}."
    )


def _on_unknown(count: int, setup: str, readout: Readout, wanted: str) -> str:
    unknown = readout.gain is None
    why = "no header or profile tells them" if unknown else "calibrate.amplifier_gains asks for it"
    as_told = (
        "each stays as it is read, and the flat evens the seams"
        if unknown
        else "they are brought to one gain as headers tell"
    )
    return (
        f"The gains of the {count} amplifiers of {setup} cannot be measured, though {why}: "
        f"{wanted} are missing; {as_told}.  Take them, or say the gains in a profile of "
        "the camera (profiles, amplifiers: gain)."
    )
