"""Index files of Astrometry.net: which are there, and which fit a field."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import BufferedReader
from pathlib import Path

from plateworks.digests import digest_of, digest_of_bytes
from plateworks.errors import ConfigError
from plateworks.sky.hints import Attempt, separation
from plateworks.troubles import in_words
from plateworks.wording import figures

#: Searched after the folders of the configuration.
USUAL_PLACES = (
    "/usr/share/astrometry",
    "/usr/local/astrometry/data",
    "/usr/local/share/astrometry",
    "~/.local/share/astrometry",
)
ENVIRONMENT = "ASTROMETRY_INDEX_DIR"

#: Larger angles are told in degrees.
_MOST_ARCMINUTES = 180
#: Debian's packages of Tycho-2 indexes -> arcminutes of their quads.
PACKAGES = {
    "astrometry-data-tycho2-07": (22, 30),
    "astrometry-data-tycho2-08": (30, 44),
    "astrometry-data-tycho2-09": (44, 60),
    "astrometry-data-tycho2-10-19": (60, 2000),
}
#: Quads smaller than this fraction of the shorter side are too many and too ill measured to try.
SMALLEST_QUAD = 0.1

_ARCMIN = math.degrees(1) * 60
_BLOCK = 2880
#: Bytes of either end by which an index is told from another.
_END = 65_536


@dataclass(frozen=True, slots=True)
class Index:
    """One index file: the sizes of its quads in arcminutes, and its tile of the sky, if any.

    One that cannot be searched has a `flaw`, a clause that follows its path; where not even its
    header can be read, it may be of any size and tile.  Its `stamp` is its bytes and when they last
    changed, nanoseconds.
    """

    path: str
    low: float
    high: float
    healpix: int = -1
    nside: int = 0
    flaw: str = ""
    stamp: tuple[int, int] = (0, 0)


def find_indexes(folders: Iterable[str] = ()) -> tuple[Index, ...]:
    """List the index files in `folders`, then in the usual places; the first of a name wins.

    Parameters
    ----------
    folders : paths
        From the configuration, or the project's own.  A folder given here must exist.

    Raises
    ------
    ConfigError
        If a folder of the configuration is not there, or one cannot be read.
    """
    folders = [os.path.expanduser(folder) for folder in folders]
    for folder in folders:
        if not os.path.isdir(folder):
            raise ConfigError(f"solve.index_dirs names {folder}, which is not a folder.")
    usual = [*filter(None, [os.environ.get(ENVIRONMENT)]), *map(os.path.expanduser, USUAL_PLACES)]
    found: dict[str, Index] = {}
    for folder in [*folders, *filter(os.path.isdir, usual)]:
        for name in _names(folder):
            if name in found and not found[name].flaw:
                continue
            if index := read_index(_real(os.path.join(folder, name))):
                found.setdefault(name, index)
                found[name] = found[name] if index.flaw else index
    return tuple(found.values())


@cache
def _real(path: str) -> str:
    """Return a path without links, which is asked for with each frame."""
    return os.path.realpath(path)


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".fits"))
    except OSError as error:
        raise ConfigError(
            f"The folder of index files {folder} cannot be read ({in_words(error)})."
        ) from error


@cache
def read_index(path: str) -> Index | None:
    """Read the cards of an index file, and whether it is whole; None if it is of another kind."""
    try:
        with open(path, "rb") as stream:
            status = os.fstat(stream.fileno())
            cards = _header(stream)
            if not {"SCALE_L", "SCALE_U"} <= cards.keys():
                return None
            index = Index(
                path,
                low=float(cards["SCALE_L"]) * _ARCMIN,
                high=float(cards["SCALE_U"]) * _ARCMIN,
                healpix=int(cards.get("HEALPIX", -1)),
                nside=int(cards.get("HPNSIDE", 0)),
                stamp=(status.st_size, status.st_mtime_ns),
            )
            promised = _promised(stream, cards)
        if promised <= status.st_size:
            return index
        flaw = f"is damaged: {status.st_size:,} bytes of {promised:,}; copy it again"
        return replace(index, flaw=flaw)
    except OSError as error:
        return Index(path, 0.0, math.inf, flaw=f"cannot be read ({in_words(error)})")
    except (ValueError, KeyError) as error:
        named = Path(path).name.startswith("index")
        flaw = f"is damaged: {error}; copy it again"
        return Index(path, 0.0, math.inf, flaw=flaw) if named else None


@cache
def ends_of(index: Index) -> str:
    """Return a digest of the size of an index, its beginning and its end.

    There its headers are, and what stands beside its stars: so it is told from another without
    reading all of it, and is the same on every computer.
    """
    size = index.stamp[0]
    with open(index.path, "rb") as stream:
        first = stream.read(_END)
        stream.seek(max(0, size - _END))
        return digest_of(size=size, first=digest_of_bytes(first),
                         last=digest_of_bytes(stream.read(_END)))  # fmt: skip


def choose(indexes: Sequence[Index], shape: tuple[int, int], attempt: Attempt) -> tuple[Index, ...]:
    """Keep the indexes whose quads fit into the field and whose tile may hold it.

    The smallest quads come first: their index has the most stars of the field, which the solution
    is then refined with.

    Parameters
    ----------
    indexes : sequence of Index
    shape : (int, int)
        Height and width in pixels.
    attempt : Attempt

    Returns
    -------
    tuple of Index
    """
    low = SMALLEST_QUAD * min(shape) * attempt.scale_low / 60
    high = math.hypot(*shape) * attempt.scale_high / 60
    fitting = [i for i in indexes if i.high >= low and i.low <= high and _holds(i, attempt)]
    return tuple(sorted(fitting, key=lambda index: (index.low, index.path)))


def covering(indexes: Sequence[Index], ra: float, dec: float, radius: float) -> tuple[Index, ...]:
    """Keep the indexes whose tile may hold a point of a circle, in degrees."""
    circle = Attempt(1.0, 1.0, ra, dec, radius)
    return tuple(index for index in indexes if _holds(index, circle))


def explain_absence(indexes: Sequence[Index], shape: tuple[int, int], attempt: Attempt) -> str:
    """Say in a sentence why no index fits, and what to install."""
    height, width = (
        side * math.sqrt(attempt.scale_low * attempt.scale_high) / 60 for side in shape
    )
    if indexes:
        smallest, largest = min(i.low for i in indexes), max(i.high for i in indexes)
        many = len(indexes) > 1
        files = f"{len(indexes)} index files found serve" if many else "index file found serves"
        there = f"the {files} patterns of stars of {_angle(smallest)} to {_angle(largest)}"
    else:
        there = "no index file was found"
    wanted = 0.2 * min(height, width), 0.8 * max(height, width)
    fitting = [
        name for name, (low, high) in PACKAGES.items() if low <= wanted[1] and high >= wanted[0]
    ]
    remedy = (
        f"install the Debian package {' or '.join(fitting)}"
        if fitting
        else f"get index files for patterns of about {_angle(wanted[0], 2)} to "
        f"{_angle(wanted[1], 2)} from data.astrometry.net"
    )
    return (
        f"No index fits the field of {_angle(width)} x {_angle(height)}: {there}; {remedy}, "
        "and name its folder in solve.index_dirs if it is not in the usual place."
    )


def _angle(arcminutes: float, digits: int = 3) -> str:
    """Return an angle as people write it: ``25'``, and ``40°`` where that is much."""
    if arcminutes < _MOST_ARCMINUTES:
        return f"{figures(arcminutes, digits)}'"
    return f"{figures(arcminutes / 60, digits)}°"


def _header(stream: BufferedReader) -> dict[str, str]:
    """Read the cards of one header: what stands between = and comment, by keyword.

    Raises
    ------
    ValueError
        If the file ends in it, or holds other characters than headers have.
    """
    cards: dict[str, str] = {}
    while len(block := stream.read(_BLOCK)) == _BLOCK:
        for start in range(0, _BLOCK, 80):
            card = block[start : start + 80].decode("ascii")
            if card.startswith("END     "):
                return cards
            if card[8:10] == "= ":
                cards.setdefault(card[:8].strip(), card[10:].split("/")[0].strip())
    raise ValueError("it ends inside a header")


def _promised(stream: BufferedReader, cards: dict[str, str]) -> int:
    """Return the bytes up to where the last array ends, by all headers from the first on."""
    while True:
        sides = [int(cards[f"NAXIS{axis}"]) for axis in range(1, int(cards["NAXIS"]) + 1)]
        size = math.prod(sides) + int(cards.get("PCOUNT", 0)) if sides else 0
        end = stream.tell() + abs(int(cards["BITPIX"])) // 8 * size
        stream.seek(-(-end // _BLOCK) * _BLOCK)
        if end > os.fstat(stream.fileno()).st_size or not stream.peek(1):
            return end
        cards = _header(stream)


def _holds(index: Index, attempt: Attempt) -> bool:
    """Whether the tile of the index may hold a point of the searched circle."""
    if attempt.ra is None or attempt.dec is None or attempt.radius is None:
        return True
    if index.nside < 1 or index.healpix < 0:
        return True
    ra, dec = healpix_center(index.healpix, index.nside)
    # 48.2 degrees reach from the centre of a base tile to its farthest corner; smaller tiles keep
    # within that over nside, times sqrt(2) for their distortion near the poles.
    reach = min(180.0, 48.2 * math.sqrt(2) / index.nside)
    return separation(ra, dec, attempt.ra, attempt.dec) <= reach + attempt.radius


def healpix_center(healpix: int, nside: int) -> tuple[float, float]:
    """Centre of a HEALPix tile in degrees, in Astrometry.net's numbering.

    The tile's number is ``base * nside**2 + x * nside + y`` with x and y along the two edges from
    the southern corner of the base tile; the projection is that of Górski et al. (2005), section 5.
    """
    base, rest = divmod(healpix, nside * nside)
    x, y = ((part + 0.5) / nside for part in divmod(rest, nside))
    row, column = divmod(base, 4)  # northern, equatorial, southern base tiles
    # On the unfolded plane the base tiles are diamonds one unit high, two equatorial tiles apart.
    vertical = x + y - row  # 1 at the upper end of the equatorial belt, -1 at its lower
    horizontal = x - y  # in units of 45 degrees
    centre = 2 * column + (row != 1)  # of the diamond, in units of 45 degrees
    if abs(vertical) <= 1:
        z = vertical * 2 / 3
    else:
        sigma = 2 - abs(vertical)
        z = math.copysign(1 - sigma * sigma / 3, vertical)
        horizontal = horizontal / sigma
    return (45 * (centre + horizontal)) % 360, math.degrees(math.asin(z))
