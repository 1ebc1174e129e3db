"""A job that is forked is what a job with a Python of its own is, whatever becomes of anybody."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from blocked import SCRIPTS, blocked, said_to_the_end
from frames import ROOT
from plateworks.forking import OF_A_LIGHT, SWITCH, Forks
from workflow import snakemake

WORKFLOW = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
include: {str(ROOT / "rules" / "forks.smk")!r}
rule tell:
    output: "told.json"
    benchmark: "benchmark.tsv"
    threads: 2
    script: "job.py"
"""
JOB = """
import json, os, signal, sys
told = {
    "name": __name__,
    "file": __file__,
    "arguments": len(sys.argv),
    "path": sorted(sys.path[1:]),  # what is loaded adds to it
    "beside": sys.path[0] == os.path.dirname(sys.argv[0]),
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "output": [*snakemake.output],
    "signals": [str(signal.getsignal(one)) for one in (signal.SIGTERM, signal.SIGCHLD)],
    "held back": [*signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "leads": os.getpid() in (os.getpgrp(), os.getsid(0)),
    "files": len(os.listdir("/proc/self/fd")),
}
import gc, threading
told["collects"], told["threads"] = gc.isenabled(), threading.active_count()
from threadpoolctl import threadpool_info
import numpy
told["pools"] = [one["num_threads"] for one in threadpool_info() if "numpy" in one["filepath"]]
with open(snakemake.output[0], "w") as stream:
    json.dump(told, stream)
"""
#: Where a fork is told from a Python of its own.
FORKED = "'plateworks.forkserver' in sys.modules"


@pytest.fixture
def run(tmp_path):
    """A function that runs a workflow of one job."""
    (tmp_path / "Snakefile").write_text(WORKFLOW)

    def run_job(job: str, *, forked: bool = True, **options):
        (tmp_path / "job.py").write_text(job)
        snakefile = tmp_path / "Snakefile"
        (tmp_path / "told.json").unlink(missing_ok=True)
        return snakemake(tmp_path, "-c2", snakefile=snakefile, real_jobs=not forked, **options)

    return run_job


def told(folder: Path) -> dict:
    text = (folder / "told.json").read_text()
    return json.loads(re.sub(r"/tmp\w+/", "/tmp/", text))  # Snakemake's own, new in each run


def test_a_forked_job_finds_what_a_python_of_its_own_does(run, tmp_path):
    both = []
    for forked in (True, False):
        done = run(JOB, forked=forked)
        assert done.code == 0, done.text
        both.append(told(tmp_path))
        for name in ("_", "PWD", "OLDPWD", "SHLVL", SWITCH):  # a shell's own, and ours
            both[-1]["environment"].pop(name, None)
    one_more = both[0].pop("files") - both[1].pop("files")  # on which the server tells of its end
    assert one_more == 1
    assert both[0] == both[1]


def test_jobs_are_forked_and_share_what_was_loaded(run, tmp_path):
    job = f"import json, os, sys\njson.dump([os.getppid(), {FORKED}], open('told.json', 'w'))"
    assert run(job).code == 0
    assert told(tmp_path)[1]
    assert run(job, forked=False).code == 0
    assert not told(tmp_path)[1]


def test_a_job_however_short_has_its_line_of_what_it_took(run, tmp_path):
    assert run("open('told.json', 'w')").code == 0
    header, line = (tmp_path / "benchmark.tsv").read_text().splitlines()
    assert len(line.split("\t")) == len(header.split("\t"))


@pytest.mark.parametrize(
    "end",
    [
        "sys.exit(3)",
        "sys.exit(300)",
        "sys.exit('a sentence')",
        "raise KeyError('unforeseen')",
        "import no.such.module",
        "no python",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_a_forked_job_fails_as_a_python_of_its_own_does(run, end):
    said = []
    for forked in (True, False):
        done = run(f"import sys\n{end}\n", forked=forked)
        assert done.code == 1
        text = re.sub(r"tmp\w+\.job", "job", done.text)
        failure = re.search(r"CalledProcessError.*?\n(.*?)\n", text, re.S)[0]
        trace = re.search(r"^(Traceback.*?|  File .*?)\n\w*Error.*?\n", text, re.S | re.M)
        said.append((failure, trace and trace[0], "\na sentence\n" in text))
    assert said[0] == said[1]


def test_what_is_done_at_the_end_of_a_python_is_done_at_that_of_a_fork(run, tmp_path):
    job = """
import atexit, threading, time
def late():
    threading.main_thread().join()
    said.append("a thread")
said = []
threading.Thread(target=late).start()
atexit.register(lambda: open("told.json", "w").write(f'["{said[0]}"]'))
print("unwritten until the end", end="")
"""
    done = run(job)
    assert done.code == 0, done.text
    assert told(tmp_path) == ["a thread"]
    assert "unwritten until the end" in done.text


def test_what_python_reads_when_it_starts_is_read_by_the_server(run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import sys\nsys.here = 'read'\n")
    done = run("import sys\nopen('told.json', 'w').write(f'[\"{sys.here}\"]')",
               PYTHONPATH=str(tmp_path / "site"))  # fmt: skip
    assert done.code == 0, done.text
    assert told(tmp_path) == ["read"]


def test_what_is_edited_between_two_runs_is_loaded_anew(run, tmp_path):
    (tmp_path / "modules").mkdir()
    job = f"import json, sys, edited\njson.dump([edited.SAYS, {FORKED}], open('told.json', 'w'))"
    for says in ("first", "the other"):  # of one length and time, Python itself would miss it
        (tmp_path / "modules" / "edited.py").write_text(f"SAYS = {says!r}\n")
        assert run(job, PYTHONPATH=str(tmp_path / "modules")).code == 0
        assert told(tmp_path) == [says, True]


def test_a_prefix_of_the_shell_has_jobs_start_as_ever(run, tmp_path):
    with open(tmp_path / "Snakefile", "a") as snakefile:
        snakefile.write("shell.prefix('export PREFIXED=1; ')\n")
    assert run(f"import json, os, sys\njson.dump([os.environ['PREFIXED'], {FORKED}], "
               "open('told.json', 'w'))").code == 0  # fmt: skip
    assert told(tmp_path) == ["1", False]


# --- without Snakemake ---------------------------------------------------------------------------


def popen(command: str, **how) -> subprocess.Popen:
    return subprocess.Popen(command, shell=True, executable="bash", **how)


@pytest.fixture
def said() -> list[str]:
    """What there was to say."""
    return []


@pytest.fixture
def forks(said):
    one = Forks(popen, said.append)
    yield one
    one.end()


def started(forks: Forks, folder: Path, text: str):
    script = folder / "script.py"
    script.write_text(text)
    return forks.popen(f"set -euo pipefail; {sys.executable} {script}", env=dict(os.environ))


#: Fails as long as something is not loaded.
LACKS = f"import sys\nsys.exit(any(name not in sys.modules for name in {OF_A_LIGHT}))"


def servers() -> list[psutil.Process]:
    """Return those of this process."""
    return [one for one in psutil.Process().children() if "forkserver" in str(one.cmdline())]


def test_where_the_server_was_killed_jobs_start_as_ever_and_it_is_said_once(forks, said, tmp_path):
    text = f"import sys\nopen({str(tmp_path / 'log')!r}, 'a').write(str({FORKED}) + ' ')"
    assert started(forks, tmp_path, text).wait() == 0
    (server,) = servers()
    server.kill()
    server.wait()
    assert [started(forks, tmp_path, text).wait() for _ in range(2)] == [0, 0]
    assert (tmp_path / "log").read_text() == "True False False "
    (sentence,) = said
    assert "has ended" in sentence and f"{SWITCH}=0" in sentence


def test_a_job_whose_server_is_killed_is_done_again_and_never_beside_itself(forks, said, tmp_path):
    log, gate = tmp_path / "log", tmp_path / "gate"
    os.mkfifo(gate)
    text = f"""
import os, sys
with open({str(log)!r}, "a", buffering=1) as log:
    print("begins", file=log)
    if {FORKED}:
        open({str(gate)!r}).read()
    print("ends", file=log)
"""
    job = started(forks, tmp_path, text)
    (server,) = servers()
    job._line.sendall(b".")  # it begins before anybody waits
    with open(gate, "w"):  # it is there
        server.kill()
        server.wait()
    assert job.wait() == 0
    assert log.read_text().split() == ["begins", "ends", "begins", "ends"]
    assert len(said) == 1


def test_a_server_that_has_threads_forks_nothing(forks, said, tmp_path, monkeypatch):
    (tmp_path / "threaded.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    text = f"import threaded\nimport sys\nsys.exit({FORKED})"
    assert started(forks, tmp_path, text).wait() == 0
    assert len(said) == 1


def test_what_a_watch_loads_ahead_is_there_and_leaves_the_server_one_thread(forks, said, tmp_path):
    forks.begin(OF_A_LIGHT)
    while (first := started(forks, tmp_path, LACKS)).wait():
        assert said == []  # a request goes before what is still to be loaded
    assert isinstance(first.pid, int) and said == []


def test_jobs_that_are_forked_side_by_side_each_get_their_own_status(forks, said, tmp_path):
    gates, jobs = [], []
    for status in (3, 0, 5):
        gates.append(tmp_path / f"gate{status}")
        os.mkfifo(gates[-1])
        (tmp_path / f"{status}").mkdir()
        text = f"import sys\nopen({str(gates[-1])!r}).read()\nsys.exit({status})"
        jobs.append(started(forks, tmp_path / f"{status}", text))
        jobs[-1]._line.sendall(b".")
    for gate in reversed(gates):
        open(gate, "w").close()
    assert [job.wait() for job in jobs] == [3, 0, 5]
    assert said == []


def test_each_run_has_a_server_of_its_own(forks, said, tmp_path):
    other = Forks(popen, said.append)
    try:
        for one in (forks, other):
            assert started(one, tmp_path, f"import sys\nsys.exit(not {FORKED})").wait() == 0
        assert len(servers()) == 2
        forks.end()
        assert [one.pid for one in servers()] == [other._server.pid]
        assert started(other, tmp_path, f"import sys\nsys.exit(not {FORKED})").wait() == 0
    finally:
        other.end()
    assert servers() == [] and said == []


def test_what_is_no_script_of_this_python_starts_as_ever(forks, said, tmp_path):
    for command in (f"{sys.executable} -c ''", "true", f"true; {sys.executable} x.py"):
        forks.popen(command, env=dict(os.environ)).wait()
    assert servers() == []
    assert said == []


def test_switched_off_no_server_begins(monkeypatch, said, tmp_path):
    monkeypatch.setenv(SWITCH, "0")
    off = Forks(popen, said.append)
    assert started(off, tmp_path, f"import sys\nsys.exit({FORKED})").wait() == 0
    assert servers() == [] and said == []


OWNER = """
import os, subprocess, sys
from plateworks.forking import Forks
forks = Forks(lambda *_, **__: 1 / 0, print)
job = forks.popen(f"{sys.executable} {sys.argv[1]}", env=dict(os.environ))
print(forks._server.pid, flush=True)
print(job.wait(), flush=True)
"""
WAITS = """
import sys
from plateworks.logs import job_log
with job_log(sys.argv[0] + ".log"):
    try:
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        print("left in order", flush=True)
"""


@pytest.mark.parametrize("ignored", [[], [signal.SIGINT]])
def test_a_group_that_is_told_to_end_has_its_job_leave_in_order_and_the_server_tell(
    tmp_path, ignored
):
    script = tmp_path / "waits.py"
    script.write_text(WAITS)
    with blocked(["-c", f"import os; os.setsid()\nimport signal, sys\n{OWNER}", str(script)],
                 ignored=ignored) as owner:  # fmt: skip
        server = psutil.Process(int(owner.stdout.readline()))
        assert owner.stdout.readline() == "ready\n"
        (job,) = server.children()
        for one in (server.pid, job.pid):
            os.kill(one, signal.SIGINT)
        assert owner.stdout.readline() == "left in order\n"
        assert owner.stdout.readline() == f"{128 + signal.SIGINT}\n"
        said_to_the_end(owner)
    assert "stopped by SIGINT" in (tmp_path / "waits.py.log").read_text()


def test_the_server_ends_with_who_started_it_and_its_job_goes_on(tmp_path):
    script = tmp_path / "waits.py"
    script.write_text(WAITS)
    with blocked(["-c", OWNER, str(script)]) as owner:
        server = psutil.Process(int(owner.stdout.readline()))
        assert owner.stdout.readline() == "ready\n"
        (job,) = server.children()
        owner.kill()
        psutil.wait_procs([server], timeout=60)
        assert not server.is_running()
        assert job.is_running()
    # What it waits for has ended, and so does it.
    psutil.wait_procs([job], timeout=60)
    assert not job.is_running()
