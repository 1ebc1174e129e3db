# What a run does before its first job and after its last: one at a time works on the results.
import time
from contextlib import ExitStack
from functools import partial

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.io import is_flagged

from plateworks.attendance import LockInWords, attending
from plateworks.failures import FailuresHandler
from plateworks.inventory.contents import remember
from plateworks.idle import WhenSaid
from plateworks.jobs.begun import Begun
from plateworks.jobs.occupied import refuse_occupied
from plateworks.jobs.requests import OTHERS, Share
from plateworks.jobs.shelving import Shelving
from plateworks.leaving import at_exit
from plateworks.planning.run import cache_path
from plateworks.planning.shared import SharedJobs
from plateworks.planning.words import WordsOfRun
from plateworks.report.made import MadeOf
from plateworks.report.outcome import conclude, lacks, remains
from plateworks.report.proved import lines_on_proofs
from plateworks.report.progress import ProgressHandler
from plateworks.report.rawdigests import digests_of_raw
from plateworks.report.renewal import renew
from plateworks.report.screen import Run, screen_for
from plateworks.report.targets import listed
from plateworks.report.unread import is_without
from plateworks.report.vouched import lines_on_words
from plateworks.sentences import ScriptsInWords, TroublesInWords

BEGAN_NS = time.time_ns()
RUN = Begun(JOBS.results, SETTINGS.masters.share)
UNTIL_IT_ENDS = ExitStack()
FAILED = FailuresHandler()
SHELVING = Shelving(JOBS.results)


def begin_run():
    gc.freeze()  # the plan and the graph, which stay
    gc.set_threshold(*USUALLY)
    # Under its rate limit Snakemake (9.27) starts a timer in every round of scheduling, and each
    # timer brings another round: their number grows with that of the jobs done, until they take as
    # much time as the jobs.  The limit spares the queue of a cluster; here there is none.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    pass_on()  # Snakemake has set a handler of its own by now
    jobs = [(job.output, "camera" in job.rule.resources) for job in workflow.dag.needrun_jobs()]
    refuse_other_than_files()
    keep(f"a run that began at {BEGAN_NS}")  # what comes of it is news to the next round
    with ending_in_words("Plateworks cannot start."):
        said = RUN.begin(jobs, believe=workflow.execution_settings.lock)
        note = SharedJobs(JOBS.results)
        note.write(PLAN.batches, PLAN.shared, selected=PLAN.unselected > 0)
        if any(outputs for outputs, camera in jobs if not camera):
            # Other runs, which write a word themselves or take frames, leave the jobs of one alone.
            WordsOfRun(JOBS.results).write(PLAN.matcher.masters)
        shelve()
    if said:
        tell(said)


def refuse_other_than_files():
    with ending_in_words("Plateworks cannot go on."):
        outputs = [path for job in workflow.dag.jobs for path in job.output]
        refuse_occupied(str(path) for path in outputs if not path.is_directory)


def shelve():
    shares, dag = shares_of_rules(), workflow.dag
    for job in dag.needrun_jobs():
        share = shares.get(job.rule.name)
        if share is None or share.frames == 1 or is_flagged(job.output[0], "update"):
            continue  # it makes no lights, or one, or Snakemake leaves them
        if dag.forcerules.intersection([job.rule]):
            SHELVING.drop(job.output)
        elif share.stage == "calibrated":
            SHELVING.before_calibrating(job, dag.forcefiles)
        else:
            SHELVING.before_solving(job, dag.forcefiles)


def shares_of_steps():
    shares = shares_of_rules()
    for one in workflow.rules:
        if one.output:
            shares.setdefault(one.name, Share(OTHERS, 1, 1.0))
    return shares


def captures_of(names):
    orders = CAPTURE.of_rules(names)
    if not orders:
        return []
    from plateworks.camera.told import foretold  # loads numpy, which few runs need here

    return foretold(orders)


def captured():
    # The manifests of this run: what takes frames holds the camera, and writes its table last.
    jobs = [job for job in workflow.dag.jobs if "camera" in job.rule.resources]
    tables = [Path(path) for job in jobs for path in job.output]
    made = [str(one) for one in tables if one.exists() and one.stat().st_mtime_ns >= BEGAN_NS]
    if not made:
        return []
    from plateworks.camera.told import summed

    return summed(made)


def jobs_are_here():
    return workflow.local_exec


def rules_of_camera():
    return {one.name for one in workflow.rules if "camera" in one.resources}


def list_rules(only_targets=False):
    for line in listed(workflow.rules, only_targets=only_targets):
        print(line)


def end_idle_run():
    if not workflow.dryrun:
        refuse_other_than_files()
        # It may all have been made by a run that was killed.
        for said in (RUN.tidy(), remains(JOBS) if NEWS else ""):
            if said:
                tell(said)
        fail_if_without_files()


def in_turn(steps, log):
    for step in steps:
        step()


def fail_if_without_files():
    if is_without(LOOKUP.current()):
        raise SystemExit("Plateworks did all that it could, without files that could not be read.")


workflow.logger_manager.logger.addFilter(ScriptsInWords())
if workflow.is_main_process:
    workflow.list_rules = list_rules  # Snakemake's own lists each batch among the targets
    at_exit(UNTIL_IT_ENDS.close)
    UNTIL_IT_ENDS.callback(RUN.end, well=False)
    UNTIL_IT_ENDS.callback(FORKS.end)
    with ending_in_words("Plateworks cannot start."):
        ATTENDANCE = UNTIL_IT_ENDS.enter_context(attending())
        if ATTENDANCE.said:
            tell(ATTENDANCE.said)
    manager = workflow.logger_manager
    manager.logger.addFilter(LockInWords(ATTENDANCE.holder))
    manager.logger.addFilter(TroublesInWords())
    # Where nothing is to be done, Snakemake calls nobody.
    manager.logger.addFilter(WhenSaid(NOTHING_TO_BE_DONE_MSG, end_idle_run))
    for handler in manager.logfile_handlers:  # a log is full, whatever the terminal is spared
        if handler.name == "DefaultLogFileHandler":
            for one in (handler.formatter, *handler.filters):
                one.quiet = frozenset()
    run = Run(
        shares_of_steps,
        rules_of_camera,
        dry=manager.settings.dryrun,
        idle=NOTHING_TO_BE_DONE_MSG,
        again=not NEWS,
        captures=captures_of,
        here=jobs_are_here,
    )
    SCREEN = screen_for(manager.logger, manager.settings, run)
    UNTIL_IT_ENDS.callback(SCREEN.end)
    manager.logger.addHandler(
        ProgressHandler(shares_of_steps, lacks, f"{JOBS.results}/logs/progress.log", SCREEN.show)
    )
    manager.logger.addHandler(FAILED)


def end_run(well):
    from plateworks.report.account import (
        give_account,
    )  # loads astropy, which the jobs need not wait for

    SCREEN.end()
    # Snakemake says where its log lies after its handlers; what was made is the last word.
    first = [
        *captured(),
        *lines_on_proofs(SETTINGS.results, BEGAN_NS),
        *lines_on_words(PLAN, BEGAN_NS),
    ]
    conclusion = conclude(LOOKUP.current(), FAILED.failures, first)
    colours = not workflow.logger_manager.settings.nocolor
    UNTIL_IT_ENDS.callback(show, conclusion, colours=colours)
    if RUN.makes_products:
        SHELVING.clear([*JOBS.calibrated_files(), *JOBS.solved_files()])
    with ending_in_words("Plateworks could not note what it did; all products are as told."):
        renew(PLAN, NOTES)
        plan = LOOKUP.current().plan
        made_of = MadeOf(SETTINGS.results)
        give_account(LOOKUP.current(), made_of.holds)  # before products count as known
        made = made_of.record(plan, BEGAN_NS)
        remember(cache_path(SETTINGS.results), digests_of_raw(plan, made))
    RUN.end(well=well)


# Snakemake leaves handlers to the workflow that imports this one.  Where that has none, as those that
# snakedeploy writes, ours still keep other runs out, and say what was made.
if not RENAMING.is_main_snakefile():
    for name, handler in {
        "_onstart": [begin_run],
        "_onsuccess": [partial(end_run, well=True), fail_if_without_files],
        "_onerror": [partial(end_run, well=False)],
    }.items():
        before = getattr(workflow, name)
        if getattr(before, "__name__", "") == "<lambda>":  # Snakemake's own, which does nothing
            setattr(workflow, name, partial(in_turn, handler))
