"""The two sides of a match: what a frame needs, and the masters that may serve it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plateworks.inventory.filters import filter_identity
from plateworks.inventory.sessions import night_number
from plateworks.inventory.sets import FrameSet, Setup, kind_of, setup_of, temperature_of
from plateworks.inventory.tokens import identity
from plateworks.ledger.entry import Entry
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS

#: Which kinds of master may fill a slot, the preferred first.
SLOTS = {
    "bias": ("bias",),
    "dark": ("dark",),
    "darkflat": ("darkflat", "dark"),
    "flat": ("flat",),
}


@dataclass(frozen=True, slots=True)
class Need:
    """What matters of a frame when masters are chosen for it."""

    setup: Setup
    temperature: float | None  # degrees C
    exposure: float | None  # seconds
    filter: str | None
    telescope: str | None
    focal_length: float | None  # mm
    rotator: float | None  # degrees
    mjd: float | None
    night: int | None = None  # number of its night
    bias_off: bool = False  # bias is out of the frame, and the dark current is not
    what: str = "light"  # what remarks call it
    bright: bool = False  # a flat: what bias and dark current change in it is little

    @property
    def timeless(self) -> tuple[object, ...]:
        """Everything but the date: what frames share that differ in time alone."""
        return (
            self.setup, self.temperature, self.exposure, self.filter, self.telescope,
            self.focal_length, self.rotator, self.bias_off, self.bright,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Modelled:
    """What a dark is made of that a model of the dark gives.

    Attributes
    ----------
    model : str
        The file of the model.
    made_of : tuple of Candidate
        Its master darks, and the bias that they are compared by.
    nearest : str
        The dark of these that is most like it: it goes with the list of that.
    text : str
        For people.
    """

    model: str
    made_of: tuple[Candidate, ...]
    nearest: str
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A master bias, dark, flat-dark or flat: to be made in this run, or found."""

    path: str
    kind: str
    setup: Setup
    temperature: float | None
    exposure: float | None
    filter: str | None
    telescope: str | None
    focal_length: float | None
    rotator: float | None
    mjd: float | None
    bias_inside: bool | None
    made: bool  # made in this run; False: found in a raw folder or a library
    constant: bool = False  # a bias of one level, at any time and temperature
    night: int | None = None  # number of its night, where its frames are of one
    frames: int | None = None  # how many are combined in it, or have as little noise
    modelled: Modelled | None = None  # where no frames were taken of its exposure, or so warm
    word: Entry | None = None  # the one in force that a ledger says of it

    @property
    def listed_by(self) -> str:
        """The master whose list of hot pixels goes with it."""
        return self.path if self.modelled is None else self.modelled.nearest


def need_finder(
    session_of: Callable[[Frame], str], temperature_step: float
) -> Callable[[Frame], Need]:
    """Return a function that says what a light or flat frame needs.

    Parameters
    ----------
    session_of : function
        Names the session of a frame.
    temperature_step : float
        Degrees C, ``grouping.temperature_step_degC``.
    """

    def need_of(frame: Frame) -> Need:
        return Need(
            setup=setup_of(frame),
            temperature=temperature_of(frame, temperature_step),
            exposure=frame.exposure,
            filter=filter_identity(frame.filter),
            telescope=identity(frame.telescope),
            focal_length=frame.focal_length,
            # Frames that differ in a hundredth of a degree are compared with all masters only once.
            rotator=None if frame.rotator is None else round(frame.rotator, 1),
            mjd=frame.mjd,
            night=night_number(session_of(frame)),
            bias_off=free_of_bias(frame),
            bright=frame.kind == "flat",
        )

    return need_of


def free_of_bias(frame: Frame) -> bool:
    """Whether bias, and nothing that holds it such as a dark, was taken out of a frame already."""
    done = frame.done or ""
    return "B" in done and "D" not in done


def nights_later(need: Need, master: Candidate) -> int:
    """Return by how many nights a master is later than a frame; 0 where a night is not known."""
    if need.night is None or master.night is None:
        return 0
    return master.night - need.night


def need_of_bias(dark: Candidate) -> Need:
    """Return what a master dark needs to be freed of its bias: one of its own night and warmth."""
    return Need(
        setup=dark.setup,
        temperature=dark.temperature,
        exposure=None,
        filter=None,
        telescope=dark.telescope,
        focal_length=None,
        rotator=None,
        mjd=dark.mjd,
        night=dark.night,
        what="dark",
    )


def master_to_make(made_from: FrameSet, path: str, *, subtract_bias: bool) -> Candidate:
    """Return the master that will be combined from a set.

    Parameters
    ----------
    made_from : FrameSet
    path : str
        Where the product will lie.
    subtract_bias : bool
        Whether bias is taken out of darks when they are combined.
    """
    key = made_from.key
    return Candidate(
        path=path,
        kind=key.kind,
        setup=key.setup,
        temperature=key.temperature if made_from.temperature is None else made_from.temperature,
        exposure=key.exposure,
        filter=key.filter,
        telescope=key.telescope,
        focal_length=key.focal_length,
        rotator=key.rotator,
        mjd=made_from.mjd,
        bias_inside=not ((subtract_bias or "B" in (key.done or "")) and KINDS[key.kind].thermal),
        made=True,
        constant=made_from.constant is not None,
        night=night_number(key.session),
        frames=len(made_from.frames),
    )


def master_found(frame: Frame, temperature_step: float, session: str) -> Candidate:
    """Return the candidate that a master file of a `session`, found on disk, is."""
    return Candidate(
        path=frame.path,
        kind=kind_of(frame),
        setup=setup_of(frame),
        temperature=temperature_of(frame, temperature_step),
        exposure=frame.exposure,
        filter=filter_identity(frame.filter),
        telescope=identity(frame.telescope),
        focal_length=frame.focal_length,
        rotator=frame.rotator,
        mjd=frame.mjd,
        bias_inside=frame.bias_inside,
        made=False,
        night=night_number(session),
        frames=frame.combined,
    )
