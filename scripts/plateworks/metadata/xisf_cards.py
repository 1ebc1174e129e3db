"""What an XISF file says of its image, in the keywords of FITS.

Source: XISF 1.0 specification (PixInsight, 2014-2020), sections 11.4 (properties) and 11.6 (FITS
keywords).
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from plateworks.metadata.cardunits import counted
from plateworks.metadata.dialects import WANTED
from plateworks.metadata.values import Cards, Value, number, parse_value
from plateworks.printable import printable

#: Keywords whose text is no value.
COMMENTARY = ("HISTORY", "COMMENT", "")

#: What our own files name as their creator.
CREATOR = "Plateworks"

#: Property -> keyword, and the factor from the unit of the one to that of the other.
_PROPERTIES = {
    "Instrument:Camera:Name": ("INSTRUME", 1),
    "Instrument:Camera:Gain": ("EGAIN", 1),
    "Instrument:Camera:ReadoutNoise": ("RDNOISE", 1),
    "Instrument:Camera:ISOSpeed": ("ISOSPEED", 1),
    "Instrument:Camera:XBinning": ("XBINNING", 1),
    "Instrument:Camera:YBinning": ("YBINNING", 1),
    "Instrument:ExposureTime": ("EXPTIME", 1),
    "Instrument:Filter:Name": ("FILTER", 1),
    "Instrument:Sensor:Temperature": ("CCD-TEMP", 1),
    "Instrument:Sensor:TargetTemperature": ("SET-TEMP", 1),
    "Instrument:Sensor:XPixelSize": ("XPIXSZ", 1),
    "Instrument:Telescope:Name": ("TELESCOP", 1),
    "Instrument:Telescope:FocalLength": ("FOCALLEN", 1000),  # from metres
    "Observation:Time:Start": ("DATE-OBS", 1),
    "Observation:Object:Name": ("OBJECT", 1),
    "Observation:Center:RA": ("RA", 1),
    "Observation:Center:Dec": ("DEC", 1),
    "Observation:Location:Latitude": ("SITELAT", 1),
    "Observation:Location:Longitude": ("SITELONG", 1),
    "XISF:CreatorApplication": ("CREATOR", 1),
}


def keywords_of(element: ElementTree.Element) -> list[tuple[str, Value, str]]:
    """Return the keywords of FITS inside an element: keyword, value, comment.

    Commentary (HISTORY, COMMENT) has its text as the value; programs write it in either place.
    """
    return [_keyword(card) for card in element.iter("FITSKeyword")]


def _keyword(card: ElementTree.Element) -> tuple[str, Value, str]:
    keyword, text = card.get("name", "").strip().upper(), card.get("value", "").strip()
    comment = card.get("comment", "")
    if keyword in COMMENTARY:
        return keyword, (text[1:-1] if text[:1] == text[-1:] == "'" else text) or comment, ""
    # Some writers leave out the quotes; a slash there begins no comment.
    plain = "/" in text and not text.startswith("'")
    return keyword, printable(text) if plain else parse_value(text), comment


def wanted_of(element: ElementTree.Element) -> tuple[Cards, Cards, list[str]]:
    """Return the keywords that Plateworks knows, what they say the second time, and the HISTORY."""
    cards: Cards = {}
    others: Cards = {}
    history: list[str] = []
    for keyword, plain, comment in keywords_of(element):
        value = counted(keyword, plain, comment)
        if keyword == "HISTORY":
            history.append(printable(str(value)))
        elif (keyword := keyword.removeprefix("HIERARCH ")) in WANTED:
            same = cards.setdefault(keyword, value) == value
            if not same:
                others.setdefault(keyword, value)
    return cards, others, history


def properties_of(root: ElementTree.Element, image: ElementTree.Element) -> Cards:
    """Return what the properties of an image, and of its file, say."""
    found: Cards = {}
    for element in (*image.findall("Property"), *root.findall("Metadata/Property")):
        keyword, factor = _PROPERTIES.get(element.get("id", ""), (None, 1))
        if keyword is None:
            continue
        text = element.get("value") or element.text or ""
        value = None if element.get("type") == "String" else number(text)
        found.setdefault(keyword, printable(text) if value is None else value * factor)
    colours = image.find("ColorFilterArray")
    if colours is not None:
        found["BAYERPAT"] = printable(colours.get("pattern", ""))
    if image.get("imageType"):
        found["IMAGETYP"] = printable(image.get("imageType", ""))
    return found
