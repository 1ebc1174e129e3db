"""From the cards of a file to its :class:`~plateworks.metadata.frame.Frame`.

The tables of :mod:`plateworks.metadata.dialects` say which card means what; here is how the cards
that need more than a look-up are understood.  Unknown stays ``None``.  What a header says against
itself, or against nature, is noted in a sentence and never stops the frame.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from plateworks.metadata import dialects as table
from plateworks.metadata.cards import read_cards
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.place_and_time import read_pointing, read_site, read_time
from plateworks.metadata.values import Cards, Value, celsius, number


def read_frame(path: str | os.PathLike) -> Frame:
    """Read what an image file says of itself.

    Raises
    ------
    FrameError
        As :func:`plateworks.metadata.cards.read_cards`.
    """
    return frame_from_cards(path, read_cards(path))


def frame_from_cards(path: str | os.PathLike, header: Header) -> Frame:
    """Normalise the cards of one image.

    Parameters
    ----------
    path : path
        Kept in the record as given; nothing is read from it.
    header : Header
        From :func:`plateworks.metadata.cards.read_cards`.

    Returns
    -------
    Frame
    """
    cards = header.cards
    notes: list[str] = []
    dialect = _dialect(cards, header.history)
    texts = {field: _text(cards, keys) for field, keys in table.TEXTS.items()}
    numbers = {field: _quantity(cards, one, notes) for field, one in table.NUMBERS.items()}
    for field, quantity in table.TEMPERATURES.items():
        numbers[field] = _quantity(cards, quantity, notes, lambda v: celsius(v, dialect.kelvin))
    kind, is_master = _kind(header, notes)
    xbin, ybin = _binning(cards)
    pixel_size = _pixel_size(cards, xbin, notes)
    bayer = _bayer(header, notes)
    mjd = read_time(cards, notes)
    latitude, longitude = read_site(cards, dialect)
    ra, dec = read_pointing(cards, dialect, notes)
    bias_inside = _bias_inside(header, notes)
    _check_twins(cards, notes)
    _correct(dialect, cards, texts, numbers)
    kind = _kind_by_object(dialect, kind, texts["object"], notes)
    return Frame(
        path=os.fspath(path),
        width=header.width,
        height=header.height,
        bitpix=header.bitpix,
        hdu=header.hdu,
        planes=header.planes,
        kind=kind,
        is_master=is_master,
        camera=texts["camera"],
        xbin=xbin,
        ybin=ybin,
        bayer=bayer,
        gain=numbers["gain"],
        egain=numbers["egain"],
        offset=numbers["offset"],
        readout_mode=texts["readout_mode"],
        set_temp=numbers["set_temp"],
        temp=numbers["temp"],
        exposure=numbers["exposure"],
        filter=texts["filter"],
        mjd=mjd,
        site_lat=latitude,
        site_lon=longitude,
        telescope=texts["telescope"],
        focal_length=numbers["focal_length"],
        pixel_size=pixel_size,
        pixel_scale=numbers["pixel_scale"],
        rotator=numbers["rotator"],
        ra=ra,
        dec=dec,
        object=texts["object"],
        bias_inside=bias_inside,
        saturation=numbers["saturation"],
        read_noise=numbers["read_noise"],
        pedestal=numbers["pedestal"],
        row_order=texts["row_order"],
        notes=tuple(notes),
    )


# --- look-ups -------------------------------------------------------------------------------


def _text(cards: Cards, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = cards.get(key)
        if value is None or isinstance(value, bool):
            continue
        text = str(value).strip()
        if text.lower() not in table.UNKNOWN_TEXTS:
            return text
    return None


def _quantity(
    cards: Cards,
    quantity: table.Quantity,
    notes: list[str],
    read: Callable[[Value], float | None] = number,
) -> float | None:
    for key in quantity.keys:
        value = cards.get(key)
        if value is None:
            continue
        value = read(value)
        if value is None or value in quantity.unknown:
            continue
        if quantity.low <= value <= quantity.high:
            return value
        notes.append(f"{key} = {cards[key]} cannot be and is ignored")
    return None


def _dialect(cards: Cards, history: list[str]) -> table.Dialect:
    for dialect in table.DIALECTS:
        for key, beginning in dialect.marks:
            if key == "HISTORY":
                if any(line.startswith(beginning) for line in history):
                    return dialect
            elif str(cards.get(key, "")).startswith(beginning):
                return dialect
    return table.COMMON


# --- one concept each -----------------------------------------------------------------------


def _kind(header: Header, notes: list[str]) -> tuple[str | None, bool]:
    cards = header.cards
    is_master = any((number(cards.get(key)) or 0) > 1 for key in table.COMBINED_KEYS) or any(
        table.COMBINED_HISTORY in line for line in header.history
    )
    stated = [key for key in table.KIND_KEYS if cards.get(key) is not None]
    for key in stated:
        word = "".join(c for c in str(cards[key]).lower() if c not in " _-")
        bare = word
        for mark in table.MASTER_WORDS:
            bare = bare.removeprefix(mark).removesuffix(mark)
        if bare in table.KIND_WORDS:
            is_master |= bare != word or bare in table.MASTER_KIND_WORDS
            return table.KIND_WORDS[bare], is_master
    if stated:
        notes.append(f"{stated[0]} = {cards[stated[0]]!r} names no kind of frame known here")
    return None, is_master


def _binning(cards: Cards) -> tuple[int | None, int | None]:
    both: list[str] = []
    for key in table.BIN_KEYS:
        if not both and cards.get(key) is not None:
            both = str(cards[key]).lower().replace("x", " ").replace("*", " ").split()
    found = []
    for keys, stated in ((table.XBIN_KEYS, both[:1]), (table.YBIN_KEYS, both[-1:])):
        values = [number(value) for value in (*map(cards.get, keys), *stated)]
        found.append(next((int(v) for v in values if v and v >= 1 and v == int(v)), None))
    return found[0], found[1]


def _pixel_size(cards: Cards, xbin: int | None, notes: list[str]) -> float | None:
    binned = _quantity(cards, table.BINNED_PIXEL, notes)
    if binned is not None:
        return binned
    single = _quantity(cards, table.SENSOR_PIXEL, notes)
    return single * xbin if single is not None and xbin else None


def _bayer(header: Header, notes: list[str]) -> str | None:
    """Give the pattern of the first pixels as they are stored.

    The pattern is taken to count from the first stored row, as the programs do that write
    ROWORDER = 'TOP-DOWN'.  For BOTTOM-UP they disagree; the pattern is left as stated then too.
    An offset of one column (XBAYROFF) or row (YBAYROFF) says that the image begins inside the
    pattern.
    """
    cards = header.cards
    if header.planes > 1 or number(cards.get("COLORCCD")) == 0:
        return None
    for key in table.BAYER_KEYS:
        stated = cards.get(key)
        pattern = stated.strip().upper() if isinstance(stated, str) else ""
        if pattern in table.BAYER_PATTERNS:
            if (number(cards.get("XBAYROFF")) or 0) % 2:
                pattern = pattern[1] + pattern[0] + pattern[3] + pattern[2]
            if (number(cards.get("YBAYROFF")) or 0) % 2:
                pattern = pattern[2:] + pattern[:2]
            return pattern
        if key == "BAYERPAT" and pattern.lower() not in table.UNKNOWN_TEXTS:
            notes.append(f"BAYERPAT = {stated!r} is no pattern known here")
    return None


def _bias_inside(header: Header, notes: list[str]) -> bool | None:
    cards = header.cards
    calibrated = str(cards.get("CALSTAT") or "").strip().upper()
    if calibrated:
        notes.append(f"CALSTAT = {calibrated!r}: this frame is calibrated already")
    elif any(table.DARK_SUBTRACTED_HISTORY in line for line in header.history):
        notes.append(f"HISTORY has {table.DARK_SUBTRACTED_HISTORY!r}: a dark was subtracted")
    if isinstance(cards.get("BIASSUB"), bool):
        return not cards["BIASSUB"]
    return False if "B" in calibrated else None


def _check_twins(cards: Cards, notes: list[str]) -> None:
    """Note where two keywords of the same thing differ."""
    for first, second, read in (
        ("FILTER", "FILTERS", lambda key: _text(cards, (key,))),
        ("EXPTIME", "EXPOSURE", lambda key: number(cards.get(key))),
    ):
        if second in cards:
            a, b = read(first), read(second)
            if a is not None and b is not None and a != b:
                notes.append(f"{first} = {a} but {second} = {b}; {first} is believed")


def _correct(
    dialect: table.Dialect,
    cards: Cards,
    texts: dict[str, str | None],
    numbers: dict[str, float | None],
) -> None:
    """Let the program's own meaning correct what the common tables found."""
    if str(texts["filter"]).upper() in table.BAYER_PATTERNS:
        texts["filter"] = None
    if texts["row_order"]:
        texts["row_order"] = texts["row_order"].upper()
    if dialect.object_key:
        texts["object"] = texts["object"] or _text(cards, (dialect.object_key,))
    if dialect.saturation_key and numbers["saturation"] is None:
        numbers["saturation"] = number(cards.get(dialect.saturation_key)) or None
    for field in dialect.zero_is_unknown:
        numbers[field] = numbers[field] or None
    if numbers["pedestal"]:
        numbers["pedestal"] *= dialect.pedestal_sign


def _kind_by_object(
    dialect: table.Dialect, kind: str | None, target: str | None, notes: list[str]
) -> str | None:
    """Return the kind of frame that the name of its target gives, else the one that is stated."""
    for stated, beginning, meant in dialect.kind_by_object:
        if kind == stated and (target or "").lower().startswith(beginning):
            notes.append(f"{dialect.object_key} says {meant}, the type says {stated}")
            return meant
    return kind
