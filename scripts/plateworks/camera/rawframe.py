"""A raw frame on its way to disk: its header, its name, and how it is written so that none is lost.

The header says all that the scan asks for, in the keywords of SBFITSEXT and of the common capture
programs; what is not known is left out.  Alpaca's first pixel is the upper left one, and FITS
stores the first row first: ROWORDER is TOP-DOWN.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy.io import fits

from plateworks import __version__
from plateworks.camera.abilities import Abilities
from plateworks.camera.camera import Exposure
from plateworks.camera.settings import CameraSettings
from plateworks.errors import PlateworksError
from plateworks.files import atomic, parts_of

#: Unix time 0 as a Julian date.
_UNIX_EPOCH_JD = 2440587.5
#: Letters that a name of a filter or an object has in a file name, which has 255 at most in all.
_LONGEST = 48


@dataclass(frozen=True)
class Surroundings:
    """What stands round the camera; None where it is not known.

    Attributes
    ----------
    telescope : str or None
    focal_length : float or None
        Millimetres.
    latitude, longitude : float or None
        Degrees, north and east positive.
    ra, dec : float or None
        Degrees, where the telescope points.
    target : str or None
        Name of what it points at.
    """

    telescope: str | None = None
    focal_length: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    ra: float | None = None
    dec: float | None = None
    target: str | None = None


def make_header(
    kind: str,
    exposure: Exposure,
    filter_name: str | None,
    abilities: Abilities,
    settings: CameraSettings,
    egain: float | None,
    around: Surroundings,
    bias: float | None,
    series: str,
    number: int,
) -> fits.Header:
    """Return the header of one raw frame.

    Parameters
    ----------
    kind : str
        A kind of :data:`plateworks.metadata.kinds.KINDS`.
    exposure : Exposure
    filter_name : str or None
        What stood before the sensor; kept for flats and lights.
    abilities : Abilities
    settings : CameraSettings
        How the camera was set.
    egain : float or None
        Electrons per ADU at this setting.
    around : Surroundings
    bias : float or None
        Level without light as measured before the series, in ADU.
    series : str
        Identity of the series, by which an interrupted one is taken up again.
    number : int
        Place in the series, from 1.
    """
    lit = kind in ("flat", "light")
    aimed = kind == "light"
    start = exposure.start
    binning = settings.binning
    colours = settings.bayer
    pixel = (abilities.pixel_size_x, abilities.pixel_size_y)
    binned = [size and round(size * binning, 6) for size in pixel]
    cards = (
        ("IMAGETYP", kind.upper(), "kind of frame"),
        ("EXPTIME", exposure.seconds, "[s] exposure"),
        ("DATE-OBS", start.strftime("%Y-%m-%dT%H:%M:%S.%f"), "UTC, start of the exposure"),
        ("JD", start.timestamp() / 86400 + _UNIX_EPOCH_JD, "[d] UTC, start of the exposure"),
        ("INSTRUME", abilities.name, "camera"),
        ("SENSOR", abilities.sensor_name, None),
        ("FILTER", filter_name if lit else None, None),
        ("GAIN", number_of(settings.gain, settings.gain_name), "setting of the camera"),
        ("EGAIN", egain, "[e-/ADU]"),
        ("OFFSET", number_of(settings.offset, settings.offset_name), "setting of the camera"),
        ("READOUTM", settings.readout_mode_name, "readout mode"),
        ("XBINNING", binning, None),
        ("YBINNING", binning, None),
        ("XORGSUBF", settings.start_x, "[pixel] left edge on the sensor, binned"),
        ("YORGSUBF", settings.start_y, "[pixel] upper edge on the sensor, binned"),
        ("SET-TEMP", exposure.set_temperature, "[deg C] set point"),
        ("CCD-TEMP", exposure.temperature, "[deg C] sensor"),
        ("COOLPOWR", exposure.cooler_power, "[%] power of the cooler"),
        ("XPIXSZ", binned[0], "[um] binned pixel"),
        ("YPIXSZ", binned[1], "[um] binned pixel"),
        ("BAYERPAT", colours, "colours of the first 2x2 pixels"),
        ("ROWORDER", "TOP-DOWN", "the first row is the uppermost"),
        ("SATURATE", exposure.full_range, "[ADU] end of the range"),
        ("BIASLVL", bias, "[ADU] level without light, before the series"),
        ("TELESCOP", around.telescope, None),
        ("FOCALLEN", around.focal_length, "[mm]"),
        ("SITELAT", around.latitude, "[deg] north positive"),
        ("SITELONG", around.longitude, "[deg] east positive"),
        ("OBJECT", around.target if aimed else None, None),
        ("RA", around.ra if aimed else None, "[deg] pointing"),
        ("DEC", around.dec if aimed else None, "[deg] pointing"),
        ("SERIESID", series, "frames with this id make one series"),
        ("SERIESNO", number, "place in the series"),
        ("SWCREATE", f"Plateworks {__version__}", None),
    )
    header = fits.Header()
    for key, value, comment in cards:
        if value is not None:
            header[key] = (ascii_text(value) if isinstance(value, str) else value, comment)
    return header


def number_of(index: int | None, name: str | None) -> float | None:
    """Return the number to write for a setting: that in its name, as an ISO has, else the index."""
    found = re.fullmatch(r"\s*(?:ISO\s*)?(\d+(?:\.\d+)?)\s*", name or "", re.IGNORECASE)
    return float(found[1]) if found else index


def ascii_text(text: str) -> str:
    """Return a text as FITS can hold it: ASCII, other characters as a question mark."""
    return "".join(c if " " <= c <= "~" else "?" for c in text).strip()


def frame_stem(kind: str, filter_name: str | None, seconds: float | None) -> str:
    """Return the beginning of a frame's name, for instance ``flat_Ha_1.5s``."""
    words = [kind]
    if filter_name is not None and kind in ("flat", "light"):
        words.append(file_word(filter_name))
    if seconds is not None:
        words.append(f"{seconds:.6g}s")
    return "_".join(words)


def file_word(text: str) -> str:
    """Return a name of a filter or an object as a part of a file name, other names other parts."""
    plain = re.sub(r"[^A-Za-z0-9.+-]+", "-", text)[:_LONGEST].strip("-.")
    if plain == text:
        return plain
    return f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:4]}".lstrip("-")


def write_frame(path: Path, pixels: np.ndarray, header: fits.Header) -> None:
    """Write a new raw frame: whole and under its own name, or not at all.

    Parameters
    ----------
    path : Path
        Where it shall be; its folder is made.
    pixels : (H, W) integer array
        Stored in its own type, with checksums.
    header : astropy.io.fits.Header

    Raises
    ------
    PlateworksError
        If a file of that name exists: no frame is ever overwritten.  If the disk is full.
    """
    try:
        for left in parts_of(path):  # by a run that was killed: no other has the camera now
            left.unlink()
        with atomic(path, new=True, durable=True) as stream:
            fits.PrimaryHDU(pixels, header).writeto(stream, checksum=True)
    except FileExistsError as error:
        raise PlateworksError(f"{path} exists already, and no raw frame is overwritten.") from error
    except OSError as error:
        raise PlateworksError(
            f"The frame {path} cannot be written ({error.strerror or error}).  Frames so far are "
            "kept; make room or choose another capture.raw_dir, and run the same target again."
        ) from error


def read_frame(path: Path) -> tuple[np.ndarray, fits.Header] | None:
    """Read a raw frame back; None if it is not intact, by its length or its checksums."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            with open(path, "rb") as stream, fits.open(stream, checksum=True) as hdus:
                return np.asarray(hdus[0].data), hdus[0].header.copy()
        except (OSError, ValueError, TypeError, Warning):
            return None
