"""The one normalised record of what a frame says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.metadata.amplifiers import Readout
from plateworks.metadata.header import COLOURS
from plateworks.metadata.unplaced import Unplaced


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of one image file, read from its header alone.

    ``None`` always means *unknown*; it never stands for zero or for an empty text.  Texts are
    trimmed and otherwise as in the header: comparing them regardless of case is the planner's task.
    """

    path: str
    width: int
    height: int
    bitpix: int
    hdu: int = 0
    planes: int = 1  # three: red, green, blue, one below the other
    third_axis: str | None = None  # what they are, where the header says: no colours
    kind: str | None = None  # a key of plateworks.metadata.kinds.KINDS
    doubt: str | None = None  # why no kind is believed, as a clause
    is_master: bool = False  # combined from several frames; never stacked again
    combined: int | None = None  # how many frames, or readouts of the camera, it is made of
    camera: str | None = None
    serial: str | None = None  # of the camera
    captured_by: str | None = None  # the program that took it, where that is a camera's
    xbin: int | None = None
    ybin: int | None = None
    bayer: str | None = None  # colours of the first 2x2 pixels as stored, e.g. "RGGB"
    gain: float | None = None  # the camera's setting, no unit
    egain: float | None = None  # electrons per ADU
    offset: float | None = None  # the camera's setting, no unit
    readout_mode: str | None = None
    driver_mode: str | None = None  # what the driver switches besides, e.g. "fullwell=1"
    amplifiers: str | None = None  # by what each was brought to one gain, if there are several
    raw_bits: int | None = None  # of the converter's integers: 8, 16, 32; None of floats
    x_origin: int | None = None  # column of the sensor at which it begins, in pixels as stored
    y_origin: int | None = None
    origin_binned: bool = False  # whether that may count the sensor's own pixels, before binning
    flip: str | None = None  # how it was turned when it was saved; "none" where a card says: not
    set_temp: float | None = None  # degrees C
    temp: float | None = None  # degrees C, as measured on the sensor
    exposure: float | None = None  # seconds
    filter: str | None = None
    mjd: float | None = None  # start of the exposure, UTC, as MJD
    local_time: bool | None = None  # true: by a clock of the place, whose zone no card tells
    clock_zone: str | None = None  # IANA name of its zone, as somebody says
    site_lat: float | None = None  # degrees, north positive
    site_lon: float | None = None  # degrees, east positive
    site: str | None = None  # its name
    timezone: str | None = None  # IANA name, by the profile of the site
    telescope: str | None = None
    focal_length: float | None = None  # mm
    pixel_size: float | None = None  # micrometres, after binning
    pixel_scale: float | None = None  # arcsec a pixel, only where the header states it
    rotator: float | None = None  # degrees
    ra: float | None = None  # degrees, where the telescope pointed
    dec: float | None = None  # degrees
    object: str | None = None
    bias_inside: bool | None = None  # False: bias was already subtracted
    done: str | None = None  # steps behind it, letters of plateworks.metadata.stepmarks.STEPS
    done_by: str | None = None  # what says so
    saturation: float | None = None  # ADU
    read_noise: float | None = None  # electrons
    pedestal: float | None = None  # ADU to add for zero-based data
    row_order: str | None = None  # "TOP-DOWN" or "BOTTOM-UP"
    model: str | None = None  # of a model of the dark: where its darks were; empty: made of one
    by_profile: str | None = None  # fields that a profile told, since the header does not
    readout: Readout | None = None  # how it is put together of what its amplifiers read
    unplaced: Unplaced | None = None  # its images, where no header tells where they lie
    notes: tuple[str, ...] = ()  # contradictions met while reading, as sentences

    @property
    def by_wall_clock(self) -> bool:
        """Whether its time is that of a clock of the place, not UTC."""
        return bool(self.local_time or (self.clock_zone and self.local_time is None))

    @property
    def in_colours(self) -> bool:
        """Whether it has three planes, which are red, green and blue."""
        return self.planes == COLOURS and self.third_axis is None

    @property
    def pixels(self) -> int:
        """How many numbers it holds."""
        return self.width * self.height * self.planes

    def by_header(self, field: str) -> float | None:
        """Return a number as the header tells it, None where a profile does or nobody."""
        return None if self.is_by_profile(field) else getattr(self, field)

    def by_its_profile(self, field: str) -> float | None:
        """Return a number as the profile of the camera tells it, None where the header does."""
        return getattr(self, field) if self.is_by_profile(field) else None

    def is_by_profile(self, field: str) -> bool:
        """Whether a profile tells a field."""
        return self.by_profile is not None and field in self.by_profile.split()
