"""A word on a master, and which of several words is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, get_args

State = Literal["good", "doubtful", "poor", "certified", "withdrawn"]

STATES: tuple[State, ...] = get_args(State)
#: Who speaks where no person does.
OURSELVES = "plateworks"


class Entry(NamedTuple):
    """One word on one master.

    Attributes
    ----------
    master : str
        Its path: in the table relative to the folder of the results, or of the library.
    state : str
        One of :data:`STATES`.
    who : str
        :data:`OURSELVES`, or a person.
    when : str
        An ISO date or time, UTC unless it names an offset.
    reason : str
    digest : str
        Of the data that the word is about, as the master's ``PWDATA``; empty: whatever they are.
    since, until : date or None
        The first and the last night for whose frames it holds; None: no bound.
    """

    master: str
    state: State
    who: str
    when: str
    reason: str = ""
    digest: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it is a verdict of Plateworks, and no person's word."""
        return self.who == OURSELVES

    @property
    def bars(self) -> bool:
        """Whether the master serves nobody while the word holds."""
        return self.state in ("poor", "withdrawn")

    @property
    def is_praise(self) -> bool:
        """Whether it says only that nothing speaks against the master, on whatever night."""
        unbound = self.since is None and self.until is None
        return unbound and self.state in ("good", "certified")

    def holds(self, night: date | None) -> bool:
        """Whether it holds for the frames of a night; those of an unknown one may be of any."""
        if night is None:
            return True
        begun = self.since is None or self.since <= night
        return begun and (self.until is None or night <= self.until)

    @property
    def clause(self) -> str:
        """The word with all that belongs to it, as can follow ``it was``."""
        dates = [("from", self.since), ("until", self.until)]
        bounds = "".join(f" {word} {day.isoformat()}" for word, day in dates if day is not None)
        why = f": {self.reason}" if self.reason else ""
        verb = "found " if self.state not in ("certified", "withdrawn") else ""
        return f"{verb}{self.state}{bounds} on {self.when[:10]} by {self.who}{why}"


def settle(entries: Iterable[Entry], digest_of: Callable[[str], str]) -> dict[str, Entry]:
    """Return the one word in force on each master, by its path.

    A person's word goes before ours, and a later one before an earlier.  One on other data than
    those that are there does not count.

    Parameters
    ----------
    entries : iterable of Entry
        Of all ledgers.  Of words of one moment the last counts; one with a date alone is later than
        those of that day before it.
    digest_of : function
        Returns the digest of a master's data; empty where it has none, or is not there.  It is
        asked only for masters of which a word on some data is said.
    """
    said: dict[str, list[Entry]] = {}
    for entry in entries:
        said.setdefault(entry.master, []).append(entry)
    found = {}
    for master, words in said.items():
        digest = digest_of(master) if any(one.digest for one in words) else ""
        if words := [one for one in words if one.digest in ("", digest)]:
            found[master] = _in_force(words)
    return found


def with_words(before: Sequence[Entry], news: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return words with new ones among them; as they are where nothing new is said.

    Ours stand behind those of people, one for each master and in the order of these, so that it is
    no matter which job was the first to speak.
    """
    people = [one for one in before if not one.is_ours]
    ours = {one.master: one for one in before if one.is_ours}
    said = False
    for entry in news:
        if entry.is_ours:
            alike = [one for one in (ours.get(entry.master),) if one is not None]
        else:
            alike = [o for o in people if (o.master, o.digest) == (entry.master, entry.digest)]
        if alike and _but_when(_in_force(alike)) == _but_when(entry):
            continue
        said = True
        if entry.is_ours:
            ours[entry.master] = entry
        else:
            people.append(entry)
    return (*people, *(ours[master] for master in sorted(ours))) if said else tuple(before)


def _in_force(words: Sequence[Entry]) -> Entry:
    people = [one for one in words if not one.is_ours] or words
    latest, found = moment_of(people[0].when), people[0]
    for word in people[1:]:
        moment = moment_of(word.when)
        if moment >= latest or (_is_date(word.when) and moment.date() == latest.date()):
            latest, found = max(moment, latest), word
    return found


def _is_date(text: str) -> bool:
    """Whether an ISO date or time tells no time of the day."""
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def moment_of(text: str) -> datetime:
    """Return the moment of an ISO date or time, UTC unless it names an offset.

    Raises
    ------
    ValueError
        If it is none.
    """
    when = datetime.fromisoformat(text)
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


def _but_when(entry: Entry) -> Entry:
    return entry._replace(when="")
