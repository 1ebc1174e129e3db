# The plan, made once when the workflow is loaded, and what the rules look up in it.
from plateworks.jobs.capture import Capture
from plateworks.jobs.demand import NOTHING, around
from plateworks.jobs.existing import settle
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.pixinsight import jobs_of
from plateworks.jobs.replanning import CurrentJobs
from plateworks.jobs.requests import Requests
from plateworks.news import is_news, keep, tell_results
from plateworks.paint import show
from plateworks.inventory.profiles import ProfileFinder
from plateworks.planning.run import plan_run
from plateworks.printable import tell
from plateworks.relay import pass_on
from plateworks.report.preview import summarise
from plateworks.report.standing import Standing
from plateworks.report.withheld import said_of_nothing
from plateworks.sentences import ending_in_words
from plateworks.settings.configuration import complete
from plateworks.settings.profilefiles import read_profiles
from plateworks.settings.repeated import refuse_repeated
from plateworks.settings.translation import read_foreign
from plateworks.sky.preflight import hard_to_search, unsearchable
from plateworks.versions import ALGORITHMS

CONFIG_FOLDER = HOME / "config"


with ending_in_words("Plateworks cannot start."):
    if workflow.is_main_process:
        for file in workflow.configfiles:
            refuse_repeated(file)
    # `config` holds what the user gave, or the workflow that imports this one, and nothing else.
    GIVEN, NOTES = read_foreign(config, CONFIG_FOLDER / "presets")
    SETTINGS = complete(GIVEN)
    if workflow.is_main_process:
        pass_on()  # who ends a watch, ends it while it waits for frames as well
        tell_results(SETTINGS.results)  # its pages stand still when the watch ends
        if SETTINGS.wait_s:
            import nbformat  # Snakemake does for its first script, and now there is time

            FORKS.begin(OF_A_LIGHT)
    CAPTURE = Capture.of(SETTINGS)
    PROFILES = ProfileFinder(read_profiles(SETTINGS.profiles, CONFIG_FOLDER))
    # Jobs on other nodes load the workflow anew; only the main process looks at the raw folders.
    PLAN = plan_run(SETTINGS, rescan=workflow.is_main_process, profiles=PROFILES)
    if workflow.is_main_process:
        if "solved" in SETTINGS.stages:
            lights = [light.frame for light in PLAN.to_calibrate]
            NOTES += unsearchable(lights, SETTINGS.solve)
            NOTES += hard_to_search(lights, SETTINGS.solve)
        NOTES += said_of_nothing(PLAN)
        output = workflow.logger_manager.settings
        STANDING = Standing(PLAN)
        summary = summarise(PLAN, NOTES, STANDING, briefly=not output.dryrun)
        NEWS = is_news(summary)
        if NEWS:
            show(summary, colours=not output.nocolor)
            keep(summary)


def notes_on_run(wildcards):
    return NOTES


def plan_again():
    return jobs_of(plan_run(SETTINGS, rescan=True, begun=PLAN, profiles=PROFILES))


def around_a_job():
    # On a cluster Snakemake runs inside the job.
    return around(len(PLAN.frames)) if workflow.non_local_exec else NOTHING


JOBS = jobs_of(PLAN)
# The target `library` first captures frames and then combines them: masters are looked up in what
# is planned anew once the capture is complete.
LOOKUP = Lookup(JOBS, CurrentJobs(JOBS, CAPTURE.table, plan_again))
REQUESTS = Requests(LOOKUP, around_a_job)

if workflow.is_main_process:
    with ending_in_words("Plateworks cannot start."):
        EXISTING = settle(LOOKUP)
        if EXISTING.lines:
            tell(EXISTING.lines)


def forcing(files):
    # Forces what is to be made anew as --forcerun does, but only as far as targets need it: when
    # Snakemake asks for inputs, it is about to find out what has to run.
    def inputs(wildcards):
        if workflow.is_main_process:
            workflow.dag.forcefiles.update(EXISTING.anew)
        return files(wildcards)

    return inputs


pathvars:
    results=SETTINGS.results,


wildcard_constraints:
    preview="previews/[^/]+/preview_[^/]+",
    trial=PLAN.naming.trial_pattern(),
    cosmetic=PLAN.naming.cosmetic_pattern(),
    badpix=PLAN.naming.badpix_pattern(),
    calibrated=PLAN.naming.light_pattern("calibrated"),
    solved=PLAN.naming.light_pattern("solved"),


def masters_after_capture(wildcards):
    checkpoints.capture.get()
    jobs = LOOKUP.current()
    return [*jobs.master_files(), *jobs.model_files()]


# In a workflow that imports this one, rules go by other names; it is known while they are read.
RENAMING = workflow.modifier


def shares_of_rules():
    shares = REQUESTS.shares()
    return {RENAMING.modify_rulename(rule): share for rule, share in shares.items()}


def is_target(rule):
    name = RENAMING.modify_rulename(rule)
    return any(one.name == name for one in workflow.dag.targetrules)
