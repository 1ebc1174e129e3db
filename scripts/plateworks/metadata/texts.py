"""Texts of cards: which of them say nothing."""

from __future__ import annotations

from plateworks.metadata.values import Value

#: Texts that programs write where they know nothing.  ``None`` is among them: CCDOPS and Python
#: programs write ``FILTER = 'None'`` whether or not glass was in the way.
UNKNOWN_TEXTS = frozenset(
    ("", "unknown", "none", "n/a", "na", "nan", "null", "undefined", "not set", "-", "?")
)


def known_text(value: Value) -> str | None:
    """Return the text of a card, None where it says nothing."""
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    return None if text.lower() in UNKNOWN_TEXTS else text
