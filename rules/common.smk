# The plan, made once when the workflow is loaded, and the input functions that look things up in it.
from functools import partial

from plateworks.errors import PlateworksError
from plateworks.jobs.replanning import CurrentJobs
from plateworks.jobs.demand import NOTHING, around
from plateworks.settings.translation import read_foreign
from plateworks.jobs.pixinsight import Integration, jobs_of
from plateworks.jobs.jobs import files_of
from plateworks.report.outcome import conclude
from plateworks.planning.run import plan_run
from plateworks.jobs.resources import Demands
from plateworks.inventory.sessions import session_now
from plateworks.settings.configuration import complete, load_yaml
from plateworks.report.preview import summarise
from plateworks.progress import ProgressHandler
from plateworks.sky.preflight import missing_indexes
from plateworks.versions import ALGORITHMS

CONFIG_FOLDER = HOME / "config"

try:
    # `config` holds what the user gave, or the workflow that imports this one, and nothing else.
    GIVEN, NOTES = read_foreign(config, CONFIG_FOLDER / "presets")
    SETTINGS = complete(
        config,
        load_yaml(CONFIG_FOLDER / "config.yaml"),
        load_yaml(CONFIG_FOLDER / "schemas" / "config.schema.yaml"),
        GIVEN,
    )
    NIGHT = SETTINGS["capture"]["session"] or session_now(SETTINGS["site"])
    # Jobs on other nodes load the workflow anew; only the main process looks at the raw folders.
    PLAN = plan_run(SETTINGS, rescan=workflow.is_main_process)
    if workflow.is_main_process:
        lights = (light.frame for light in PLAN.to_calibrate)
        NOTES += missing_indexes(lights, SETTINGS["solve"])
        print(summarise(PLAN, NOTES), file=sys.stderr)
except PlateworksError as error:
    raise SystemExit(f"Plateworks cannot start.  {error}") from None

JOBS = jobs_of(PLAN)
DEMANDS = Demands(JOBS)
INTEGRATION = Integration(JOBS)


def plan_again():
    return jobs_of(plan_run(SETTINGS, rescan=True))


# The target `library` first captures frames and then combines them: what asks for masters asks
# current_jobs(), which plans anew once the capture is complete.
CAPTURE_FOLDER = f"{SETTINGS['results']}/capture/{NIGHT}"
current_jobs = CurrentJobs(JOBS, f"{CAPTURE_FOLDER}/frames.csv", plan_again)


pathvars:
    results=SETTINGS["results"],


wildcard_constraints:
    preview="previews/[^/]+/preview_[^/]+",
    trial=PLAN.naming.trial_pattern(),
    cosmetic=PLAN.naming.cosmetic_pattern(),
    badpix=PLAN.naming.badpix_pattern(),
    calibrated=PLAN.naming.light_pattern("calibrated"),
    solved=PLAN.naming.light_pattern("solved"),


def master_job(wildcards):
    return current_jobs().master(f"{JOBS.results}/{wildcards.master}")


def files_of_master(wildcards):
    return files_of(master_job(wildcards)["frames"])


def adoption_job(wildcards):
    return INTEGRATION.adoption(f"{JOBS.results}/{wildcards.master}")


def files_of_adoption(wildcards):
    return files_of(adoption_job(wildcards)["frames"])


def image_of_master(wildcards):
    return INTEGRATION.image(f"{JOBS.results}/{wildcards.master}")


def integration_job(wildcards):
    return INTEGRATION.job(wildcards.image)


def files_of_integration(wildcards):
    return files_of(integration_job(wildcards)["frames"])


def files_of_script(wildcards):
    return INTEGRATION.raw_files()


def dark_of_list(wildcards):
    return current_jobs().dark_of_list(f"{JOBS.results}/{wildcards.cosmetic}")


def flat_of_mask(wildcards):
    return JOBS.flat_of_mask(f"{JOBS.results}/{wildcards.badpix}")


def mask_job(wildcards):
    return JOBS.master(flat_of_mask(wildcards))


def files_of_mask(wildcards):
    return files_of(mask_job(wildcards)["frames"])


def calibration_job(batch, wildcards):
    return JOBS.calibration(JOBS.lights(batch, wildcards))


def files_of_calibration(batch, wildcards):
    return files_of(calibration_job(batch, wildcards))


def calibrated_of_frame(batch, wildcards):
    return [light.calibrated for light in JOBS.lights(batch, wildcards)]


def calibrated_of_batch(batch):
    if batch.lights:
        return rule_of("calibrate", batch).output
    return partial(calibrated_of_frame, batch)


def rule_of(step, batch):
    return getattr(rules, f"{step}_{batch.name}")


def products_of(step, files):
    # Outputs named by their rules: Snakemake need not search all rules for the maker of each file.
    made = [rule_of(step, batch).output for batch in JOBS.batches if batch.lights]
    return made or files


def frames_of_rules():
    # In a workflow that imports this one, rules go by other names.
    renamed = workflow.modifier.modify_rulename
    return {renamed(rule): frames for rule, frames in JOBS.frames_of_rules().items()}


def flat_of_preview(wildcards):
    return JOBS.trials.flat_of_preview(f"{JOBS.results}/{wildcards.preview}.fits")


def trial_job(wildcards):
    return JOBS.trial_lights(f"{JOBS.results}/{wildcards.trial}")


def files_of_trial(wildcards):
    return files_of(trial_job(wildcards))


def flats_of_trial(wildcards):
    return JOBS.trials.flats(f"{JOBS.results}/{wildcards.trial}")


def previews_of_trial(wildcards):
    return list(flats_of_trial(wildcards).values())


def capture_order(target):
    parts = {"capture": SETTINGS["capture"], "site": SETTINGS["site"]}
    return {"target": target, "night": NIGHT, **parts}


def masters_after_capture(wildcards):
    checkpoints.capture.get()
    return current_jobs().master_files()


# -- resources: what a job asks for, given a function that says what it needs ----------------------


def cores(demand, wildcards):
    return demand(wildcards).threads


def snakemake_itself():
    # On a cluster it runs inside the job.
    return around(len(PLAN.frames)) if workflow.non_local_exec else NOTHING


def memory(demand, wildcards, attempt, threads):
    return demand(wildcards).memory(threads, attempt, snakemake_itself())


def disk(demand, wildcards):
    return demand(wildcards).disk()


def minutes(demand, wildcards, attempt, threads):
    return demand(wildcards).minutes(threads, SETTINGS["node"], attempt, snakemake_itself())


def current_demands():
    jobs = current_jobs()
    return DEMANDS if jobs is JOBS else Demands(jobs)


def demand_of_master(wildcards):
    return current_demands().master(f"{JOBS.results}/{wildcards.master}")


def demand_of_adoption(wildcards):
    return DEMANDS.adoption(f"{JOBS.results}/{wildcards.master}")


def demand_of_mask(wildcards):
    return DEMANDS.mask(flat_of_mask(wildcards))


def demand_of_list(wildcards):
    return current_demands().hot_list(dark_of_list(wildcards))


def demand_of_calibration(batch, wildcards):
    return DEMANDS.calibration(batch)


def demand_of_solving(batch, wildcards):
    return DEMANDS.solving(batch)


def demand_of_integration(wildcards):
    return DEMANDS.integration(INTEGRATION.master(wildcards.image))


def demand_of_light_preview(wildcards):
    return DEMANDS.light_preview(f"{JOBS.results}/{wildcards.trial}")


def demand_of_flat_preview(wildcards):
    return DEMANDS.flat_preview(flat_of_preview(wildcards))


def demand_of_ranking(wildcards):
    return DEMANDS.ranking(f"{JOBS.results}/{wildcards.trial}")
