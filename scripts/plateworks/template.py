"""One template of a file's path: literal text and fields in braces, checked."""

from __future__ import annotations

import glob
import os
import re
import string
from collections.abc import Mapping
from datetime import date
from typing import Any

from plateworks.errors import ConfigError

#: What stands for the evening of a night where the template does not say how to write it.
_DATE = "%Y-%m-%d"

#: Fields of the templates of products, and those that only the templates of lights know.
FIELDS = (
    "setup", "name", "kind", "camera", "size", "binning", "gain", "offset", "readout",
    "temperature", "temperature_c", "exposure", "exposure_s", "seconds", "filter", "filter_code",
    "telescope", "session", "date",
)  # fmt: skip
LIGHT_FIELDS = ("frame", "folder", "object", "n")

#: Fields of the templates of frames that the camera takes.
RAW_FIELDS = ("session", "name", "series", "n", "exposure_s", "filter", "object", "start")

#: What may fill a field, where that is not any word: dark0001.fit is no dark{exposure}.fit.
_FORMS = {
    "exposure": r"(?:\d+(?:s|ms|us)|na)",
    "seconds": r"(?:\d+(?:p\d+)?|na)",
    "session": r"(?:\d{8}|undated|na)",
    "n": r"\d+",
    "folder": r".+",
}

#: What Snakemake reads in names of files: ``{wildcards}`` and ``<pathvars>``.
_SNAKEMAKES = frozenset("{}<>")


class Template:
    """One template, checked.

    Parameters
    ----------
    key : str
        Its key in the configuration.
    text : str
    known : tuple of str
        The fields that it may hold.
    below : str
        What the folder is called that it counts from.

    Raises
    ------
    ConfigError
        For an unknown field, a way of writing a number that there is not, a path that leads out of
        its folder, or one that Snakemake would read otherwise.
    """

    def __init__(self, key: str, text: str, known: tuple[str, ...], below: str):
        self.key, self.text = key, text
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ConfigError(f"Config key {key}: {text!r} is no template ({error}).") from None
        self.fields = tuple(name for _, name, _, _ in parts if name is not None)
        strange = [name for name in self.fields if name not in known]
        if strange:
            raise ConfigError(
                f"Config key {key}: {{{strange[0]}}} in {text!r} is not known.  "
                f"Known here: {', '.join(known)}."
            )
        if os.path.isabs(text) or ".." in text.split("/"):
            raise ConfigError(f"Config key {key}: {text!r} must lie below {below}.")
        own = sorted(_SNAKEMAKES & {one for literal, *_ in parts for one in literal})
        if own:
            raise ConfigError(
                f"Config key {key}: {text!r} holds {own[0]!r}, which Snakemake reads as a mark of "
                "its own in names of files.  Leave it out."
            )
        self._parts = parts
        self.fill(dict.fromkeys(self.fields, 1) | {"date": date(2000, 1, 1)})

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the path that the values give."""
        pieces = []
        for literal, name, form, _ in self._parts:
            pieces.append(literal)
            if name is not None:
                pieces.append(self._written(name, values[name], form))
        return "".join(pieces)

    def glob(self, values: Mapping[str, Any]) -> str:
        """Return a pattern of the module glob for the paths with these values, and any others."""
        pieces = []
        for literal, name, form, _ in self._parts:
            pieces.append(glob.escape(literal))
            if name is not None:
                known = name in values
                pieces.append(
                    glob.escape(self._written(name, values[name], form)) if known else "*"
                )
        return "".join(pieces)

    def pattern(self, more: str = "", **special: str) -> str:
        """Return a regular expression for every path it can give.

        Parameters
        ----------
        more : str
            What may stand before the ending, besides the digest that tells two products apart.
        **special : str
            For single fields.
        """
        pieces = []
        for literal, name, form, _ in self._parts:
            pieces.append(re.escape(literal))
            if name == "date":
                pieces.append(rf"(?:{_date_pattern(form or _DATE)}|undated|na)")
            elif name is not None:
                pieces.append(special.get(name) or _FORMS.get(name, "[^/]+"))
        stem, ending = "".join(pieces).rsplit(r"\.", 1)
        return rf"{stem}{more}(?:-[0-9a-f]{{8}})?\.{ending}"

    def _written(self, name: str, value: Any, form: str | None) -> str:
        if isinstance(value, str):  # a text, or a number that is not known
            return value
        if isinstance(value, date):
            return format(value, form or _DATE)
        try:
            return format(value, form or ".12g")
        except ValueError as error:
            raise ConfigError(
                f"Config key {self.key}: {{{name}:{form}}} is no way to write a number ({error})."
            ) from None


def _date_pattern(form: str) -> str:
    """Return a regular expression for dates written in a form of ``strftime``."""
    return re.sub(r"%.", "[0-9A-Za-z]+", re.escape(form))
