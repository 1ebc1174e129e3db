"""Which runs are at work: each is told by a file that says which process it is, and that it holds.

Snakemake's own lock lies in the working directory and stays behind when its process is killed.
Ours lies where the products do, whatever directory or configuration a run has, and ends with its
process.  On one computer the kernel tells whether the process is there.  What a process on another
computer wrote is believed, since not every file system passes locks on.
"""

from __future__ import annotations

import getpass
import json
import os
import shlex
import socket
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from plateworks.errors import PlateworksError
from plateworks.locks import hold
from plateworks.printable import printable

#: What stands in the file of a run that ended while it had failed jobs, or was broken off.
_UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Process:
    """A process, told so that it is never taken for another."""

    host: str
    boot: str  # like no other start of any computer
    pid: int
    began: int  # by the clock of its computer
    since: str
    user: str
    folder: str
    command: str

    @classmethod
    def here(cls, doing: str | None = None) -> Process:
        """Return this process, and its command unless it is told what it does."""
        pid = os.getpid()
        command = doing or shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
        return cls(
            socket.gethostname(), _boot(), pid, _began(pid) or 0,
            datetime.now().astimezone().isoformat(" ", "seconds"), user_name(), os.getcwd(),
            command,
        )  # fmt: skip

    @classmethod
    def read(cls, text: str) -> Process | None:
        """Return the process that a file tells of; None if it tells of none."""
        with suppress(ValueError, TypeError, RecursionError):
            return cls(**json.loads(text))
        return None

    def may_live(self) -> bool:
        """Whether it is at work, or that cannot be known from here."""
        if self.is_here():
            return _began(self.pid) == self.began
        return self.host != socket.gethostname()  # else this computer was started anew since

    def is_here(self) -> bool:
        """Whether it runs, or ran, on this computer since that was started."""
        return self.boot == _boot()

    def __str__(self) -> str:
        told = (
            f"process {self.pid} on computer {self.host}, since {self.since}, started by "
            f"{self.user} in {self.folder}: {self.command}"
        )
        return printable(told)


class AtWorkError(PlateworksError):
    """Another process is at work there.

    Parameters
    ----------
    sentence : str
    path : path
        The file that says so.
    process : Process, optional
        Where it says which.
    """

    def __init__(self, sentence: str, path: Path, process: Process | None = None):
        super().__init__(sentence)
        self.path = path
        self.process = process


class Claim:
    """The file by which one process at a time says that it is at work.

    Parameters
    ----------
    path : path
        The file; it stays when the process has ended, with nothing in it.
    where : str
        Where another process is at work that has it, as its sentence goes on.
    doing : str, optional
        What this process is said to do, in place of its command.
    """

    def __init__(
        self, path: str | os.PathLike[str], where: str = "there", doing: str | None = None
    ):
        self.path = Path(path)
        self._where, self._doing = where, doing
        self._file: IO[str] | None = None

    def take(self, *, believe: bool = True) -> bool:
        """Say that this process is at work, and hold the file until it ends.

        Parameters
        ----------
        believe : bool
            Whether a process on another computer, of which nothing but its word is known, counts.

        Returns
        -------
        bool
            Whether the last process did not end well: it was killed, or something failed, or
            nothing is known of it.

        Raises
        ------
        AtWorkError
            If another process is at work.
        OSError
            If the file cannot be written.
        """
        new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = open(self.path, "a+", encoding="utf-8", errors="replace")  # noqa: SIM115 (it is kept)
        free = hold(file.fileno())
        file.seek(0)
        text = file.read()
        other = Process.read(text)
        if free is False or (other is not None and other.may_live() and believe):
            file.close()
            raise AtWorkError(self._at_work(other), self.path, other)
        self._file = file
        self._write(json.dumps(asdict(Process.here(self._doing))))
        return new or bool(text)

    def release(self, *, well: bool) -> None:
        """Say that the process has ended its work, and whether well; nothing if it has none."""
        if self._file is not None:
            with suppress(OSError):  # a full or vanished disk has told so already
                self._write("" if well else _UNFINISHED)
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, text: str) -> None:
        assert self._file is not None
        self._file.truncate(0)
        self._file.write(text)
        self._file.flush()

    def _at_work(self, other: Process | None) -> str:
        if other is None:
            return f"Another run is at work {self._where}.  Wait until it has ended."
        if other.is_here():
            remedy = f"Wait until it has ended, or end it: kill {other.pid}"
        else:
            remedy = (
                "Wait until it has ended, or end it there.  If that computer is off or the process "
                f"is gone, take its word away and start again: rm {shlex.quote(str(self.path))}"
            )
        return f"Another run is at work {self._where}: {other}.  {remedy}"


def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return socket.gethostname()


def _began(pid: int) -> int | None:
    """Return when a process of this computer began; None if it has ended."""
    if not os.path.exists("/proc/self/stat"):
        with suppress(OSError):
            os.kill(pid, 0)
            return 0
        return None
    with suppress(OSError):
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
        state, *others = told.rpartition(")")[2].split()  # a name may hold anything else
        return None if state in "ZX" else int(others[18])
    return None


def user_name() -> str:
    """Return the name of who runs this."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # it has no name on this computer
        return str(os.getuid())
