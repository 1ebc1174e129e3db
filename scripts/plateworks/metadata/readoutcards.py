"""From the cards of a header to how a frame is put together of what its amplifiers read.

What is stated must fit: a section that lies outside its image is that of the sensor, or of the
image before it was trimmed, and an arrangement that leaves gaps is that of several chips.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from plateworks.metadata.amplifiers import (
    Amplifier,
    Readout,
    Section,
    are_one_picture,
    side_by_side,
)
from plateworks.metadata.bounds import within
from plateworks.metadata.crosstalkcards import read_crosstalk
from plateworks.metadata.header import Header
from plateworks.metadata.quantities import parse_number
from plateworks.metadata.sections import (
    BIAS_SECTIONS,
    DETECTOR_SECTIONS,
    GAINS,
    LIT_SECTIONS,
    READ_NOISES,
    SATURATIONS,
    SECTION_KEYS,
    SUFFIXES,
    parse_section,
)
from plateworks.metadata.strips import clear_of, meet, rest_beside, runs_along
from plateworks.metadata.texts import known_text
from plateworks.metadata.unbinned import in_stored_pixels
from plateworks.metadata.unplaced import Unplaced, UnplacedImage
from plateworks.metadata.values import Cards

_SECTIONS = frozenset(SECTION_KEYS)
#: By what one of several images tells which of its pixels saw light.
_LIT = ("DATASEC", "TRIMSEC")
#: Part of an image that the picture in it is at least.
_LEAST = 0.5


def read_readout(header: Header, done: str | None = None) -> Readout | None:
    """Return how a frame is put together; None where it is one picture as it is stored.

    Parameters
    ----------
    header : Header
        Of one image, or of the first of several that are amplifiers of one frame.
    done : str or None
        Steps that it has behind it: an overscan is not subtracted twice.
    """
    if header.parts:
        found = of_images(header.parts)
    elif _SECTIONS.isdisjoint(header.cards):
        return None
    else:
        found = _of_one_image(in_stored_pixels(header))
    if found is not None and ("O" in (done or "") or not all(a.bias for a in found.amplifiers)):
        found = found.without_bias()  # of all amplifiers, or of none
    return None if found is None or (not header.parts and _is_none(found, header)) else found


def of_images(images: Sequence[Header]) -> Readout | None:
    """Return how several images of one file are put together; None if nothing says so.

    Each must say itself where on the sensor it lies; else the profile of a camera may
    (:func:`read_unplaced`).
    """
    amplifiers = []
    for image in images:
        found = _placed(image)
        if found is None:
            return None
        amplifiers.append(found)
    placed, origin = _from_zero(amplifiers)
    if len(placed) < 2 or not are_one_picture(placed):
        return None
    crosstalk = read_crosstalk(images[0].cards, len(placed))
    return Readout(amplifiers=placed, crosstalk=crosstalk, origin=origin)


def read_unplaced(header: Header) -> Unplaced | None:
    """Return the images of a frame that do not say where they lie; None of one image alone."""
    if not header.parts or of_images(header.parts) is not None:
        return None
    return Unplaced(
        images=tuple(map(_unplaced, header.parts)),
        crosstalk=read_crosstalk(header.cards, len(header.parts)),
    )


def _unplaced(image: Header) -> UnplacedImage:
    own, cards = in_stored_pixels(replace(image, cards=image.own)), image.cards
    lit = [one for one in (_inside(own, key) for key in _LIT) if one and _is_most(one, own)]
    return UnplacedImage(
        hdu=image.hdu,
        name=known_text(image.own.get("EXTNAME")),
        width=image.width,
        height=image.height,
        data=lit[0] if lit else None,
        bias=_strip(own, ""),
        gain=_believed(image.own, GAINS[""], "egain"),
        read_noise=_believed(cards, READ_NOISES[""], "read_noise"),
        saturation=_believed(cards, SATURATIONS[""], "saturation"),
    )


def _is_none(readout: Readout, header: Header) -> bool:
    """Whether there is nothing to do, since one amplifier has all of an image; or no such picture.

    No overscan is larger than the picture beside it.
    """
    [first, *more] = readout.amplifiers
    if not (more or first.bias) and first.data == _whole(header):
        return True
    return not _is_most((0, readout.width, 0, readout.height), header)


def _is_most(section: Section, image: Header) -> bool:
    left, right, bottom, top = section
    return (right - left) * (top - bottom) >= _LEAST * image.width * image.height


# --- several images ---------------------------------------------------------------------------


def _placed(image: Header) -> Amplifier | None:
    """Return one of several images as an amplifier, its corner where the sensor has it."""
    own = in_stored_pixels(replace(image, cards=image.own))
    found = (_inside(own, key) for key in _LIT)
    lit = [one for one in found if one is not None and _is_most(one, own)]
    for data in (*lit, _whole(image)):
        for key in DETECTOR_SECTIONS[""]:
            stated = parse_section(image.own.get(key))
            if stated is None:
                continue
            place, back_x, back_y = stated
            corner = _corner(data, place)
            if corner is not None:
                return replace(
                    _amplifier(own, "", data, _told([_strip(own, "")], data, [data])),
                    corner=corner,
                    flip_x=back_x,
                    flip_y=back_y,
                    read_noise=_believed(image.cards, READ_NOISES[""], "read_noise"),
                    saturation=_believed(image.cards, SATURATIONS[""], "saturation"),
                )
    return None


def _corner(data: Section, place: Section) -> tuple[int, int] | None:
    """Return the corner of a place on the sensor, binned as the pixels are; None if none fits."""
    corner = []
    for axis in (0, 2):
        pixels, there = data[axis + 1] - data[axis], place[axis + 1] - place[axis]
        binning, left = divmod(there, pixels)
        if left or not binning:
            return None
        corner.append(place[axis] // binning)
    return corner[0], corner[1]


def _from_zero(
    amplifiers: Sequence[Amplifier],
) -> tuple[tuple[Amplifier, ...], tuple[int, int]]:
    """Return amplifiers whose corners count from that of the picture, and where that is."""
    left = min(one.corner[0] for one in amplifiers)
    bottom = min(one.corner[1] for one in amplifiers)
    placed = tuple(
        replace(one, corner=(one.corner[0] - left, one.corner[1] - bottom)) for one in amplifiers
    )
    return placed, (left, bottom)


# --- one image ----------------------------------------------------------------------------------


def _of_one_image(header: Header) -> Readout | None:
    """Return how one image is put together; None where nothing can be made of what is stated."""
    trimmed = parse_section(header.cards.get("TRIMSEC"))
    if trimmed is not None and _inside(header, "TRIMSEC") is None:
        return None  # it was trimmed since
    several = [suffix for suffix in SUFFIXES[1:] if _lit(header, suffix) is not None]
    if len(several) > 1:
        return _numbered(header, several)
    biased = [suffix for suffix in SUFFIXES if _strip(header, suffix) is not None]
    if len([suffix for suffix in biased if suffix]) > 1:
        return None  # an overscan for each of several amplifiers, of which none says where it ends
    data = _lit(header, "")
    strip = _strip(header, biased[0]) if biased else None
    if strip is not None and (data is None or data == _whole(header)):
        data = rest_beside(strip, _whole(header))
    if data is None:
        return None
    bias = _told([strip], data, [data])
    one = Amplifier(data=data, bias=() if bias is None else (bias,), hdu=header.hdu)
    return Readout(amplifiers=(one,))


def _numbered(header: Header, suffixes: Sequence[str]) -> Readout | None:
    """Return the amplifiers that one header numbers, placed as it says, or as they are stored."""
    amplifiers: list[Amplifier] = []
    placed: list[Amplifier] = []
    found = ((suffix, _lit(header, suffix)) for suffix in suffixes)
    lit = {suffix: data for suffix, data in found if data is not None}
    if any(meet(*both) for both in combinations(lit.values(), 2)):
        return None
    for suffix, data in lit.items():
        strips = _strip(header, suffix), _strip(header, "")
        one = _amplifier(header, suffix, data, _told(strips, data, lit.values()))
        amplifiers.append(one)
        for key in DETECTOR_SECTIONS[suffix]:
            stated = parse_section(header.cards.get(key))
            corner = None if stated is None else _corner(data, stated[0])
            if stated is not None and corner is not None:
                _, back_x, back_y = stated
                placed.append(replace(one, corner=corner, flip_x=back_x, flip_y=back_y))
                break
    crosstalk = read_crosstalk(header.cards, len(amplifiers))
    if len(placed) == len(amplifiers):
        together, origin = _from_zero(placed)
        if are_one_picture(together):
            return Readout(amplifiers=together, crosstalk=crosstalk, origin=origin)
    stored = side_by_side(amplifiers)
    return None if stored is None else Readout(amplifiers=stored, crosstalk=crosstalk)


# --- what both have ---------------------------------------------------------------------------


def _amplifier(header: Header, suffix: str, data: Section, bias: Section | None) -> Amplifier:
    cards = header.cards
    return Amplifier(
        data=data,
        bias=() if bias is None else (bias,),
        hdu=header.hdu,
        gain=_believed(cards, GAINS[suffix], "egain"),
        read_noise=_believed(cards, READ_NOISES[suffix], "read_noise"),
        saturation=_believed(cards, SATURATIONS[suffix], "saturation"),
    )


def _told(
    strips: Iterable[Section | None], data: Section, lit: Iterable[Section]
) -> Section | None:
    """Return the first overscan that tells the level of some pixels, beside all that saw light."""
    for strip in strips:
        clear = None if strip is None else clear_of(strip, lit)
        if clear is not None and runs_along(clear, data):
            return clear
    return None


def _strip(header: Header, suffix: str) -> Section | None:
    return _first_inside(header, BIAS_SECTIONS[suffix])


def _lit(header: Header, suffix: str) -> Section | None:
    return _first_inside(header, LIT_SECTIONS[suffix])


def _first_inside(header: Header, keys: Sequence[str]) -> Section | None:
    return next((one for key in keys if (one := _inside(header, key)) is not None), None)


def _inside(header: Header, key: str) -> Section | None:
    """Return the section of a card, if it lies inside the image."""
    stated = parse_section(header.cards.get(key))
    if stated is None:
        return None
    section = stated[0]
    return section if section[1] <= header.width and section[3] <= header.height else None


def _whole(header: Header) -> Section:
    return 0, header.width, 0, header.height


def _believed(cards: Cards, keys: Sequence[str], name: str) -> float | None:
    """Return the first number above zero that is believed."""
    found = (within(name, parse_number(cards.get(key))) for key in keys)
    return next((one for one in found if one), None)
