"""Which files can be images, by their names."""

from __future__ import annotations

import os

from plateworks.metadata import formats


def is_image_name(name: str) -> bool:
    """Tell whether a file of this name or path can be an image; hidden files are not."""
    name = os.path.basename(name)
    return name.lower().endswith(formats.endings()) and not name.startswith(".")


def stem_of(path: str) -> str:
    """Return the name of an image file without its ending: ``dark_0.5s.fit.gz``, ``dark_0.5s``."""
    name = os.path.basename(path)
    fitting = [one for one in formats.endings() if name.lower().endswith(one)]
    return name[: -max(map(len, fitting))] if fitting else name
