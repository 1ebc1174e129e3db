"""The table of a ledger, which people edit by hand.

Whatever of it cannot be understood stops a run: a master that somebody meant to withdraw must not
serve for a slip of the pen.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from plateworks.csvtable import text_of, write_table
from plateworks.errors import PlateworksError
from plateworks.ledger.entry import STATES, Entry, State, moment_of
from plateworks.printable import printable
from plateworks.troubles import not_read

COLUMNS = ("master", "digest", "state", "from", "until", "reason", "who", "when")

_NEEDED = ("master", "state", "who", "when")
#: What the cells of a row are divided by: spreadsheets take one by the language of their user.
_DIVIDERS = ",;\t"
_DIGEST = re.compile(r"[0-9a-f]{32}|")
#: A computer without a network, beside a telescope, may be behind by months.
_AHEAD = timedelta(days=366)
_TWICE = "{who} says two things of {master} at one moment; remove one row, or give it its own time"


def read_ledger(path: str | os.PathLike[str]) -> tuple[Entry, ...]:
    """Read a ledger; one that is not there is empty.

    Raises
    ------
    PlateworksError
        If it cannot be read, or not be understood, with a line for each mistake in it.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig", errors="surrogateescape") as stream:
            lines = stream.readlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise not_read(path, error, "the ledger cannot be read") from error
    entries: list[Entry] = []
    mistakes: list[str] = []
    spoken: set[tuple[str, ...]] = set()
    for line, cells in _rows(path, lines):
        wrong = [f"line {line}: {what}" for what in _mistakes(cells)]
        if not wrong:
            entry = entry_of_row(cells)
            word = entry.master, entry.digest, entry.who, entry.when
            if word in spoken:
                wrong = [f"line {line}: {_TWICE.format(who=entry.who, master=entry.master)}"]
            spoken.add(word)
            entries.append(entry)
        mistakes += wrong
    if mistakes:
        raise _not_understood(path, mistakes)
    return tuple(entries)


def write_ledger(path: str | os.PathLike[str], entries: Iterable[Entry]) -> None:
    """Write a ledger, whole or not at all.

    Raises
    ------
    OSError
        If the file or its folder cannot be written.
    """
    write_table(path, COLUMNS, (as_row(entry).values() for entry in entries))


def as_row(entry: Entry) -> dict[str, str]:
    """Return an entry by the columns of the table."""
    since, until = ("" if day is None else day.isoformat() for day in (entry.since, entry.until))
    return dict(
        zip(
            COLUMNS,
            (
                _unstripped(entry.master), entry.digest, entry.state, since, until, entry.reason,
                entry.who, entry.when,
            ),
            strict=True,
        )
    )  # fmt: skip


def entry_of_row(cells: Mapping[str, str]) -> Entry:
    """Return the entry of a row without mistakes.

    Raises
    ------
    LookupError, ValueError
        If it has some.
    """
    return Entry(
        master=os.path.normpath(cells["master"]),
        state=_state(cells["state"]),
        who=cells["who"],
        when=cells["when"],
        reason=cells.get("reason", ""),
        digest=cells.get("digest", "").casefold(),
        since=_day(cells.get("from", "")),
        until=_day(cells.get("until", "")),
    )


def as_read(entry: Entry) -> Entry:
    """Return an entry as it is read when it was written: without edges of blanks, on one line."""
    return entry._replace(who=printable(entry.who).strip(), reason=printable(entry.reason).strip())


def _unstripped(master: str) -> str:
    """Return a path in the form that reads as the same, if blanks begin it."""
    return master if master == master.lstrip() else os.path.join(os.curdir, master)


def _rows(
    path: str | os.PathLike[str], lines: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows that hold something, each with the number of its line."""
    head = lines[0] if lines else ""
    reader = csv.reader(lines, delimiter=max(_DIVIDERS, key=head.count), strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        while names and not names[-1]:  # spreadsheets write columns in which something once stood
            names.pop()
        _check_columns(path, names)
        for row in reader:
            cells = [text_of(cell.strip()) for cell in row]
            if any(cells[len(names) :]):
                many = f"line {reader.line_num}: it has {len(cells)} cells, {len(names)} are told"
                raise _not_understood(path, [f"{many}; put a text with a comma in double quotes"])
            if any(cells):
                cells += [""] * (len(names) - len(cells))
                yield reader.line_num, dict(zip(names, cells, strict=False))
    except csv.Error as error:
        raise _not_understood(path, [f"line {reader.line_num}: {error}"]) from error


def _check_columns(path: str | os.PathLike[str], names: Sequence[str]) -> None:
    mistakes = [f"line 1: the column {name} is missing" for name in _NEEDED if name not in names]
    mistakes += [
        f"line 1: {printable(name)!r} is no column of it" for name in names if name not in COLUMNS
    ]
    mistakes += [
        f"line 1: the column {name} is told {names.count(name)} times"
        for name in COLUMNS
        if names.count(name) > 1
    ]
    if mistakes:
        raise _not_understood(path, [*mistakes, f"Its columns are {', '.join(COLUMNS)}"])


def _mistakes(cells: Mapping[str, str]) -> Iterator[str]:
    """Say what of a row cannot be understood, and what may stand there."""
    for name in _NEEDED:
        if not cells[name]:
            yield f"{name} is empty; say it"
    state, digest = cells["state"], cells.get("digest", "")
    if state and state.casefold() not in STATES:
        yield f"state is {printable(state)!r}; it is one of {', '.join(STATES)}"
    if not _DIGEST.fullmatch(digest.casefold()):
        yield (
            f"digest is {printable(digest)!r}; it is the master's PWDATA, 32 digits from 0 to f, "
            "or empty for this master whatever its data"
        )
    if state.casefold() in ("poor", "withdrawn") and not cells.get("reason"):
        yield f"reason is empty; say why the master is {state.casefold()}"
    days = {name: _day(cells.get(name, "")) for name in ("from", "until")}
    for name, day in days.items():
        if day is None and cells.get(name):
            yield f"{name} is {printable(cells[name])!r}; it is a night like 2025-08-15, or empty"
    since, until = days["from"], days["until"]
    if since is not None and until is not None and until < since:
        yield f"until is {until}, which is before {since} in from; no night is between"
    if cells["when"] and (wrong := _flaw_of_moment(cells["when"])):
        yield f"when is {printable(cells['when'])!r}; {wrong}"


def _state(text: str) -> State:
    known: dict[str, State] = {state: state for state in STATES}
    return known[text.casefold()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _flaw_of_moment(text: str) -> str:
    """Say what is wrong with a moment; nothing where it is one."""
    try:
        ahead = moment_of(text) - datetime.now(UTC)
    except ValueError:
        return "it is a date or time like 2025-08-15T21:30:00"
    return "that is still to come, and no later word would count" if ahead > _AHEAD else ""


def _not_understood(path: str | os.PathLike[str], mistakes: Iterable[str]) -> PlateworksError:
    lines = "\n".join(f"  {one}." for one in mistakes)
    return PlateworksError(
        f"The ledger {path} cannot be understood, and nothing is made before it is mended:\n{lines}"
    )
