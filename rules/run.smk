# What a run does before its first job and after its last: one at a time works on the results.
import atexit
import time
from contextlib import ExitStack

from plateworks.attendance import LockInWords, attending
from plateworks.failures import FailuresHandler
from plateworks.inventory.contents import remember
from plateworks.jobs.begun import Begun
from plateworks.planning.run import cache_path
from plateworks.planning.shared import SharedJobs
from plateworks.relay import pass_on
from plateworks.report.made import MadeOf
from plateworks.report.outcome import conclude, lacks, remains
from plateworks.report.rawdigests import digests_of_raw
from plateworks.report.renewal import renew

BEGAN_NS = time.time_ns()
RUN = Begun(JOBS.results, SETTINGS.masters.share)
UNTIL_IT_ENDS = ExitStack()
FAILED = FailuresHandler()


def begin_run():
    pass_on()  # Snakemake has set a handler of its own by now
    jobs = [(job.output, "camera" in job.rule.resources) for job in workflow.dag.needrun_jobs()]
    with ending_in_words("Plateworks cannot start."):
        said = RUN.begin(jobs, believe=workflow.execution_settings.lock)
        SharedJobs(JOBS.results).write(PLAN.batches, PLAN.shared)
    if said:
        tell(said)


def leave():
    # Where nothing is to be done, Snakemake calls nobody: it may all have been made by a killed run.
    if not workflow.dryrun and workflow.executor_plugin is not None and not RUN.begun:
        tidied = RUN.tidy()
        # A run that was refused has come to no scheduler.
        for said in (tidied, remains(JOBS) if workflow.scheduler is not None else ""):
            if said:
                tell(said)
    RUN.end(well=False)


if workflow.is_main_process:
    pass_on()
    atexit.register(UNTIL_IT_ENDS.close)
    UNTIL_IT_ENDS.callback(leave)
    with ending_in_words("Plateworks cannot start."):
        ATTENDANCE = UNTIL_IT_ENDS.enter_context(attending())
        if ATTENDANCE.said:
            tell(ATTENDANCE.said)
    workflow.logger_manager.logger.addFilter(LockInWords(ATTENDANCE.holder))


def end_run(well):
    tell(conclude(LOOKUP.current(), FAILED.failures))
    with ending_in_words("Plateworks could not note what it did; all products are as told."):
        renew(PLAN, NOTES)
        plan = LOOKUP.current().plan
        made = MadeOf(SETTINGS.results).record(plan, BEGAN_NS)
        remember(cache_path(SETTINGS.results), digests_of_raw(plan, made))
    RUN.end(well=well)
