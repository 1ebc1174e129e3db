"""Processes of Python that are killed at one of their own steps, so that no clock says when.

Steps are what a process asks of the files of a folder and of a camera: files that are opened,
linked, renamed and removed, and commands that are sent.  They are counted by an audit hook, which
a ``sitecustomize`` of our own sets before anything else runs.
"""

from __future__ import annotations

import os
from pathlib import Path

_SITE = """
import os, signal, sys

_below, _what, _group = {below!r}, {what!r}, {group!r}
_left = {steps!r}


def _is_step(event, arguments):
    if event == "http.client.send":
        return arguments[1][:4] == b"PUT " or b"/imagearray" in arguments[1][:100]
    if event not in ("open", "os.link", "os.rename", "os.remove", "os.mkdir"):
        return False
    return isinstance(arguments[0], str) and os.path.abspath(arguments[0]).startswith(_below)


def _count(event, arguments):
    global _left
    if (not _what or event == _what) and _is_step(event, arguments):
        _left -= 1
        if _left == 0:
            os.killpg(0, signal.SIGKILL) if _group else os.kill(os.getpid(), signal.SIGKILL)


sys.addaudithook(_count)
"""


def killed_at(
    steps: int, below: Path, folder: Path, what: str = "", *, group: bool = False
) -> dict[str, str]:
    """Return the environment of a process that is killed at one of its steps.

    Parameters
    ----------
    steps : int
        Which step is its last, and is not done any more; 1 is the first.
    below : path
        Files that do not lie below this folder do not count.
    folder : path
        Where to write what kills it.
    what : str
        The event that is a step (``os.rename``); any where empty.
    group : bool
        Whether its whole process group is killed.
    """
    folder.mkdir(exist_ok=True)
    site = _SITE.format(below=f"{below.resolve()}/", what=what, group=group, steps=steps)
    (folder / "sitecustomize.py").write_text(site)
    path = os.environ.get("PYTHONPATH", "")
    return os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{path}" if path else str(folder)}
