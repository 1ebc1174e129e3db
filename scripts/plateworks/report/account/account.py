"""The account of a run: with what, from what and what it made, with the digests of all of it."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from plateworks import __version__
from plateworks.errors import PlateworksError
from plateworks.files import atomic
from plateworks.records import plain, record_of

#: Where it lies below the results.
NAME = "report/run.json"
#: Of these packages the products' numbers depend; named as they are installed.
_PACKAGES = ("snakemake", "numpy", "bottleneck", "scipy", "astropy", "astroscrappy", "sep")


@dataclass(frozen=True, kw_only=True)
class Used:
    """A file that a product was made of.

    Attributes
    ----------
    file : str
        A raw frame: its path below the raw folder.  Of others that below the results; the full one
        of what lies elsewhere.
    raw : bool
    data : str
        The digest of its image, XXH3 of 128 bits; of a list of all of it.
    rest : str or None
        That of the rest of a raw frame.
    kept : float or None
        The share of its pixels that are in a master; None where they were not counted.
    """

    file: str
    raw: bool
    data: str
    rest: str | None = None
    kept: float | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """A product.

    Attributes
    ----------
    kind : str
        In words: ``master dark``, ``calibrated frame``.
    data : str
        The digest of its image; of a list of all of it.  Empty where it has none.
    recipe : str
        The digest of all inputs and settings, which it names as ``PWDIGEST``; empty of a list.
    size : int
        Bytes of its file.
    used : tuple of Used
    failed : str or None
        Why it was set aside.
    """

    kind: str
    data: str
    recipe: str
    size: int
    used: tuple[Used, ...]
    failed: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is thought of a product: a word, and the reasons."""

    verdict: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account.

    Attributes
    ----------
    nights : tuple of str
        The nights of the lights, such as 20250815.
    software : mapping of str to str
        Versions by name.
    algorithms : mapping of str to int
        Numbers of the steps' algorithms.
    settings : mapping of str to str
        Those that differ from their defaults.
    products : mapping of str to Made
        By their paths below the results.
    verdicts : mapping of str to Verdict
        Of those products that were judged.
    """

    nights: tuple[str, ...]
    software: Mapping[str, str]
    algorithms: Mapping[str, int]
    settings: Mapping[str, str]
    products: Mapping[str, Made]
    verdicts: Mapping[str, Verdict]


def software() -> dict[str, str]:
    """Return the versions of what makes products."""
    found = {"plateworks": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def write_account(account: Account, results: str) -> None:
    """Write an account, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with atomic(os.path.join(results, NAME), "w") as stream:
        stream.write(json.dumps(plain(account), indent=1) + "\n")


def read_account(results: str) -> Account | None:
    """Return the account that lies below the results; None where there is none that is ours."""
    with suppress(OSError, ValueError, RecursionError, PlateworksError):
        return record_of(Account, json.loads(Path(results, NAME).read_bytes()), "The account")
    return None
