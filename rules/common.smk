# The plan, made once when the workflow is loaded, and the input functions that look things up in it.
from functools import partial

from plateworks.errors import PlateworksError
from plateworks.planning.jobs import Jobs, files_of
from plateworks.planning.outcome import conclude
from plateworks.planning.plan import plan_run
from plateworks.planning.settings import complete, load_yaml
from plateworks.planning.summary import summarise
from plateworks.progress import ProgressHandler
from plateworks.sky.preflight import missing_indexes
from plateworks.versions import ALGORITHMS

CONFIG_FOLDER = HOME / "config"

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


def memory_of_master(wildcards):
    return int(SETTINGS["mem_gb"] * 1100) + 300


def memory_of_frames(wildcards):
    return 300 + PLAN.largest_frame * 48 // 1_000_000
