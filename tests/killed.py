"""Processes of Python that are killed or held at one of their own steps: no clock says when.

Steps are what a process asks of the files of a folder and of a camera: files that are opened,
linked, renamed and removed, and commands that are sent.  They are counted by an audit hook, which
a ``sitecustomize`` of our own sets before anything else runs.
"""

from __future__ import annotations

import os
from pathlib import Path

_SITE = """
import os, signal, sys

_below, _what, _group, _pipe = {below!r}, {what!r}, {group!r}, {pipe!r}
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
        if _left == 0 and _pipe:
            open(_pipe).read()
        elif _left == 0:
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
    return _stepping(
        folder, below=f"{below.resolve()}/", what=what, group=group, steps=steps, pipe=""
    )


def held_at(steps: int, below: Path, folder: Path, what: str) -> dict[str, str]:
    """Return the environment of a process that is held at one of its steps, and its end of a pipe.

    Who opens the named pipe ``held`` in `folder` to write knows that it is held, and whoever
    closes it lets the process go on.

    Parameters
    ----------
    steps, below, folder, what
        As for :func:`killed_at`.
    """
    folder.mkdir(exist_ok=True)
    os.mkfifo(folder / "held")
    pipe = str(folder / "held")
    return _stepping(
        folder, below=f"{below.resolve()}/", what=what, group=False, steps=steps, pipe=pipe
    )


def _stepping(folder: Path, **told: object) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_SITE.format(**told))
    path = os.environ.get("PYTHONPATH", "")
    return os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{path}" if path else str(folder)}
