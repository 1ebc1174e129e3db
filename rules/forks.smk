# Jobs of a run on this computer are forked from a process that has loaded what they load.  All that
# Snakemake does around a script it still does: its own functions, as the rules of this workflow call
# them, find ours where they would start a program.
from types import FunctionType, SimpleNamespace

from snakemake.logging import logger
from snakemake.script import PythonScript
from snakemake.shell import shell

from plateworks.forking import OF_A_LIGHT, Forks, why_not


def finding(function, **ours):
    """Return a function that finds ours by some of its global names."""
    names = {**function.__globals__, **ours}
    code, defaults = function.__code__, function.__defaults__
    found = FunctionType(code, names, function.__name__, defaults, function.__closure__)
    found.__kwdefaults__ = function.__kwdefaults__
    return found


def start(command, **how):
    # On a cluster Snakemake runs inside the job, which is one of few on its node.
    popen = FORKS.popen if workflow.local_exec else FORKS.otherwise
    return popen(command, **how)


if workflow.is_main_process:
    programs = vars(shell.__new__.__globals__["sp"])
    FORKS = Forks(programs["Popen"], logger.warning)
    if reason := why_not():
        logger.debug(f"Each job starts a Python of its own: {reason}.")
    else:
        started = SimpleNamespace(**{**programs, "Popen": start})
        ours = type("shell", (shell,), {"__new__": finding(shell.__new__, sp=started)})
        execute = finding(PythonScript._execute_cmd, shell=ours)
        forked = type("PythonScript", (PythonScript,), {"_execute_cmd": execute})
        script = finding(script, PythonScript=forked)
