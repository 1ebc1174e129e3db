# The plan, made once when the workflow is loaded, and the input functions that look things up in it.
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, f"{workflow.basedir}/scripts")

from plateworks.errors import PlateworksError
from plateworks.planning.jobs import Jobs, files_of
from plateworks.planning.outcome import conclude
from plateworks.planning.plan import plan_run
from plateworks.planning.resources import AROUND_MB, Demands
from plateworks.planning.settings import complete, load_yaml
from plateworks.planning.summary import summarise
from plateworks.sky.preflight import missing_indexes
from plateworks.versions import ALGORITHMS

CONFIG_FOLDER = Path(workflow.basedir, "config")

try:
    SETTINGS = complete(
        config,
        load_yaml(CONFIG_FOLDER / "config.yaml"),
        load_yaml(CONFIG_FOLDER / "schemas" / "config.schema.yaml"),
    )
    # Jobs on other nodes load the workflow anew; only the main process looks at the raw folders.
    PLAN = plan_run(SETTINGS, rescan=workflow.is_main_process)
    if workflow.is_main_process:
        lights = (light.frame for light in PLAN.to_calibrate)
        print(summarise(PLAN, missing_indexes(lights, SETTINGS["solve"])), file=sys.stderr)
except PlateworksError as error:
    raise SystemExit(f"Plateworks cannot start.  {error}") from None

JOBS = Jobs(PLAN)
DEMANDS = Demands(JOBS)


pathvars:
    results=SETTINGS["results"],


wildcard_constraints:
    setup="[^/]+",
    name="[^/]+",
    session=r"\d{8}|undated",
    frame="[^/]+",
    trial="[^/]+",


def master_job(wildcards):
    return JOBS.master(*wildcards.master.split("/"))


def files_of_master(wildcards):
    return files_of(master_job(wildcards)["frames"])


def dark_of_list(wildcards):
    return JOBS.dark_of_list(wildcards.setup, wildcards.name)


def mask_job(wildcards):
    return JOBS.master(wildcards.setup, wildcards.flat)


def files_of_mask(wildcards):
    return files_of(mask_job(wildcards)["frames"])


def calibration_job(batch, wildcards):
    return JOBS.calibration(JOBS.lights(batch, wildcards))


def files_of_calibration(batch, wildcards):
    return files_of(calibration_job(batch, wildcards))


def calibrated_of_batch(batch):
    if batch.lights:
        return rule_of("calibrate", batch).output
    return "<results>/calibrated/{session}/{frame}.fits"


def rule_of(step, batch):
    return getattr(rules, f"{step}_{batch.name}")


def products_of(step, files):
    # Outputs named by their rules: Snakemake need not search all rules for the maker of each file.
    made = [rule_of(step, batch).output for batch in JOBS.batches if batch.lights]
    return made or files


def flat_of_preview(wildcards):
    return JOBS.trials.flat_of_preview(wildcards.setup, wildcards.name)


def trial_job(wildcards):
    return JOBS.trial_lights(wildcards.setup, wildcards.trial)


def files_of_trial(wildcards):
    return files_of(trial_job(wildcards))


def flats_of_trial(wildcards):
    return JOBS.trials.flats(wildcards.setup, wildcards.trial)


def previews_of_trial(wildcards):
    return list(flats_of_trial(wildcards).values())


# -- resources: what a job asks for, given a function that says what it needs ----------------------


def cores(demand, wildcards):
    return demand(wildcards).threads


def memory(demand, wildcards, attempt, threads):
    # On a cluster Snakemake itself runs inside the job.
    around = AROUND_MB if workflow.non_local_exec else 0
    return demand(wildcards).memory(threads, attempt, around)


def disk(demand, wildcards):
    return demand(wildcards).disk()


def minutes(demand, wildcards, attempt, threads):
    return demand(wildcards).minutes(threads, attempt)


def demand_of_master(wildcards):
    return DEMANDS.master(*wildcards.master.split("/"))


def demand_of_mask(wildcards):
    return DEMANDS.mask(wildcards.setup, wildcards.flat)


def demand_of_list(wildcards):
    return DEMANDS.hot_list(wildcards.setup)


def demand_of_calibration(batch, wildcards):
    return DEMANDS.calibration(batch)


def demand_of_solving(batch, wildcards):
    return DEMANDS.solving(batch)


def demand_of_trial(wildcards):
    return DEMANDS.trial()
