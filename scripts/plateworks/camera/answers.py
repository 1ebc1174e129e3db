"""Answers of Alpaca servers, brought to the form of the reference where they depart from it.

The reference has keys such as ``ErrorNumber`` in every answer, in letters of this size.  Servers
leave out the number where there is no error, or write ``errornumber``; alpyca takes neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import requests

from plateworks.printable import printable

#: ASCOM's number of an error that has none of its own.
DRIVER_ERROR = 0x500

#: What servers write where nothing went wrong.
_WELL = frozenset(("", "ok", "okay", "success", "none", "null", "no error"))
_NUMBERS = ("ClientTransactionID", "ServerTransactionID")
_ANSWER = ("Value", "ErrorNumber", "ErrorMessage", "Rank", "Type", *_NUMBERS)

#: Characters of a text of a device that are kept.
_LONGEST_TEXT = 500

T = TypeVar("T")


def in_alpaca_form(answer: T) -> T | dict[str, Any]:
    """Return an answer that has the keys of the reference; what is no mapping comes back as it is.

    Without a number, a message that says more than that all is well stands for an error.
    """
    if not isinstance(answer, Mapping):
        return answer
    known = by_names(answer, _ANSWER)
    message = known.get("ErrorMessage")
    known["ErrorMessage"] = message = "" if message is None else in_a_line(str(message))
    if known.get("ErrorNumber") in (None, ""):
        well = message.strip().rstrip(".!").lower() in _WELL
        known["ErrorNumber"] = 0 if well else DRIVER_ERROR
    elif isinstance(known["ErrorNumber"], str):
        known["ErrorNumber"] = int(known["ErrorNumber"], 0)
    return known


def in_a_line(text: str) -> str:
    """Return what a device says as it can stand in a line of a terminal, a log or a header."""
    return printable(text[:_LONGEST_TEXT])


def by_names(mapping: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return a mapping whose keys are written as in `names`, where they are those."""
    written = {name.lower(): name for name in names}
    return {written.get(str(key).lower(), key): value for key, value in mapping.items()}


class Transactions:
    """The numbers that client and server give to their exchanges.

    Attributes
    ----------
    restarts : int
        How often the server began to count anew: it was restarted, and what had been set is gone.
    """

    def __init__(self) -> None:
        self.restarts = 0
        self._asked = self._counted = 0

    def ask(self, number: str) -> None:
        """Take note of the number of a request; an empty text if it has none."""
        self._asked = int(number or 0)

    def next(self) -> int:
        """Return a number for a request that alpyca does not number."""
        return self._asked + 1

    def check(self, client: Any, server: Any) -> None:
        """Compare the numbers in an answer; what is no number from 1, tells nothing.

        Raises
        ------
        ValueError
            If it is the answer to another request.
        """
        if self._asked and _is_count(client) and client != self._asked:
            raise ValueError(f"it answers request {client}; number {self._asked} was asked")
        if _is_count(server):
            self.restarts += server < self._counted
            self._counted = server


class Answer(requests.Response):
    """A response whose JSON has the form of the reference, and that leads nowhere else."""

    transactions: Transactions

    @property
    def is_redirect(self) -> bool:
        """Whether to ask elsewhere: never, whatever the status is."""
        return False

    def json(self, **how: Any) -> Any:
        """Return the answer.

        Raises
        ------
        ValueError
            If it is no JSON, its number of an error is none, or it is that of another request.
        """
        try:
            answer = in_alpaca_form(super().json(**how))
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if isinstance(answer, dict):
            self.transactions.check(*(answer.get(name) for name in _NUMBERS))
        return answer


def _is_count(number: Any) -> bool:
    return isinstance(number, int) and number > 0
