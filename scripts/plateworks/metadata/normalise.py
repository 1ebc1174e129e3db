"""From the cards of a file to its :class:`~plateworks.metadata.frame.Frame`.

The tables of :mod:`plateworks.metadata.dialects` say which card means what; here is how the cards
that need more than a look-up are understood.  Unknown stays ``None``.  What a header says against
itself, or against nature, is noted in a sentence and never stops the frame.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from plateworks.metadata import dialects as table
from plateworks.metadata import filtercards, formats, identity, placecards, programs
from plateworks.metadata.amplifiercards import told_shares
from plateworks.metadata.binning import read_binning
from plateworks.metadata.bounds import believed, within
from plateworks.metadata.cards import read_cards
from plateworks.metadata.crosstalkcards import crosstalk_in_doubt
from plateworks.metadata.darkmodels import read_model
from plateworks.metadata.exposures import read_exposure
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.kindcards import read_kind
from plateworks.metadata.mastermarks import combined, readouts
from plateworks.metadata.overscan import read_overscan
from plateworks.metadata.place_and_time import read_pointing, read_site, read_time
from plateworks.metadata.processing import BIAS_KEY, IN_DEVICE, in_words, read_state
from plateworks.metadata.quantities import celsius, parse_number, times
from plateworks.metadata.readoutcards import read_readout, read_unplaced
from plateworks.metadata.texts import UNKNOWN_TEXTS, known_text
from plateworks.metadata.values import Cards, Value, number

#: Words that stand for a number on purpose, and need no note.
_AUTOMATIC = UNKNOWN_TEXTS | {"auto", "automatic"}


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
        Kept in the record as given; nothing is read from it.  Its name may say that the frame is a
        master, or was worked on.
    header : Header
        From :func:`plateworks.metadata.cards.read_cards`.
    """
    cards, notes = header.cards, list(header.notes)
    dialect = programs.dialect_of(cards, header.history)
    name = os.path.basename(os.fspath(path))
    there = {table.FIELDS[key] for key in cards if key in table.FIELDS}
    texts: dict[str, str | None] = dict.fromkeys(table.TEXTS)
    texts |= {field: _text(cards, table.TEXTS[field]) for field in table.TEXTS if field in there}
    numbers: dict[str, float | None] = dict.fromkeys((*table.NUMBERS, *table.TEMPERATURES))
    for field, quantity in table.NUMBERS.items():
        if field in there:
            numbers[field] = _quantity(field, cards, quantity, notes)
    degrees = partial(celsius, kelvin=dialect.kelvin)
    for field, quantity in table.TEMPERATURES.items():
        if field in there:
            numbers[field] = _quantity(field, cards, quantity, notes, degrees)
    if numbers["temp"] is None and programs.is_vaonis(cards):
        found = _quantity("temp", cards, table.Quantity((table.VAONIS_TEMP,)), notes, degrees)
        numbers["temp"] = found
    told, model = read_kind(header, name, notes), read_model(cards)
    state = read_state(header, told.kind, told.is_master, name, dialect.taken_out)
    if state.done and not told.is_master:
        words = (str(state.told_by), in_words(state.done))
        notes.append(": ".join(words if state.told_by != IN_DEVICE else words[::-1]))
    readout = read_readout(header, state.done)
    notes.extend(read_overscan(header, readout, state.done))
    notes.extend(crosstalk_in_doubt(header))
    texts["filter"] = filtercards.read_filter(header, notes)
    numbers["gain"] = identity.read_gain(header, notes)
    numbers["exposure"] = read_exposure(header, told.kind, numbers["exposure"], notes)
    xbin, ybin = read_binning(cards, notes)
    pixel_size = _pixel_size(cards, xbin, notes)
    bayer = _bayer(header, notes)
    time = read_time(cards, notes)
    origin = placecards.read_origin(cards, header.width, header.height, xbin, ybin)
    latitude, longitude = read_site(cards, dialect)
    ra, dec = read_pointing(cards, dialect, notes)
    _correct(dialect, cards, texts, numbers, notes)
    kind = told.kind
    if told.doubt is None:
        kind = _kind_by_object(dialect, kind, texts["object"], notes)
    return Frame(
        path=os.fspath(path),
        width=header.width,
        height=header.height,
        bitpix=header.bitpix,
        hdu=header.hdu,
        planes=header.planes,
        third_axis=None if header.interleaved else placecards.read_third_axis(cards),
        kind=kind,
        doubt=model.doubt or told.doubt,
        is_master=told.is_master,
        combined=(combined if told.is_master else readouts)(header, kind),
        camera=texts["camera"],
        serial=texts["serial"],
        captured_by=programs.camera_program(header),
        xbin=xbin,
        ybin=ybin,
        bayer=bayer,
        gain=numbers["gain"],
        egain=numbers["egain"],
        offset=numbers["offset"],
        readout_mode=texts["readout_mode"],
        driver_mode=identity.read_mode(cards),
        amplifiers=told_shares(cards),
        raw_bits=identity.bits_of(header, numbers["raw_bits"]),
        x_origin=None if origin is None else origin.x,
        y_origin=None if origin is None else origin.y,
        origin_binned=origin is not None and origin.binned,
        flip=placecards.read_flip(cards),
        set_temp=numbers["set_temp"],
        temp=numbers["temp"],
        exposure=numbers["exposure"],
        filter=texts["filter"],
        mjd=time.mjd,
        local_time=time.local,
        site_lat=latitude,
        site_lon=longitude,
        site=texts["site"],
        telescope=texts["telescope"],
        focal_length=numbers["focal_length"],
        pixel_size=pixel_size,
        pixel_scale=numbers["pixel_scale"],
        rotator=numbers["rotator"],
        ra=ra,
        dec=dec,
        object=texts["object"],
        bias_inside=_bias_inside(cards, state.done),
        done=state.done,
        done_by=state.told_by,
        saturation=numbers["saturation"],
        read_noise=numbers["read_noise"],
        pedestal=numbers["pedestal"],
        row_order=_row_order(header, texts["row_order"], notes),
        model=model.places,
        readout=readout,
        unplaced=read_unplaced(header) if readout is None else None,
        notes=tuple(notes),
    )


#: Column and row of the pattern at which an image begins.
_PATTERN_OFFSETS = ("XBAYROFF", "YBAYROFF")

# --- look-ups -------------------------------------------------------------------------------


def _text(cards: Cards, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        if key in cards and (text := known_text(cards[key])) is not None:
            return text
    return None


def _quantity(
    field: str,
    cards: Cards,
    quantity: table.Quantity,
    notes: list[str],
    read: Callable[[Value], float | None] | None = None,
) -> float | None:
    for key in quantity.keys:
        value = cards.get(key)
        if value is None:
            continue
        found = (read or quantity.read)(value)
        if found is None:
            found = parse_number(value, quantity.words)
        if found is None:
            if str(value).strip().lower() not in _AUTOMATIC:
                notes.append(f"{key} says {value!r}, which is no number known here")
            continue
        found = times(found, quantity.units.get(key, 1.0))
        if found in quantity.unknown:
            continue
        if believed(field, found, key, notes) is not None:
            return found
    return None


# --- one concept each -----------------------------------------------------------------------


def _row_order(header: Header, stated: str | None, notes: list[str]) -> str | None:
    """Return the order of the rows: in some formats the first row is that at the top.

    An image of ours has the rows of the raw frames, and says their order.
    """
    if formats.of(header).upper_row_first and "PWVERS" not in header.cards:
        return placecards.TOP_DOWN
    return placecards.read_row_order(stated, notes)


def _pixel_size(cards: Cards, xbin: int | None, notes: list[str]) -> float | None:
    binned = _quantity("pixel_size", cards, table.BINNED_PIXEL, notes)
    if binned is not None:
        return binned
    single = _quantity("pixel_size", cards, table.SENSOR_PIXEL, notes)
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
            x, y = (within("origin", number(cards.get(k))) or 0 for k in _PATTERN_OFFSETS)
            return placecards.pattern_from(pattern, x, y)
        if key == "BAYERPAT" and pattern.lower() not in UNKNOWN_TEXTS:
            notes.append(f"BAYERPAT = {stated!r} is no pattern known here")
    return None


def _bias_inside(cards: Cards, done: str | None) -> bool | None:
    """Return whether bias is still inside; a dark that was subtracted took it along."""
    stated = cards.get(BIAS_KEY)
    if isinstance(stated, bool):
        return not stated
    return False if done and ("B" in done or "D" in done) else None


def _correct(
    dialect: programs.Dialect,
    cards: Cards,
    texts: dict[str, str | None],
    numbers: dict[str, float | None],
    notes: list[str],
) -> None:
    """Let the program's own meaning correct what the common tables found."""
    if str(texts["filter"]).upper() in table.BAYER_PATTERNS:
        texts["filter"] = None
    texts["camera"] = dict(dialect.names).get(str(texts["camera"]), texts["camera"])
    if dialect.object_key:
        texts["object"] = texts["object"] or _text(cards, (dialect.object_key,))
    if dialect.saturation_key and numbers["saturation"] is None:
        stated = number(cards.get(dialect.saturation_key)) or None
        numbers["saturation"] = believed("saturation", stated, dialect.saturation_key, notes)
    for field in dialect.zero_is_unknown:
        numbers[field] = numbers[field] or None
    if numbers["pedestal"]:
        numbers["pedestal"] *= dialect.pedestal_sign
        if numbers["pedestal"] > 0:
            notes.append(
                f"PEDESTAL = {cards['PEDESTAL']} is added, as SBFITSEXT means the card; most "
                "programs write a number below zero, which is what they added"
            )


def _kind_by_object(
    dialect: programs.Dialect, kind: str | None, target: str | None, notes: list[str]
) -> str | None:
    """Return the kind of frame that the name of its target gives, else the one that is stated."""
    for stated, beginning, meant in dialect.kind_by_object:
        if kind == stated and target is not None and target.lower().startswith(beginning):
            says = f"the type says {stated}" if stated else "no card says the type"
            notes.append(f"{dialect.object_key or 'OBJECT'} says {meant}, {says}")
            return meant
    return kind
