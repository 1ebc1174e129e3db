"""Runs with nothing to do: Snakemake calls nobody there, and says so."""

from __future__ import annotations

import logging
from collections.abc import Callable


class WhenSaid(logging.Filter):
    """Calls a function when something is said in a log, and before it is written there.

    Parameters
    ----------
    sentence : str
    do : function
        What it raises goes to whoever says the sentence.
    """

    def __init__(self, sentence: str, do: Callable[[], None]):
        super().__init__()
        self._sentence, self._do = sentence, do

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        if record.msg == self._sentence:
            self._do()
        return True
