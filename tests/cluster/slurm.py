"""A Slurm of one node on this computer, for as long as tests need it.

It runs as whoever runs the tests, with ports, keys, state and logs of its own, beside any Slurm
that is there.  Control groups need a system daemon; here Slurm looks at the processes once a
second, and kills a job whose memory is above what it asked for.  There is no accounting.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Slurm's commands.
COMMANDS = (
    "sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo", "sacct", "sacctmgr", "sshare",
)  # fmt: skip
#: The programs that must be installed (Debian: slurm-wlm and munge).
PROGRAMS = ("munged", "slurmctld", "slurmd", *COMMANDS)

_CONFIG = """\
ClusterName=plateworks
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=1
SlurmdParameters=config_overrides
KillWait=2
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory_mb}
PartitionName={partition} Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [program for program in PROGRAMS if not _program(program)]


@dataclass(frozen=True)
class Slurm:
    """A Slurm that runs.

    Attributes
    ----------
    path : str
        The search path on which Slurm's commands talk to this one.
    """

    path: str

    def command(self, *words: str, **options: object) -> str:
        """Run one of Slurm's commands, which must succeed, and return what it says."""
        return subprocess.run(
            words,
            env=os.environ | {"PATH": self.path},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            **options,
        ).stdout.strip()

    def jobs(self, *states: str) -> dict[str, str]:
        """Return the comment of every job in one of these states, by the job's number.

        Snakemake's executor says in it which rule the job belongs to.
        """
        listed = self.command(
            "squeue", "--noheader", f"--states={','.join(states)}", "--format=%i|%k"
        )
        return dict(line.split("|", 1) for line in listed.splitlines())

    def cancel_all(self) -> None:
        """Cancel every job, and wait until none is left."""
        self.command("scancel", "--user", getpass.getuser())
        deadline = time.monotonic() + 60
        while self.jobs("PENDING", "RUNNING", "COMPLETING"):
            assert time.monotonic() < deadline, "jobs do not go away"
            time.sleep(0.2)


@contextmanager
def running(folder: Path, partition: str, cores: int = 4, memory_mb: int = 6000) -> Iterator[Slurm]:
    """Start Slurm with all its files in `folder`, and stop it in the end.

    The node claims `cores` and `memory_mb` whatever the computer has.
    """
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    config = folder / "slurm.conf"
    config.write_text(
        _CONFIG.format(
            host=socket.gethostname().partition(".")[0],
            control_port=_free_port(),
            node_port=_free_port(),
            user=getpass.getuser(),
            folder=folder,
            cores=cores,
            memory_mb=memory_mb,
            partition=partition,
        )
    )
    slurm = Slurm(f"{_commands(folder, config)}:{os.environ['PATH']}")
    munge = {
        name: f"--{name}={folder / file}"
        for name, file in {
            "key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid",
            "log-file": "munge.log", "seed-file": "munge.seed",
        }.items()
    }  # fmt: skip
    daemons = (
        ("munged", "--foreground", "--force", *munge.values()),
        ("slurmctld", "-D", "-i", "-f", str(config)),
        ("slurmd", "-D", "-f", str(config)),
    )
    with ExitStack() as stack:
        for name, *arguments in daemons:
            log = stack.enter_context(open(folder / f"{name}.log", "wb"))
            daemon = subprocess.Popen([_program(name), *arguments], stdout=log, stderr=log)
            stack.callback(_stop, daemon)
            if name == "munged":
                _wait(folder, (folder / "munge.socket").exists)
        _wait(folder, lambda: _idle(slurm))
        yield slurm
        slurm.cancel_all()


def _commands(folder: Path, config: Path) -> Path:
    """Make a folder of Slurm's commands that know which Slurm is theirs.

    The variable SLURM_CONF alone would not do: within a job Snakemake's executor takes it away.
    """
    commands = folder / "bin"
    commands.mkdir()
    for name in COMMANDS:
        script = commands / name
        script.write_text(f'#!/bin/sh\nSLURM_CONF="{config}" exec {_program(name)} "$@"\n')
        script.chmod(0o755)
    return commands


def _idle(slurm: Slurm) -> bool:
    try:
        return slurm.command("sinfo", "-h", "-o", "%T", stderr=subprocess.DEVNULL) == "idle"
    except subprocess.CalledProcessError:
        return False


def _wait(folder: Path, ready) -> None:
    deadline = time.monotonic() + 60
    while not ready():
        logs = "\n".join(log.read_text() for log in sorted(folder.glob("*.log")))
        assert time.monotonic() < deadline, f"Slurm does not start:\n{logs}"
        time.sleep(0.1)


def _stop(daemon: subprocess.Popen) -> None:
    daemon.terminate()
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _program(name: str) -> str | None:
    """Return where a program is; daemons lie in folders that are not searched by users."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
