"""What a job is told that calibrates lights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from plateworks.orders.frames import FrameOrder, Placement
from plateworks.orders.masters import Neighbours
from plateworks.settings.cosmics import Cosmics


@dataclass(frozen=True, kw_only=True)
class MatchQuality:
    """How well a master fits a light: for the header of the product.

    Attributes
    ----------
    level : int
        0 exact, 1 good, 2 acceptable, 3 last resort.
    reason : str
        What keeps it from being exact; else "exact".
    match_level : int or None
        The level without what the master itself lacks; None: the same.
    """

    level: int
    reason: str
    match_level: int | None = None


@dataclass(frozen=True, kw_only=True)
class FlatChoice:
    """A master flat that divides, or may divide, a light.

    Attributes
    ----------
    path : str
    badpix : str or None
        The mask of bad pixels that goes with it.
    match : MatchQuality
    placement : Placement or None
        Of both; None: they are used as they are.
    """

    path: str
    badpix: str | None = None
    match: MatchQuality
    placement: Placement | None = None

    def files(self) -> Iterator[str]:
        """Yield the flat, and its mask."""
        yield self.path
        if self.badpix is not None:
            yield self.badpix


@dataclass(frozen=True, kw_only=True)
class FlatTrial:
    """A trial in which the best of several flats is found.

    Attributes
    ----------
    scores : str
        The table of the trial, which ranks the flats.
    candidates : tuple of FlatChoice
        In the order of preference without a trial.
    """

    scores: str
    candidates: tuple[FlatChoice, ...]


@dataclass(frozen=True, kw_only=True)
class ModelledDark:
    """A dark by a model, which takes the place of a light's own if the model serves.

    Attributes
    ----------
    frame : FrameOrder
        The same raw frame, with that dark.
    match : MatchQuality
    lacking : str or None
        Why the light cannot do without it; None: it can.
    """

    frame: FrameOrder
    match: MatchQuality
    lacking: str | None = None


@dataclass(frozen=True, kw_only=True)
class LightOrder:
    """One light, from the raw frame to the product.

    Attributes
    ----------
    frame : FrameOrder
        The raw frame, what is subtracted from it, and which pixels are listed.
    output : str
        The file to write, FITS or XISF.
    match : MatchQuality or None
        Of the dark, or of the bias in its place.
    flat : FlatChoice or None
        What divides.  None: nothing does, or a `trial` says which.
    trial : FlatTrial or None
    modelled : ModelledDark or None
        A dark that goes before that of `frame`.
    unmodelled : str or None
        Why that dark does not serve, once it is known; for the header.
    mult : float or None
        ADU by which MULT / FLAT is scaled; None: the flat's median.
    xisf_compression : str or None
        How the file is packed; None: it is not.
    told : str or None
        A digest of all this and of the settings, in which what files hold stands for their paths;
        for the header.
    """

    frame: FrameOrder
    output: str
    match: MatchQuality | None = None
    flat: FlatChoice | None = None
    trial: FlatTrial | None = None
    modelled: ModelledDark | None = None
    unmodelled: str | None = None
    mult: float | None = None
    xisf_compression: str | None = None
    told: str | None = None

    def files(self) -> Iterator[str]:
        """Yield every file that is read for this light."""
        yield from self.frame.files()
        if self.modelled is not None:
            yield from self.modelled.frame.files()
        if self.flat is not None:
            yield from self.flat.files()
        if self.trial is not None:
            yield self.trial.scores
            for candidate in self.trial.candidates:
                yield from candidate.files()


@dataclass(frozen=True, kw_only=True)
class LightSettings:
    """What the pixels of every light of a run depend on, beside its own masters.

    Attributes
    ----------
    units : str
        Of the product: ``adu`` or ``electron``.
    output_type : str
        ``float32``, or ``raw``: rounded and clamped to the integer type of the raw frame.
    pedestal : float or "auto"
        Added before rounding, in the unit of the product; ``auto``: so that no sky is clamped.
    flat_floor : float
        Part of the flat's median below which a pixel is not divided.
    repair : str
        What replaces a listed pixel: ``median`` or ``mean`` of its good neighbours.
    egain : float or None
        Electrons per ADU, whatever the header says.
    gain_is_egain : bool
        Whether the header's GAIN is electrons per ADU.
    read_noise : float or None
        Electrons, whatever the header says.
    saturation : float or None
        ADU of the raw frame from which a pixel counts as saturated, whatever the header says.
    cosmics : Cosmics or None
        Parameters of L.A.Cosmic; None: cosmic rays are not looked for.
    uncertainty : bool
        Whether each pixel gets a standard deviation.
    """

    units: Literal["adu", "electron"]
    output_type: Literal["float32", "raw"]
    pedestal: float | Literal["auto"]
    flat_floor: float
    repair: Neighbours
    egain: float | None = None
    gain_is_egain: bool
    read_noise: float | None = None
    saturation: float | None = None
    cosmics: Cosmics | None = None
    uncertainty: bool


@dataclass(frozen=True, kw_only=True)
class CalibrationOrder:
    """A batch of lights, calibrated by one job.

    Attributes
    ----------
    lights : tuple of LightOrder
    settings : LightSettings
    """

    lights: tuple[LightOrder, ...]
    settings: LightSettings
