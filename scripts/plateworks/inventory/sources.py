"""Which files are meant: a folder, a pattern, a list, a numbered sequence, or exactly one file.

The forms in which ``raw`` and ``library`` name files, told apart by the text in this order:

- ``lights/*.fit``: a pattern, ``**`` for any folders;
- ``@night.txt``, or a name that ends in ``.txt`` or ``.lst``: a list, one name a line, relative to
  the list; ``#`` begins a comment;
- ``=bias100.fit``: exactly this file;
- ``light0001.fit``: a file whose name ends in digits stands for the run of numbers that begins with
  it and ends at the first gap, all with as many digits; without a second member it is that file;
- anything else: a folder, searched with all its sub-folders.
"""

from __future__ import annotations

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from plateworks.errors import ConfigError
from plateworks.inventory.walk import folders_below
from plateworks.metadata.imagenames import is_image_name
from plateworks.metadata.otherfiles import (
    ending_of,
    is_fits,
    kinds_of_files,
    may_be_fits,
    worth_a_word,
)
from plateworks.settings.paths import plain_path

#: Keys that name masters.
LIBRARY_KEYS = ("library", "library_here", "by_hand.dark", "by_hand.flat")

_WILD = re.compile(r"[*?\[]")
_NUMBERED = re.compile(r"(?P<head>.*?)(?P<digits>\d+)(?P<tail>\.\D*)", re.DOTALL)


@dataclass(frozen=True)
class Source:
    """One entry of ``raw`` or ``library``.

    Attributes
    ----------
    folder : str
        The folder that path rules count from.
    files : tuple of str or None
        The files it names; None for a folder, which is searched.
    found : bool
        Whether its files were looked for, so that products may be among them.
    by_pattern : bool
        Whether a pattern means its files: those without the ending of an image may be anything.
    others : tuple of str
        Files that the pattern means, too, and that are not looked at.
    key : str
        Where in the configuration it stands.
    """

    folder: str
    files: tuple[str, ...] | None = None
    found: bool = False
    by_pattern: bool = False
    others: tuple[str, ...] = ()
    key: str = "raw"

    def holds(self, path: str) -> bool:
        """Whether a file is among those meant."""
        if self.files is None:
            return path.startswith(self.folder.rstrip(os.sep) + os.sep)
        return path in self._known

    @property
    def searched(self) -> bool:
        """Whether its files were looked for, and not named one by one."""
        return self.files is None or self.by_pattern

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.files or ())


def raw_sources(
    raw: str | Sequence[str] | None, captured: str | os.PathLike[str] | None = None
) -> list[Source]:
    """Return what the key ``raw`` names, in the order the user gave.

    The folder that captured frames go to, ``capture.raw_dir``, is one of them as soon as it exists,
    and stands for all folders in it: a capture may make more of those.
    """
    texts = [] if raw is None else [raw] if isinstance(raw, str) else list(raw)
    if captured is not None:
        captured = os.fspath(captured)
        texts = [text for text in texts if not _lies_in(text, captured)]
        texts += [captured] if os.path.isdir(captured) else []
    return sources(texts, "raw")


def _lies_in(text: str, folder: str) -> bool:
    """Whether a text names a folder itself, or another one in it."""
    path, folder = os.path.abspath(text), os.path.abspath(folder)
    return path == folder or (os.path.isdir(path) and Path(folder) in Path(path).parents)


def folders_of(sources: Iterable[Source]) -> list[str]:
    """Return the folders that paths are counted from, each once."""
    return list(dict.fromkeys(source.folder for source in sources))


def sources(texts: Iterable[str], key: str) -> list[Source]:
    """Find what `texts` mean.

    Raises
    ------
    ConfigError
        For a pattern that nothing fits, a list that cannot be read or is empty, a file that is not
        there; `key` says where in the configuration it stands.
    """
    return [_source(text, key) for text in texts]


def _source(text: str, key: str) -> Source:
    if os.path.isdir(text):
        # The working folder goes by its full path: ./name is no good name of a file to Snakemake.
        return Source(os.getcwd() if os.path.normpath(text) == "." else text, key=key)
    if _WILD.search(text) and not text.startswith("="):
        return _pattern(text, key)
    if text.startswith("@") or text.lower().endswith((".txt", ".lst")):
        return _list(text.removeprefix("@"), key)
    if text.startswith("="):
        return _file(text[1:], (text[1:],), key)
    if _is_image(text):
        return _file(text, _run(text), key)
    if is_fits(text):
        return _file(text, (text,), key)
    return Source(text, key=key)


def _is_image(path: str) -> bool:
    return is_image_name(os.path.basename(path))


def _may_be_image(path: str) -> bool:
    return _is_image(path) or (may_be_fits(ending_of(path)) and _is_seen(path))


def _worth_a_word(path: str) -> bool:
    return worth_a_word(ending_of(path)) and _is_seen(path)


def _is_seen(path: str) -> bool:
    """Whether a path is that of a file, and not a hidden one."""
    return os.path.isfile(path) and not os.path.basename(path).startswith(".")


def _pattern(text: str, key: str) -> Source:
    files: dict[bool, list[str]] = {True: [], False: []}
    for path in sorted(set(_fitting(text))):
        files[_may_be_image(path)].append(path)
    found, others = tuple(files[True]), tuple(filter(_worth_a_word, files[False]))
    if not found:
        besides = f"; {kinds_of_files(Counter(map(ending_of, others)))} do" if others else ""
        raise ConfigError(f"Config key {key}: no frame fits the pattern {text}{besides}.")
    folder = _WILD.split(text, maxsplit=1)[0].rpartition("/")[0]
    folder = folder or ("/" if text.startswith("/") else ".")
    # Masters may have the names of products; raw frames that have them are products.
    raw = key not in LIBRARY_KEYS
    return Source(folder, found, found=raw, by_pattern=True, others=others, key=key)


def _fitting(pattern: str) -> Iterator[str]:
    """Yield what fits a pattern; no link leads its ``**`` in a circle, or to the whole computer."""
    parts = pattern.split("/")
    if "**" not in parts:
        yield from glob.glob(pattern)
        return
    deep = parts.index("**")
    head, tail = parts[:deep], parts[deep + 1 :] or ["*"]
    tops = glob.glob("/".join([*head, ""])) if any(head) else ["/" if head else "."]
    for top in tops:
        for folder in folders_below(top):
            here = [] if folder == "." else [glob.escape(folder.removeprefix("./").rstrip("/"))]
            yield from _fitting("/".join([*here, *tail]))


def _list(path: str, key: str) -> Source:
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ConfigError(f"Config key {key}: the list {path} cannot be read ({why}).") from None
    folder = os.path.dirname(path)
    names = [name for line in lines if (name := line.strip()) and not name.startswith("#")]
    if not names:
        raise ConfigError(f"Config key {key}: the list {path} names no frame.")
    files = tuple(os.path.join(folder, plain_path(name)) for name in names)
    return Source(folder or ".", files, key=key)


def _file(path: str, files: tuple[str, ...], key: str) -> Source:
    if not os.path.exists(path):
        raise ConfigError(f"The file {path} does not exist; it is named in the config key {key}.")
    return Source(os.path.dirname(path) or ".", files, key=key)


def _run(path: str) -> tuple[str, ...]:
    """Return the numbered sequence that a file begins; the file alone where there is none."""
    folder, name = os.path.split(path)
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None:
        return (path,)
    head, digits, tail = numbered.group("head", "digits", "tail")
    members, number = [path], int(digits) + 1
    while len(str(number)) <= len(digits):
        name = f"{head}{number:0{len(digits)}d}{tail}"
        if not os.path.exists(following := os.path.join(folder, name)):
            break
        members.append(following)
        number += 1
    return tuple(members)
