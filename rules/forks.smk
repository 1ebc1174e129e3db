# Jobs of a run on this computer are forked from a process that has loaded what they load.
import subprocess

from snakemake.logging import logger

from plateworks.forkedscripts import forked
from plateworks.forking import OF_A_LIGHT, Forks, why_not
from plateworks.parts import or_as_ever, part


def start(command, **how):
    # On a cluster Snakemake runs inside the job, which is one of few on its node.
    popen = FORKS.popen if workflow.local_exec else FORKS.otherwise
    return popen(command, **how)


if workflow.is_main_process:
    FORKS = Forks(subprocess.Popen, logger.warning)
    if reason := why_not():
        logger.debug(f"Each job starts a Python of its own: {reason}.")
    else:
        with or_as_ever("each job starts a Python of its own", logger.warning):
            parts = [("script", "script"), ("script", "PythonScript"), ("shell", "shell")]
            script = forked(*(part(f"snakemake.{room}", name) for room, name in parts), start)
