"""Headers as N.I.N.A. writes them: its keywords, their order, types and comments."""

from __future__ import annotations

from datetime import timedelta

from astropy.io import fits

from plateworks.demo.night import Night, PlannedExposure

IMAGETYP = {
    "bias": "BIAS",
    "dark": "DARK",
    "darkflat": "DARKFLAT",
    "flat": "FLAT",
    "light": "LIGHT",
}


def make_header(night: Night, exposure: PlannedExposure) -> fits.Header:
    """The cards of one raw frame, beyond those that describe its array."""
    sensor, optics = night.sensor, night.optics
    local = exposure.start
    utc = local - timedelta(hours=night.utc_offset)
    # N.I.N.A. writes the wheel's position into darks and biases as well.
    filter_name = (exposure.band or night.bands[0]).name

    settings = [
        ("GAIN", sensor.gain, "Sensor gain"),
        ("OFFSET", sensor.offset, "Sensor gain offset"),
        ("EGAIN", sensor.egain, "[e-/ADU] Electrons per A/D unit"),
    ]
    if night.outputs:  # each has its own
        settings = []
    cards = [
        ("IMAGETYP", IMAGETYP[exposure.kind], "Type of exposure"),
        ("EXPOSURE", exposure.seconds, "[s] Exposure duration"),
        ("EXPTIME", exposure.seconds, "[s] Exposure duration"),
        ("DATE-LOC", local.isoformat(timespec="milliseconds"), "Time of observation (local)"),
        ("DATE-OBS", utc.isoformat(timespec="milliseconds"), "Time of observation (UTC)"),
        ("XBINNING", 1, "X axis binning factor"),
        ("YBINNING", 1, "Y axis binning factor"),
        *settings,
        ("XPIXSZ", sensor.pixel_um, "[um] Pixel X axis size"),
        ("YPIXSZ", sensor.pixel_um, "[um] Pixel Y axis size"),
        ("INSTRUME", sensor.name, "Imaging instrument name"),
        ("SET-TEMP", night.temperature, "[degC] CCD temperature setpoint"),
        ("CCD-TEMP", exposure.sensor_temp, "[degC] CCD temperature"),
        ("READOUTM", "High Gain Mode", "Sensor readout mode"),
    ]
    if sensor.bayer:
        cards += [
            ("BAYERPAT", sensor.bayer, "Sensor Bayer pattern"),
            ("XBAYROFF", 0, "Bayer pattern X axis offset"),
            ("YBAYROFF", 0, "Bayer pattern Y axis offset"),
        ]
    cards += [
        ("USBLIMIT", 40, "Camera-specific USB setting"),
        ("TELESCOP", optics.name, "Name of telescope"),
        ("FOCALLEN", optics.focal_mm, "[mm] Focal length"),
    ]
    if exposure.kind == "light":
        cards += [
            ("RA", night.ra, "[deg] RA of telescope"),
            ("DEC", night.dec, "[deg] Declination of telescope"),
        ]
    cards += [
        ("SITELAT", night.latitude, "[deg] Observation site latitude"),
        ("SITELONG", night.longitude, "[deg] Observation site longitude"),
    ]
    if filter_name:
        cards += [
            ("FWHEEL", "ZWO EFW", "Filter Wheel name"),
            ("FILTER", filter_name, "Active filter name"),
        ]
    if exposure.kind == "light":
        cards += [
            ("OBJECT", night.target, "Name of the object of interest"),
            ("OBJCTRA", _sexagesimal(night.ra / 15), "[H M S] RA of imaged object"),
            ("OBJCTDEC", _sexagesimal(night.dec, "+"), "[D M S] Declination of imaged object"),
        ]
    cards += [
        ("ROWORDER", "TOP-DOWN", "FITS Image Orientation"),
        ("EQUINOX", 2000.0, "Equinox of celestial coordinate system"),
        ("SWCREATE", "N.I.N.A. 3.1.2.9001", "Software that created this file"),
        ("SIMULATE", True, "drawn by plateworks.demo; nobody observed this"),
    ]
    return fits.Header(cards)


def _sexagesimal(value: float, sign: str = "") -> str:
    seconds = round(abs(value) * 3600)
    return (
        f"{'-' if value < 0 else sign}"
        f"{seconds // 3600:02d} {seconds // 60 % 60:02d} {seconds % 60:02d}"
    )
