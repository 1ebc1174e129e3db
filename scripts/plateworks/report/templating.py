"""The templates of pages: what is common to all of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from plateworks.printable import printable

if TYPE_CHECKING:
    from jinja2 import Environment


def environment() -> Environment:
    """Return what renders the templates: texts are escaped, and an unknown name is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,  # header text shows as text, whatever it holds
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _plain(value: Any) -> Any:
    """Write escapes for what cannot be printed, and leave unknown values blank."""
    if value is None:
        return ""
    return printable(value) if type(value) is str else value
