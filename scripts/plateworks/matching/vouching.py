"""Whether a master may serve by what a ledger says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from os.path import abspath

from plateworks.inventory.sessions import night_number, session_of_number
from plateworks.ledger.entry import Entry
from plateworks.matching.candidates import Candidate, Need
from plateworks.matching.match import ACCEPTABLE, Match, Refusal
from plateworks.settings.matching import Matching

#: Fields of a refusal: a word of a ledger is against it, or it lacks the one that is asked for.
LEDGER = "ledger"
CERTIFIED = "certificate"
_REMEDY = "the ledger: certify it"


def with_word(master: Candidate, words: Mapping[str, Entry]) -> Candidate:
    """Return a candidate with the word in force on it, of words by full paths."""
    word = words.get(abspath(master.path)) if words else None
    return master if word is None else replace(master, word=word)


def is_trusted(master: Candidate, options: Matching) -> bool:
    """Whether nothing speaks against a master, on whatever night it serves."""
    if master.word is not None and master.word.bars:
        return False
    return options.certified != "require" or _is_certified(master)


def not_vouched(need: Need, master: Candidate, options: Matching) -> Refusal | None:
    """Return why a ledger keeps a master from a frame; None where it does not."""
    word = master.word
    if word is not None and word.bars == word.holds(_night(need.night, word)):
        wanted = "a master that nobody took back" if word.bars else "one that serves that night"
        return Refusal(master.path, LEDGER, wanted, word.clause, _REMEDY)
    if options.certified == "require" and not _is_certified(master):
        found = "none" if word is None else word.clause
        return Refusal(master.path, CERTIFIED, "one by a person", found, "matching.certified")
    return None


def barred_on(session: str, master: Candidate) -> str:
    """Say, as a clause, why a master is not to serve a session; nothing where it may."""
    word = master.word
    bars = word is not None and word.bars and word.holds(_night(night_number(session), word))
    return f"was {word.clause}" if word is not None and bars else ""


def with_doubt(match: Match) -> Match:
    """Lower the level of a master that was found doubtful."""
    word = match.master.word
    if word is None or word.state != "doubtful":
        return match
    return match.noting(ACCEPTABLE, f"it was {word.clause}")


def uncertified(master: Candidate, options: Matching) -> bool:
    """Whether a master stands behind those that are certified."""
    return options.certified == "prefer" and not _is_certified(master)


def _is_certified(master: Candidate) -> bool:
    """Whether a person vouches for a master; a level that is set, and a model, need nobody."""
    if master.constant or master.modelled is not None:
        return True
    return master.word is not None and master.word.state == "certified"


def _night(number: int | None, word: Entry) -> date | None:
    """Return the night of a number, where the word asks for it."""
    if word.since is None and word.until is None:
        return None
    session = session_of_number(number)
    return None if session is None else date.fromisoformat(session)
