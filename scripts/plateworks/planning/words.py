"""What the ledgers say of masters when a run begins; its jobs go by the same words to its end.

Verdicts come in while a run makes masters, and a person may write at any time.  A job on another
node that read the ledgers anew would take other masters than its run planned.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from plateworks.inventory.given import Given
from plateworks.ledger.entry import Entry, settle
from plateworks.ledger.ledger import Ledger
from plateworks.ledger.table import as_row, entry_of_row
from plateworks.matching.candidates import Candidate
from plateworks.metadata.caveats import texts_of
from plateworks.metadata.datadigest import DATA
from plateworks.sealed import read_sealed, write_sealed
from plateworks.settings.settings import Settings


def libraries_of(given: Given) -> list[str]:
    """Return the folders of libraries, in each of which a ledger may lie."""
    return list(dict.fromkeys(one.folder for one in given.library if one.key == "library"))


def words_now(settings: Settings, given: Given) -> dict[str, Entry]:
    """Read the ledgers of libraries and of the results.

    Returns
    -------
    dict
        Full path of a master to the word in force on it, where a plan heeds it: else a verdict that
        all is well would make its tables anew.

    Raises
    ------
    PlateworksError
        If one cannot be read, or not be understood.
    """
    own = Ledger.of_results(settings.results)
    ledgers = [*map(Ledger.of_library, libraries_of(given)), own]
    said = settle((entry for one in ledgers for entry in one.read()), digest_there)
    asked = settings.matching.certified != "ignore"
    return {
        master: word
        for master, word in said.items()
        if not word.is_praise or (asked and word.state == "certified")
    }


def words_of(masters: Iterable[Candidate]) -> dict[str, Entry]:
    """Return the words on the masters of a plan, by their full paths."""
    return {os.path.abspath(one.path): one.word for one in masters if one.word is not None}


def digest_there(master: str) -> str:
    """Return the digest of a master's data that stands in its header; empty where none does."""
    return texts_of(master, DATA)[0]


class WordsOfRun:
    """The note of what was said of the masters of a plan when its run began.

    Parameters
    ----------
    results : str
        The folder of results.
    """

    def __init__(self, results: str):
        self._path = Path(results, ".plateworks", "words.json")

    def read(self) -> dict[str, Entry]:
        """Return the word on each master that is noted, by its full path."""
        words = read_sealed(self._path, lambda rows: list(map(entry_of_row, rows))) or []
        return {word.master: word for word in words}

    def write(self, masters: Iterable[Candidate]) -> None:
        """Note the words on the masters of a plan."""
        words = {path: word._replace(master=path) for path, word in words_of(masters).items()}
        if words != self.read():
            write_sealed(self._path, [as_row(words[path]) for path in sorted(words)])
