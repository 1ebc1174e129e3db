"""Names of products, derived from grouping keys and raw files, safe in paths and unique.

Within a name ``_`` divides tokens and ``-`` divides the words of a token.  Whatever a header holds,
a token consists of ``a-z 0-9 . + -``: text that does not survive this unchanged gets a digest of
the original, so that two texts never share a name.
"""

from __future__ import annotations

import hashlib
import re

from plateworks.metadata.imagenames import stem_of

UNKNOWN = "na"
NO_FILTER = "nofilter"


def identity(text: str | None) -> str | None:
    """Return the form in which header texts are compared: ``ZWO ASI2600 `` is ``zwo-asi2600``.

    Letter case, and the choice of space, underscore or hyphen between words, make no difference.
    """
    if text is None:
        return None
    return re.sub(r"[\s_-]+", "-", text.strip().casefold()).strip("-") or None


def slug(text: str | None) -> str:
    """Return `text` as one token of a file name; unknown is ``na``."""
    same = identity(text)
    if same is None:
        return UNKNOWN
    plain = re.sub(r"[^a-z0-9.+-]+", "-", same).strip("-.")[:40]
    if plain == same and plain not in (UNKNOWN, NO_FILTER):
        return plain
    return f"{plain}-{_digest(same, 6)}".lstrip("-.")


def exposure_token(seconds: float | None) -> str:
    """Return an exposure in the largest unit that keeps it whole: ``120s``, ``2500ms``."""
    if seconds is None:
        return UNKNOWN
    micros = round(seconds * 1e6)
    if micros % 1_000_000 == 0:
        return f"{micros // 1_000_000}s"
    if micros % 1000 == 0:
        return f"{micros // 1000}ms"
    return f"{micros}us"


def temperature_token(celsius: float | None) -> str:
    """Return a temperature as ``m10c``, ``p0c`` or ``p2.5c``."""
    if celsius is None:
        return UNKNOWN
    sign = "m" if celsius < 0 else "p"
    return f"{sign}{number_token(round(abs(celsius), 1))}c"


def number_token(value: float | None) -> str:
    """Return a number in its shortest form: ``100``, ``2.5``."""
    if value is None:
        return UNKNOWN
    return f"{value:.12g}"


def frame_name(path: str) -> str:
    """Return the name of the products of one raw file: its own name, made safe.

    ``Light M 94.fit.gz`` becomes ``Light-M-94`` with a digest when characters were lost; spaces
    alone are not a loss.
    """
    return safe_name(stem_of(path))


def safe_name(text: str) -> str:
    """Return `text` as a name of a file, letter case kept; a digest stands for what is lost."""
    spaced = re.sub(r"\s+", "-", text)
    safe = re.sub(r"[^A-Za-z0-9.+_-]+", "-", spaced).strip(".")[:120]
    if safe == spaced and safe:
        return safe
    return f"{safe}-{_digest(text, 6)}".lstrip("-.")


def disambiguated(name: str, path: str) -> str:
    """Return `name` with a digest of `path`, for a second raw file of the same name."""
    return f"{name}-{_digest(path, 8)}"


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:length]
