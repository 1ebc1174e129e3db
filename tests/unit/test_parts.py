"""Where an inner part of Snakemake is gone or otherwise, runs go as ever, and say so in a line."""

import json

import pytest
from snakemake.script import PythonScript, script
from snakemake.shell import shell

from frames import ROOT
from plateworks.forkedscripts import forked
from plateworks.parts import OtherwiseError, or_as_ever, part, tried
from workflow import snakemake

SCRIPTS = ROOT / "scripts"


def test_a_part_is_found_by_name_or_it_is_said_which_there_is_not():
    assert part("snakemake.shell", "shell") is shell
    for module, name in (("snakemake.shell", "nothing"), ("snakemake.nowhere", "shell")):
        with pytest.raises(OtherwiseError, match=f"^{module} has no {name}$"):
            part(module, name)


def test_it_is_said_in_one_line_and_all_goes_on():
    said = []
    with or_as_ever("it takes longer", said.append), tried("the index"):
        raise KeyError("of two\nlines")
    (line,) = said
    assert "\n" not in line and "the index is built otherwise: KeyError" in line
    assert line.endswith("it takes longer.")


def test_other_errors_are_not_hidden():
    with pytest.raises(ZeroDivisionError), or_as_ever("it takes longer", print):
        raise ZeroDivisionError


# --- how scripts are run -------------------------------------------------------------------------


class Fewer(shell):
    """A shell that waits for its program in another way."""

    def __new__(cls, cmd, **kwargs):
        return sp.Popen(cmd, env={}).communicate()


class Elsewhere(shell):
    """A shell that says where its programs run."""

    def __new__(cls, cmd, fname, **kwargs):
        return sp.Popen(f"python {fname}", env={}, cwd="/").wait()


class Lists(shell):
    """A shell whose commands are words."""

    def __new__(cls, cmd, fname, **kwargs):
        return sp.Popen(["python", fname], env={}).wait()


class Twice(shell):
    """A shell that looks for Python first."""

    def __new__(cls, cmd, fname, **kwargs):
        return sp.Popen(f"python {fname}", env={}).wait() + sp.Popen("true", env={}).wait()


class Otherwise(shell):
    """A shell that knows no subprocess."""

    def __new__(cls, cmd, **kwargs):
        return None


def kind_of(one: type) -> type:
    """Scripts in Python that are executed by a shell."""
    names = {"shell": one}
    exec("def _execute_cmd(self, cmd, **kwargs):\n    return shell(cmd, **kwargs)\n", names)
    return type("PythonScript", (PythonScript,), {"_execute_cmd": names["_execute_cmd"]})


class sp:  # noqa: N801 (Snakemake's own name)
    """What a shell knows of the programs that it starts."""

    Popen = None


def test_scripts_of_this_snakemake_can_be_forked():
    assert forked(script, PythonScript, shell, print).__code__ is script.__code__


@pytest.mark.parametrize("one", [Fewer, Elsewhere, Lists, Twice, Otherwise])
def test_a_shell_that_starts_programs_otherwise_is_left_alone(one):
    one.__name__ = "shell"
    with pytest.raises(OtherwiseError):
        forked(script, kind_of(one), one, print)


def test_scripts_that_are_run_otherwise_are_left_alone():
    with pytest.raises(OtherwiseError, match="uses no PythonScript"):
        forked(lambda: None, PythonScript, shell, print)
    with pytest.raises(OtherwiseError):
        forked(script, type("PythonScript", (), {}), shell, print)


# --- whole runs ----------------------------------------------------------------------------------

WORKFLOW = f"""
import sys
sys.path.insert(0, {str(SCRIPTS)!r})
{{changed}}
include: {str(ROOT / "rules" / "graph.smk")!r}
include: {str(ROOT / "rules" / "forks.smk")!r}
rule tell:
    output: "told.json"
    script: "job.py"
"""
JOB = """
import json, sys
with open(snakemake.output[0], "w") as stream:
    json.dump("plateworks.forkserver" in sys.modules, stream)
"""


def run(folder, changed: str = ""):
    (folder / "Snakefile").write_text(WORKFLOW.format(changed=changed))
    (folder / "job.py").write_text(JOB)
    done = snakemake(folder, "-c1", snakefile=folder / "Snakefile")
    assert done.code == 0, done.text
    return done.text, json.loads((folder / "told.json").read_text())


def test_where_all_parts_are_there_nothing_is_said(tmp_path):
    said, is_forked = run(tmp_path)
    assert is_forked and "is not one that Plateworks knows" not in said


#: What another Snakemake might be -> what comes of it.
PLANNING = {
    "sums": (
        "import snakemake.io as s\nold = s._IOFile.checksum\n"
        "s._IOFile.checksum = lambda *a, **k: old(*a, **k)",
        "to be noted",
    ),
    "no index": ("import snakemake.output_index as s\ndel s.OutputIndex", "to plan"),
    "no module": ("sys.modules['snakemake.output_index'] = None", "to plan"),
}
SCRIPTS_OTHERWISE = {
    "script": "import snakemake.script as s\nold = s.PythonScript._execute_cmd\n"
    "s.PythonScript._execute_cmd = lambda self, *a, **k: old(self, *a, **k)",
    "shell": "s = sys.modules['snakemake.shell']\nold = s.shell.__new__\n"
    "s.shell.__new__ = staticmethod(lambda cls, *a, **k: old(cls, *a, **k))",
}


@pytest.mark.parametrize(("changed", "consequence"), PLANNING.values(), ids=PLANNING)
def test_a_run_without_a_part_of_the_graph_says_so_once_and_makes_all(
    tmp_path, changed, consequence
):
    said, is_forked = run(tmp_path, changed)
    (line,) = [one for one in said.splitlines() if "is not one that Plateworks knows" in one]
    assert consequence in line and is_forked


@pytest.mark.parametrize("changed", SCRIPTS_OTHERWISE.values(), ids=SCRIPTS_OTHERWISE)
def test_a_run_whose_scripts_are_otherwise_says_so_once_and_starts_a_python_each(tmp_path, changed):
    said, is_forked = run(tmp_path, changed)
    (line,) = [one for one in said.splitlines() if "is not one that Plateworks knows" in one]
    assert "each job starts a Python of its own" in line and not is_forked
