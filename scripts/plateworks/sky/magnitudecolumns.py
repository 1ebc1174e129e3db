"""Which column of a catalogue of stars is what: by the names that catalogues usually have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

#: Names of the coordinates, in small letters and digits alone.
_RA = ("ra", "raj2000", "radeg", "raicrs", "ramean", "rightascension", "alphaj2000", "alpha")
_DEC = ("dec", "de", "dej2000", "decj2000", "dedeg", "decdeg", "deicrs", "decicrs", "decmean",
        "declination", "deltaj2000", "delta")  # fmt: skip
#: Words in the name of a magnitude that do not tell the band, and those of errors.
_WORDS = r"johnson|bessell|cousins|sloan|sdss|gaia|tycho2?|phot|mean|psf|magnitude|mag|filter"
_ERRORS = r"uncertainty|unc|error|err|sigma"
_IS_ERROR = re.compile(rf"^(e|s|d)_|^e(?=[A-Z])|{_ERRORS}", re.IGNORECASE)
_IS_MAGNITUDE = re.compile(r"mag", re.IGNORECASE)
#: Bands, the one that is taken first at the beginning; with the two whose difference is a colour.
#: UNNAMED: of a column that is a magnitude and says no more.
UNNAMED = "MAG"
BANDS: dict[str, tuple[str, str]] = {
    "V": ("B", "V"), "VT": ("BT", "VT"), "G": ("BP", "RP"), "g": ("g", "r"), "r": ("g", "r"),
    "R": ("V", "R"), "B": ("B", "V"), "BT": ("BT", "VT"), "RP": ("BP", "RP"), "BP": ("BP", "RP"),
    "i": ("r", "i"), "I": ("V", "I"), "z": ("i", "z"), "u": ("u", "g"), "U": ("U", "B"),
    "J": ("J", "H"), "H": ("J", "H"), "K": ("J", "K"), "Ks": ("J", "Ks"), UNNAMED: ("", ""),
}  # fmt: skip
#: What filters are called -> bands that are near, the nearest first.
_NEAR = {
    "red": ("R", "r", "RP"), "r": ("r", "R", "RP"), "green": ("V", "VT", "g", "G"),
    "blue": ("B", "BT", "BP", "g"), "b": ("B", "BT", "BP", "g"), "i": ("i", "I", "RP"),
    "u": ("u", "U"), "z": ("z",),
}  # fmt: skip


class Columns(NamedTuple):
    """The columns that are taken, by name; None: there is none.

    ``colour`` is a column, or the two whose difference it is.
    """

    band: str
    magnitude: str
    error: str | None = None
    colour: tuple[str, ...] = ()
    colour_name: str = ""


class Wanted(NamedTuple):
    """Which magnitudes are wanted.

    Attributes
    ----------
    band, colour : str or None
        As the user says: a band, two bands as in ``B-V``, or the name of a column.
    filter_name : str or None
        Of the frame; the band that is nearest to it is taken where nothing else is said.
    """

    band: str | None = None
    colour: str | None = None
    filter_name: str | None = None


def coordinates(names: Sequence[str]) -> tuple[str | None, str | None]:
    """Find the columns of right ascension and declination."""
    known = {_plain(name): name for name in reversed(names)}
    ra, dec = (next((known[one] for one in ways if one in known), None) for ways in (_RA, _DEC))
    return ra, dec


def choose_columns(names: Sequence[str], wanted: Wanted) -> Columns | None:
    """Choose the magnitude, its error and the colour of stars, by the names of all columns.

    Returns
    -------
    Columns or None
        None: there is no such magnitude.
    """
    band, colour, filter_name = wanted
    magnitudes, errors = dict[str, str](), dict[str, str]()
    for name in names:
        if found := _band(name):
            (errors if _IS_ERROR.search(name) else magnitudes).setdefault(found, name)
    if band in names:
        chosen = _band(str(band)) or str(band)
        magnitudes[chosen] = str(band)
    elif band is not None:
        alike = [one for one in magnitudes if one.lower() == band.lower()]
        chosen = band if band in magnitudes else (alike or [""])[0]
    else:
        near = (*_near(filter_name), *BANDS)
        chosen = next((one for one in near if one in magnitudes), "")
    if not chosen:
        return None
    taken, name = _colour(names, magnitudes, chosen, colour)
    return Columns(chosen, magnitudes[chosen], errors.get(chosen), taken, name)


def _near(filter_name: str | None) -> tuple[str, ...]:
    """The bands that are near a filter."""
    text = re.sub(rf"{_WORDS}|[^A-Za-z]", "", filter_name or "", flags=re.IGNORECASE)
    text = text if len(text) > 1 else text.rstrip("p")
    same = (text,) if text in BANDS else ()
    return (*same, *_NEAR.get(text.lower(), ()))


def _colour(
    names: Sequence[str], magnitudes: dict[str, str], band: str, said: str | None
) -> tuple[tuple[str, ...], str]:
    """The columns that make the colour, and what it is."""
    if said in names:
        return (str(said),), str(said)
    pair = BANDS.get(band, ("", ""))
    words = said.replace(" ", "").split("-") if said else list(pair)
    if len(words) == 2 and all(word in magnitudes for word in words):
        return (magnitudes[words[0]], magnitudes[words[1]]), "-".join(words)
    ways = {_plain("".join(pair)), "colour", "color", "colourindex", "colorindex"}
    for name in names:
        if not said and _plain(name) in ways and not _IS_ERROR.search(name):
            return (name,), "-".join(pair) if any(pair) else name
    return (), ""


def _band(name: str) -> str:
    """The band of a column; "" if it is no magnitude."""
    bare = re.sub(r"^(e|s|d)_|^e(?=[A-Z])", "", name)
    rest = re.sub(rf"{_ERRORS}|{_WORDS}", "", bare, flags=re.IGNORECASE)
    rest = re.sub(r"[^A-Za-z0-9]", "", rest)
    if re.search("phot", name, re.IGNORECASE):
        rest = rest.upper()  # Gaia's, whose g is not that of Sloan
    if not rest:
        return UNNAMED if _IS_MAGNITUDE.search(name) else ""
    if rest in BANDS:
        return rest
    alike = [one for one in BANDS if one.lower() == rest.lower() and one != UNNAMED]
    return alike[0] if alike else ""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
