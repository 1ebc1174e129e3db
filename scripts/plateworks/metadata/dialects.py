"""How capture programs name what a frame says of itself: alias tables, pure data.

A table holds the keywords of one quantity in order of priority.  Programs that merely use other
keywords need no more than a place in these tables; those that give a common keyword a meaning of
their own stand in :data:`plateworks.metadata.programs.DIALECTS`.  Who writes what was read from the
headers of NINA, SGPro, MaxIm DL (with ACP and PinPoint), APT, SharpCap, KStars/INDI, Siril,
Seestar, DWARF, CCDSoft, CCDOPS, AstroFX, POCS and Huntsman, MicroObservatory, Astro Pixel Processor
and PixInsight, and from the SBFITSEXT 1.0 definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, get_args

from plateworks.bayer import BayerPattern
from plateworks.metadata import (
    amplifiercards,
    darkmodels,
    filtercards,
    identity,
    kindcards,
    mastermarks,
    overscan,
    placecards,
    processing,
    programs,
    sections,
)
from plateworks.metadata.identity import READOUT_KEYS, SERIAL_KEYS
from plateworks.metadata.quantities import (
    ADU,
    ARCSECONDS,
    DEGREES,
    ELECTRONS,
    ELECTRONS_PER_ADU,
    MICROMETRES,
    MILLIMETRES,
    parse_number,
    seconds,
)
from plateworks.metadata.spelling import spelt
from plateworks.metadata.values import Value

#: Colours of the first two rows of a colour sensor.
BAYER_PATTERNS = frozenset(get_args(BayerPattern))

# --- which keyword holds what ---------------------------------------------------------------

#: Frame field -> keywords of a text.
TEXTS = {
    "camera": ("INSTRUME", "CAMNAME", "CAMERA", "DETECTOR", "DETNAME", "CCDNAME", "DETNAM"),
    "serial": SERIAL_KEYS,
    "readout_mode": READOUT_KEYS,
    "telescope": ("TELESCOP", *spelt(("TELESCOPE", "TEL NAME", "TEL ID", "SCOPE ID"))),
    "object": ("OBJECT",),
    "row_order": (placecards.ROWS_KEY,),
    "site": ("OBSERVAT", "SITENAME", "SITE", "SITEID", "LOCATION"),
}


class Quantity(NamedTuple):
    """The keywords of one number; :data:`plateworks.metadata.bounds.BOUNDS` says what it can be."""

    keys: tuple[str, ...]
    unknown: tuple[float, ...] = ()  # numbers that stand for "not known"
    read: Callable[[Value], float | None] = parse_number
    units: Mapping[str, float] = MappingProxyType({})  # keywords that count in other units
    words: Mapping[str, float] = MappingProxyType({})  # units that may stand behind the number


def _positive(*keys: str, words: Mapping[str, float]) -> Quantity:
    """Make a quantity that is zero where it is not known."""
    return Quantity(tuple(dict.fromkeys(keys)), unknown=(0.0,), words=words)


#: Seconds in what a keyword of the exposure counts, where that is not seconds.  EXPOINUS: ASICAP.
EXPOSURE_UNITS = {
    **dict.fromkeys(
        ("EXPOINUS", "EXPUS", "EXP_US", "EXP-US", "EXPUSEC", "EXPOUS", "EXPOSUS", "EXPTIMUS"), 1e-6
    ),
    **dict.fromkeys(
        ("EXPMS", "EXP_MS", "EXP-MS", "EXPMSEC", "EXPOMS", "EXPOSMS", "EXPTIMMS", "EXPOINMS"), 1e-3
    ),
}  # fmt: skip

#: Frame field -> a number.  ``GAIN`` is the setting of the camera (for a DSLR: ISO) and never
#: electrons per ADU.  NINA and ASCOM write -1 for a setting that the camera does not have.
NUMBERS = {
    # EGAINSAV: SharpCap, of numbers as they are saved; its EGAIN is of steps of the converter.
    "egain": _positive("EGAINSAV", "EGAIN", "E-GAIN", words=ELECTRONS_PER_ADU),
    "offset": Quantity(
        ("OFFSET", *spelt(("BLK LEVEL", "BLACK LEV", "BLACK LVL", "BLACK LEVEL", "CAM OFFS",
         "CAM OFFSET", "CCD OFFS", "CCD OFFSET", "OFFSET AD")), "BRIGHTNESS"),
        unknown=(-1.0,), words=ADU,
    ),
    "exposure": Quantity(
        ("EXPTIME", "EXPOSURE", "EXP", "ITIME", "EXPTIM", "TEXPTIME", "EXP_TIME", "EXP-TIME",
         "EXPOTIME", "EXPOS", "INTTIME", "INT_TIME", "INTEGTIM", "TEXP", "XPOSURE",
         *EXPOSURE_UNITS),
        read=seconds, units=EXPOSURE_UNITS,
    ),
    "focal_length": _positive(
        "FOCALLEN", *spelt(("FOCAL LEN", "FOCAL LENGTH", "FOC LEN", "TEL FOCAL", "FOCAL")),
        words=MILLIMETRES,
    ),
    "pixel_scale": _positive(
        "PIXSCALE", "SCALE", "IM_SCALE", "SECPIX", "ITELESCOPEPLATESCALEH", words=ARCSECONDS
    ),
    "rotator": Quantity(
        ("ROTATANG", "ROTATOR", "POSANGLE", "ANGLE",
         *spelt(("ROT ANGLE", "ROT ANG", "ROT POS", "ROT POSN", "ROT MECH", "ROTATOR ANGLE",
                 "ROTATOR POS", "ROTAT POS", "ROT DEG")), "ROTATION"),
        words=DEGREES,
    ),
    "saturation": _positive("SATURATE", "SATLEVEL", "MAXADU", words=ADU),
    "read_noise": _positive("RDNOISE", "READNOIS", "RON", words=ELECTRONS),
    "pedestal": Quantity(("PEDESTAL",), words=ADU),
    "raw_bits": Quantity(("RAWBITS",)),
}  # fmt: skip

#: Frame field -> a temperature in degrees C.
TEMPERATURES = {
    "set_temp": Quantity(("SET-TEMP", "SETTEMP", "CCD-TSET")),
    "temp": Quantity(("CCD-TEMP", "CCDTEMP", "TEMPERAT", "CAMTEMP", "DET-TEMP")),
}

#: The temperature of the sensor of a Stellina or a Vespera; of others it may be that of the air.
VAONIS_TEMP = "TEMP"

#: Keyword -> the field of a text, a number or a temperature that it tells: most fields of a frame
#: are told by none of their many keywords, and need no look at them.
FIELDS = {
    key: field
    for field, keys in (
        *TEXTS.items(),
        *((field, quantity.keys) for field, quantity in (*NUMBERS.items(), *TEMPERATURES.items())),
    )
    for key in keys
}

#: Pixel size in micrometres after binning, and that of the sensor's own pixels (INDI).
BINNED_PIXEL = _positive("XPIXSZ", words=MICROMETRES)
SENSOR_PIXEL = _positive("PIXSIZE1", words=MICROMETRES)

#: Binning of columns and rows; the last stand for both at once (DWARF ``'2*2'``, IRAF ``'2 2'``).
XBIN_KEYS = ("XBINNING", "CCDXBIN")
YBIN_KEYS = ("YBINNING", "CCDYBIN")
BIN_KEYS = ("BINNING", "CCDSUM")

#: CFAIMAGE: Astro Pixel Processor; COLORTYP: older MaxIm DL (a number there says nothing); FILTER:
#: POCS, whose colour cameras have no other filter.
BAYER_KEYS = ("BAYERPAT", "CFAIMAGE", "COLORTYP", "FILTER")

#: Site in degrees, decimal or sexagesimal; north and east are positive.
LATITUDE_KEYS = ("SITELAT", "LAT-OBS", "OBSGEO-B", "LATITUDE")
LONGITUDE_KEYS = ("SITELONG", "LONG-OBS", "OBSGEO-L", "LONGITUD")

#: Pointing: pairs of keywords.  OBJCTRA comes first since its unit is beyond doubt.  A sexagesimal
#: right ascension is in hours, a decimal one in degrees.
POINTING_KEYS = (("OBJCTRA", "OBJCTDEC"), ("RA", "DEC"), ("RA-MNT", "DEC-MNT"))

#: Start of the exposure, in order of trust: keyword and how to read it.
TIME_KEYS = (
    ("JD", "jd"),
    ("MJD-OBS", "mjd"),
    ("DATE-OBS", "date"),
    ("DATE-BEG", "date"),
    ("DATE_OBS", "date"),
    ("MJD", "mjd"),
    ("UT-OBS", "zoned date"),  # elsewhere a time of day alone
)

#: The half of the day, for times of a clock of twelve hours that do not say it themselves.
HALF_KEYS = ("AMPM", "AM_PM", "AM-PM", "MERIDIEM")
#: The same by a clock of the place, of no zone that is told.
LOCAL_KEY = "DATE-LOC"

#: Time of day for a DATE-OBS that lacks it.
CLOCK_KEYS = ("TIME-OBS", "UT", "UTC", "UTC-OBS", "UTSTART", "UT-START", "TIME_OBS")


# --- every keyword that is worth reading ----------------------------------------------------

#: Cards that describe the array.  Never inherited from the primary header.
STRUCTURE_KEYS = frozenset(
    (
        "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "PCOUNT", "BSCALE", "BZERO", "BLANK", "ZBLANK",
        "INHERIT", "CHECKSUM", "DATASUM", "ZIMAGE", "ZBITPIX", "ZNAXIS", "ZCMPTYPE", "ZDATASUM",
        "TFIELDS", "NEXTEND",
        *(f"{prefix}NAXIS{axis}" for prefix in ("", "Z") for axis in range(1, 10)),
    )
)  # fmt: skip


def _wanted() -> frozenset[str]:
    single = {
        "COLORCCD", "XBAYROFF", "YBAYROFF", "EXTNAME", "PWVERS", "PWDATA", kindcards.CODE_KEY,
        placecards.FLIP_KEY, identity.MODE_KEY, LOCAL_KEY, VAONIS_TEMP,
        placecards.THIRD_AXIS,
    }  # fmt: skip
    groups: list[Iterable[str]] = [
        amplifiercards.KEYS, darkmodels.KEYS,
        kindcards.KIND_KEYS, mastermarks.COMBINED_KEYS, mastermarks.COMBINED_OF_KIND,
        mastermarks.READOUT_KEYS,
        mastermarks.MASTER_KEYS, mastermarks.LISTED_KEYS, processing.STATE_KEYS, identity.GAIN_KEYS,
        overscan.OVERSCAN_COUNTS, sections.READOUT_KEYS, identity.MODE_KEYS,
        placecards.SECTION_KEYS,
        placecards.SHIFT_KEYS, *placecards.ORIGIN_KEYS, *placecards.FROM_ONE_KEYS,
        filtercards.FILTER_KEYS, filtercards.POSITION_KEYS, *filtercards.WHEEL_KEYS,
        programs.PROGRAM_KEYS, XBIN_KEYS, YBIN_KEYS, BIN_KEYS, BAYER_KEYS,
        LATITUDE_KEYS, LONGITUDE_KEYS, CLOCK_KEYS, HALF_KEYS, *POINTING_KEYS, *TEXTS.values(),
        BINNED_PIXEL.keys, SENSOR_PIXEL.keys, [key for key, _ in TIME_KEYS],
    ]  # fmt: skip
    groups += [quantity.keys for table in (NUMBERS, TEMPERATURES) for quantity in table.values()]
    for dialect in programs.DIALECTS:
        groups.append([key for key, _ in dialect.marks])
        groups.append([key for key in (dialect.saturation_key, dialect.object_key) if key])
    return STRUCTURE_KEYS.union(single, *groups) - {"HISTORY"}


#: The keywords that a reader of headers keeps.
WANTED = _wanted()
