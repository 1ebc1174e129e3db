"""Folders of links to products, kept as they are wanted beside what people put there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path


def lay_links(folder: Path, wanted: Mapping[str, str], ours: str = r"(?!)") -> None:
    """Have a folder hold these links and no others; other files stay.

    Parameters
    ----------
    folder : Path
    wanted : mapping
        Path of a link below the folder -> the file that it leads to.
    ours : str
        A regular expression for the names of further files that were written here; those beside no
        wanted link are removed.

    Raises
    ------
    FileExistsError
        If something that is no link has such a name already.
    OSError
        If the file system has neither symbolic nor hard links.
    """
    links = {folder / name: Path(target).absolute() for name, target in wanted.items()}
    _clear(folder, set(links), re.compile(ours))
    for link, target in links.items():
        link.parent.mkdir(parents=True, exist_ok=True)
        leads = os.path.relpath(target, link.parent.resolve())
        try:
            link.symlink_to(leads)
        except FileExistsError:
            if not link.is_symlink():
                raise
            if os.readlink(link) != leads:
                link.unlink()
                link.symlink_to(leads)
        except OSError:  # a file system that only knows hard ones
            os.link(target, link)


def _clear(folder: Path, links: set[Path], ours: re.Pattern[str]) -> None:
    """Remove links that are not wanted, what was written beside them, and folders left empty."""
    filled = {link.parent for link in links}
    for root, folders, names in os.walk(folder, topdown=False):
        here = Path(root)
        for name in (*names, *folders):
            path = here / name
            stale = path.is_symlink() and path not in links
            if stale or (here not in filled and ours.fullmatch(name)):
                path.unlink()
        if here != folder and not os.listdir(here):
            here.rmdir()
