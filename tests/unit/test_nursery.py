"""A job that tests fork is what a job is: it finds the same, and ends the same."""

import json
import re

import pytest

from plateworks.forking import SWITCH
from workflow import snakemake

WORKFLOW = """
rule tell:
    output: "told.json"
    threads: 2
    script: "job.py"
"""
JOB = """
import json, os, signal, sys
told = {
    "name": __name__,
    "arguments": len(sys.argv),
    "beside": sys.path[0] == os.path.dirname(sys.argv[0]),
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "ours": [name for name in sys.modules if name.startswith("plateworks")],
    "signals": [str(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGCHLD)],
    "leads": os.getpid() in (os.getpgrp(), os.getsid(0)),
}
from threadpoolctl import threadpool_info
import numpy
told["pools"] = [one["num_threads"] for one in threadpool_info() if "numpy" in one["filepath"]]
with open(snakemake.output[0], "w") as stream:
    json.dump(told, stream)
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs a workflow of one job."""
    (tmp_path / "Snakefile").write_text(WORKFLOW)

    def run_job(job: str, **options):
        (tmp_path / "job.py").write_text(job)
        snakefile = tmp_path / "Snakefile"
        return snakemake(tmp_path, "--cores", "2", snakefile=snakefile, **options)

    return run_job


def test_a_forked_job_finds_what_a_python_of_its_own_does(run, tmp_path):
    told = []
    for real in (True, False):
        done = run(JOB, real_jobs=real)
        assert done.code == 0, done.text
        told.append(json.loads((tmp_path / "told.json").read_text()))
        (tmp_path / "told.json").unlink()
        for name in ("_", "PWD", "OLDPWD", "SHLVL", SWITCH):  # a shell's own, and ours
            told[-1]["environment"].pop(name, None)
    assert told[0] == told[1]
    assert told[1]["ours"] == []


@pytest.mark.parametrize(
    "end",
    [
        "sys.exit(3)",
        "sys.exit('a sentence')",
        "raise KeyError('unforeseen')",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_a_forked_job_fails_as_a_python_of_its_own_does(run, end):
    said = []
    for real in (True, False):
        done = run(f"import sys\n{end}\n", real_jobs=real)
        assert done.code == 1
        failure = re.search(r"CalledProcessError.*?\n(.*?)\n", done.text, re.S)[0]
        said.append(re.sub(r"tmp\w+\.job", "job", failure))
        assert ("a sentence" in done.text) == ("a sentence" in end)
        assert ("unforeseen" in done.text) == ("unforeseen" in end)
    assert said[0] == said[1]


def test_what_python_reads_when_it_starts_is_read_by_jobs(run, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("print('began anew', flush=True)\n")
    done = run(JOB, PYTHONPATH=str(tmp_path / "site"))
    assert done.code == 0, done.text
    assert "began anew" in done.text
