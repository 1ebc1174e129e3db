"""Products as two digests: of their pixels, and of their cards.  Read by no code of the package."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import xml.etree.ElementTree as ElementTree
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from astropy.io import fits
from PIL import Image

#: First folder of a product's path -> the step that makes it.
STEPS = {
    "masters": "combine", "cosmetic": "cosmetic", "flats": "flatrank", "previews": "flatrank",
    "darkmodels": "darkmodel",
    "calibrated": "calibrate", "solved": "solve", "debayered": "debayer", "plan": "tables",
    "report": "tables",
}  # fmt: skip
#: Tables of how good lights are, by their own step.
OF_LIGHTS = re.compile(r"report/(measures/|lights)")
#: Verdicts on masters, by their own step.
OF_MASTERS = "report/masters.csv"
#: Pages of nights, by their own step, and what of them hangs on last digits: numbers, pictures.
OF_PAGES = re.compile(r"report/(\d{8}|index)\.(html|json)")
#: What is said of masters, and when: no product.
LEDGER = "ledger.csv"
_DRAWN = re.compile(r"data:image/\w+;base64,[\w+/=]+|-?\d+\.\d+(e[+-]?\d+)?")
#: The property of a header of XISF that holds a digest of all of it.
SEAL = "Plateworks:Seal"
#: What a run made, and with what.
ACCOUNT = "report/run.json"
#: Cards of sums, in which the last digits of what was measured count, and of the time.
UNSTABLE = ("CHECKSUM", "DATASUM", "DATE")
#: Cards of a solution, fitted with the processor's own linear algebra -> decimals that are kept.
FITTED = {
    r"CRVAL\d|LATPOLE": 6,
    r"CD\d_\d": 11,
    r"ASTODDS": 1,
    r"PIXSCALE": 5,
    r"ASTRRMS|FWHM|FWHMASEC|ECCENTR|ELLIP|ELLALIGN": 3,
    r"ELLTHETA": 1,
    r"SKYLEVEL|SKYNOISE|SKYGRAD": 2,
}
#: Those of the distortion: a millionth of a pixel, about 100 pixels from the centre.
_SIP = re.compile(r"[AB]P?_(\d)_(\d)")
#: The same in the table of solved frames.
FITTED_COLUMNS = {
    "ra_deg": 6, "dec_deg": 6, "scale_arcsec": 5, "rms_arcsec": 3, "fwhm_px": 3, "sky_level": 2,
    "sky_noise": 2,
}  # fmt: skip
#: Tables whose floating-point numbers were measured: so many digits, as many processors agree on.
MEASURED, _DIGITS = ("SOURCES", "CELLS", "DARKS"), 3
#: Tables of differences between numbers that were fitted: no digit of them is sure on others.
COUNTED = ("RESIDUALS",)
_BROKEN = re.compile(r"-?\d+\.\d+(e[+-]?\d+)?")
_SAMPLES = {"UInt8": "<u1", "UInt16": "<u2", "UInt32": "<u4", "Float32": "<f4", "Float64": "<f8"}


class Product(NamedTuple):
    """The step that made a file, and the digests of its pixels and of its cards (or lines)."""

    step: str
    pixels: str
    cards: str


class _Content(NamedTuple):
    arrays: list[np.ndarray]
    cards: list[str]


def describe_products(results: Path) -> Iterator[tuple[str, Product]]:
    """Yield every product below the folder of results: its path there, and its description."""
    for path in sorted(results.rglob("*")):
        name = str(path.relative_to(results))
        step = STEPS.get(name.partition("/")[0])
        if name == ACCOUNT:  # of programs and numbers of algorithms, which change by themselves
            continue
        if path.is_file() and step is not None and not path.name.startswith((".", LEDGER)):
            if path.name.startswith("badpix_"):
                step = "badpixels"
            if name == OF_MASTERS:
                step = "judging"
            if OF_LIGHTS.match(name):
                step = "lights"
            if OF_PAGES.match(name):
                step = "pages"
            arrays, cards = read_content(path)
            pixels = b"".join(_canonical(array) for array in arrays)
            yield name, Product(step, _digest(pixels), _digest("\n".join(cards).encode()))


def read_content(path: Path) -> _Content:
    """Read a product as arrays and lines of text."""
    if path.suffix == ".fits":
        return _read_fits(path)
    if path.suffix == ".xisf":
        return _read_xisf(path)
    if path.suffix == ".png":
        with Image.open(path) as picture:
            return _Content([np.asarray(picture)], [picture.mode])
    text = path.read_bytes().decode().replace(str(path.parents[_depth(path)]), "")
    lines = text.split("\n")
    if path.suffix == ".lst":
        listed = "\n".join(line for line in lines if not line.startswith("#"))
        comments = [line for line in lines if line.startswith("#")]
        return _Content([np.frombuffer(listed.encode(), np.uint8)], comments)
    if OF_LIGHTS.match("/".join(path.parts[-_depth(path) :])):
        return _Content([], [_few_digits(line) for line in lines])
    if OF_PAGES.match("/".join(path.parts[-_depth(path) :])):
        return _Content([], [_DRAWN.sub(_coarse, line) for line in lines])
    return _Content([], _rounded_rows(text) if path.name == "solved.csv" else lines)


def _depth(path: Path) -> int:
    """Return how far above a product the folder lies in which the workflow ran."""
    return path.parts[::-1].index("results")


def _read_fits(path: Path) -> _Content:
    arrays, cards = [], []
    with fits.open(path, memmap=False) as hdus:
        for hdu in hdus:
            if hdu.data is not None and hdu.name not in COUNTED:
                arrays.append(_with_few_digits(hdu.data) if hdu.name in MEASURED else hdu.data)
            for card in hdu.header.cards:
                if card.keyword not in UNSTABLE:
                    cards.append(_rounded(card.keyword, str(card.value), str(card)))
    return _Content(arrays, cards)


def _read_xisf(path: Path) -> _Content:
    """Read images, keywords and properties (XISF 1.0 specification, sections 9 to 11)."""
    content = path.read_bytes()
    length = int.from_bytes(content[8:12], "little")
    arrays, cards = [], []
    for element in ElementTree.fromstring(content[16 : 16 + length]).iter():
        words = dict(element.attrib)
        if words.get("id") == SEAL:  # of a header that tells when it was written
            element.text = ""
        words.pop("checksum", None)  # of what is packed, which tells of the codec
        where = words.pop("location", None)
        if where is not None:
            _, position, size = where.split(":")
            block = content[int(position) : int(position) + int(size)]
            arrays.append(_unpacked(block, words))
        table = words.get("id", "").rpartition(":")[2].upper()
        lines = (element.text or "").split("\n")
        if table in MEASURED:
            element.text = "\n".join(map(_few_digits, lines))
        if table in COUNTED:
            element.text = f"{lines[0]}, {len(lines)} lines"
        line = f"{element.tag.rpartition('}')[2]} {sorted(words.items())} {element.text or ''}"
        name, value = words.get("name", ""), words.get("value", "")
        cards.append(_rounded(name, value, line.strip()))
    return _Content(arrays, cards)


def _unpacked(block: bytes, words: dict[str, str]) -> np.ndarray:
    codec, _, sizes = words.get("compression", "").partition(":")
    if codec:
        assert codec in ("zlib", "zlib+sh"), codec
        block = zlib.decompress(block)
    if codec.endswith("+sh"):
        width = int(sizes.rpartition(":")[2])
        block = np.frombuffer(block, np.uint8).reshape(width, -1).T.tobytes()
    width, height, _ = map(int, words["geometry"].split(":"))
    return np.frombuffer(block, _SAMPLES[words["sampleFormat"]]).reshape(height, width)


def _with_few_digits(table: np.ndarray) -> np.ndarray:
    """Return the rows of a table as text."""
    lines = (",".join(map(str, row)) for row in table.tolist())
    return np.array([_few_digits(line) for line in lines], "U")


def _few_digits(line: str) -> str:
    """Return a line of numbers, those with a point cut to few digits; other lines as they are."""
    if line.startswith("#"):
        return line
    cells = line.split(",")
    return ",".join(f"{float(one):.{_DIGITS}g}" if _BROKEN.fullmatch(one) else one for one in cells)


def _coarse(found: re.Match[str]) -> str:
    """Return a number with three digits; of a picture, that there is one."""
    return "picture" if found[0].startswith("data:") else f"{float(found[0]):.3g}"


def _canonical(array: np.ndarray) -> bytes:
    """Return type, shape and values of an array, the lowest byte first, all NaN alike."""
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    if array.dtype.kind == "f" and np.isnan(array).any():
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array)
    return f"{array.dtype.str} {array.shape}\n".encode() + array.tobytes()


def _rounded(keyword: str, value: str, card: str) -> str:
    """Return a card as it stands, but with few decimals where its value was fitted to the sky."""
    decimals = next((kept for name, kept in FITTED.items() if re.fullmatch(name, keyword)), None)
    if powers := _SIP.fullmatch(keyword):
        decimals = 6 + 2 * sum(map(int, powers.groups()))
    return card if decimals is None else f"{keyword} = {_fixed(value, decimals)}"


def _fixed(value: str, decimals: int) -> str:
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"  # no zero is negative


def _rounded_rows(table: str) -> list[str]:
    """Return the lines of the table of solved frames, with few digits where they were fitted."""
    rows = csv.DictReader(io.StringIO(table))
    lines = [",".join(rows.fieldnames or ())]
    for row in rows:
        for column, decimals in FITTED_COLUMNS.items():
            row[column] = row[column] and _fixed(row[column], decimals)
        lines.append(",".join(row.values()))
    return lines


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
