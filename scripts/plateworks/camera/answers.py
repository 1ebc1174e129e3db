"""Answers of Alpaca servers, brought to the form of the reference where they depart from it.

The reference has keys such as ``ErrorNumber`` in every answer, in letters of this size.  Servers
leave out the number where there is no error, or write ``errornumber``; alpyca takes neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import requests

#: ASCOM's number of an error that has none of its own.
DRIVER_ERROR = 0x500

#: What servers write where nothing went wrong.
_WELL = frozenset(("", "ok", "okay", "success", "none", "null", "no error"))
_ANSWER = ("Value", "ErrorNumber", "ErrorMessage", "Rank", "Type")

T = TypeVar("T")


def in_alpaca_form(answer: T) -> T | dict[str, Any]:
    """Return an answer that has the keys of the reference; what is no mapping comes back as it is.

    Without a number, a message that says more than that all is well stands for an error.
    """
    if not isinstance(answer, Mapping):
        return answer
    known = by_names(answer, _ANSWER)
    message = known.get("ErrorMessage")
    known["ErrorMessage"] = message = "" if message is None else str(message)
    if known.get("ErrorNumber") in (None, ""):
        well = message.strip().rstrip(".!").lower() in _WELL
        known["ErrorNumber"] = 0 if well else DRIVER_ERROR
    elif isinstance(known["ErrorNumber"], str):
        known["ErrorNumber"] = int(known["ErrorNumber"], 0)
    return known


def by_names(mapping: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Return a mapping whose keys are written as in `names`, where they are those."""
    written = {name.lower(): name for name in names}
    return {written.get(str(key).lower(), key): value for key, value in mapping.items()}


class Answer(requests.Response):
    """A response whose JSON has the form of the reference."""

    def json(self, **how: Any) -> Any:
        """Return the answer.

        Raises
        ------
        ValueError
            If it is no JSON, or its number of an error is none.
        """
        return in_alpaca_form(super().json(**how))
