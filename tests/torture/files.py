"""Malformed files of every form, drawn by a seed, beside a good night."""

from __future__ import annotations

import gzip
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from astropy.io import fits

from exposed import EVENING, expose
from plateworks.csvtable import read_table
from torture.nights import copied, made, run, undisturbed
from torture.trial import Trial, broken

_BATCH = 125
_VALUES = (
    "1e300", "-1e300", "NaN", "-1", "0", "99999999999999999999", "''", "'\x1b[2J'", "T", "(1,2)",
    "1D400", "0001-01-01", "'9999-99-99T99:99:99'", "= = =", "'unclosed", "\xff\xfe", "/ only",
)  # fmt: skip
_KEYS = (
    "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "BZERO", "BSCALE", "BLANK", "EXPTIME", "DATE-OBS",
    "GAIN", "XBINNING", "SET-TEMP", "IMAGETYP", "FILTER", "SIMPLE", "END", "CCD-TEMP", "EGAIN",
)  # fmt: skip
_NAMES = ("<results>.fits", "{a}.fits", "a b.fits", "-n.fits", "=1.fits", "x\ny.fits", "é.fits",
          "$(id).fits", "'q'.fits", "%s.fits", "\u202e.fits", "a;b.fits", "~.fits")  # fmt: skip


def malformed_files(folder: Path, rng: np.random.Generator, count: int) -> Iterator[Trial]:
    """Put malformed files beside a good night: its products stay, and each file is told of."""
    night, products, _ = undisturbed()
    expected = {name: data for name, data in products.items() if name.startswith("masters")}
    for first in range(0, count, _BATCH):
        place = copied(night, folder / "malformed")
        wanted = min(_BATCH, count - first)
        kinds = dict(_files(place / "raw" / "bad", rng, wanted))
        done = run(place, "masters", "plan")
        now = made(place)
        paths = _told(place)
        yield Trial(
            "the good frames beside them", True,
            broken(
                planned=bool(paths),
                same_bytes=all(now.get(name) == data for name, data in expected.items()),
                no_traceback="Traceback" not in done.said,
            ),
        )  # fmt: skip
        for path, kind in kinds.items():
            name = path.relative_to(place).as_posix()
            escaped = name.encode("unicode_escape").decode()
            known = {name, escaped} & paths or name in done.said
            yield Trial(f"{kind}: {path.name!r}", True, broken(named=bool(known)))
        shutil.rmtree(place)


def _told(place: Path) -> set[str]:
    """Return the files that the tables of the plan tell of; none where there is no plan."""
    tables = (place / "results" / "plan" / f"{name}.csv" for name in ("frames", "rejects"))
    return {row["path"] for table in tables if table.exists() for row in read_table(table)}


def _files(folder: Path, rng: np.random.Generator, count: int) -> Iterator[tuple[Path, str]]:
    """Write malformed files; yield each and what is wrong with it."""
    folder.mkdir(parents=True)
    for number in range(count):
        good = expose(
            folder / "good", str(rng.choice(["dark", "bias"])), EVENING, number, instrume="Other"
        )
        data, form = _in_a_form(good.read_bytes(), rng)
        good.unlink()
        kind, data = _damage(data, form, rng)
        name = f"{number:03d}{form}"
        if number % 10 == 9:
            kind, name = "name", f"{number:03d}{_NAMES[int(rng.integers(len(_NAMES)))]}"
        path = folder / name
        path.write_bytes(data)
        yield path, kind


def _in_a_form(data: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    form = str(rng.choice([".fits", ".fits", ".fits.gz", ".fits.fz", ".xisf"]))
    if form == ".fits.gz":
        return gzip.compress(data), form
    if form == ".fits.fz":
        with fits.open(io.BytesIO(data)) as hdus:
            codec = str(rng.choice(["RICE_1", "GZIP_1", "HCOMPRESS_1"]))
            tiles = fits.CompImageHDU(hdus[0].data, hdus[0].header, compression_type=codec)
            stream = io.BytesIO()
            fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(stream)
        return stream.getvalue(), form
    if form == ".xisf":
        xml = (
            b'<?xml version="1.0"?><xisf version="1.0" xmlns="http://www.pixinsight.com/xisf">'
            b'<Image geometry="64:64:1" sampleFormat="UInt16" location="attachment:4096:8192">'
            b'<FITSKeyword name="IMAGETYP" value="\'DARK\'" comment=""/>'
            b'<FITSKeyword name="EXPTIME" value="60" comment=""/></Image></xisf>'
        )
        head = b"XISF0100" + len(xml).to_bytes(4, "little") + bytes(4) + xml
        return head.ljust(4096, b"\0") + data[-8640:][:8192], form
    return data, form


def _damage(data: bytes, form: str, rng: np.random.Generator) -> tuple[str, bytes]:
    """Return what was done to a file, and its bytes then."""
    changed = bytearray(data)
    kind = str(rng.choice(["cut", "bits", "noise", "card", "empty", "doubled", "zeros", "swapped"]))
    if kind == "card" and form == ".fits":
        key, value = str(rng.choice(_KEYS)), str(rng.choice(_VALUES))
        place = 80 * int(rng.integers(0, 20))
        line = f"{key:8}= {value}".encode("latin-1").ljust(80)[:80]
        changed[place : place + 80] = line
        return f"{key}={value!r}", bytes(changed)
    if kind == "cut":
        return kind, data[: int(rng.integers(0, len(data)))]
    if kind == "empty":
        return kind, b""
    if kind == "doubled":
        return kind, data + data
    first = int(rng.integers(0, len(data)))
    if kind == "noise":
        changed[first : first + 500] = rng.bytes(len(changed[first : first + 500]))
    elif kind == "zeros":
        changed[first : first + 3000] = bytes(len(changed[first : first + 3000]))
    elif kind == "swapped":
        changed = changed[first:] + changed[:first]
    else:
        for place in rng.integers(0, len(data), 8):
            changed[int(place)] ^= 1 << int(rng.integers(8))
    return kind, bytes(changed)
