# Plateworks: from directories of raw frames to masters, calibrated and plate-solved frames.
from snakemake.logging import is_quiet_about
from snakemake.utils import min_version

min_version("9.24")


include: "rules/package.smk"
include: "rules/common.smk"
include: "rules/run.smk"
include: "rules/plan.smk"
include: "rules/masters.smk" if SETTINGS.masters.engine == "native" else "rules/pixinsight.smk"
include: "rules/cosmetic.smk"
include: "rules/flats.smk"
include: "rules/calibrate.smk"
include: "rules/solve.smk"
include: "rules/capture.smk"


if workflow.is_main_process:
    workflow.logger_manager.logger.addHandler(
        ProgressHandler(shares_of_rules(), lacks, f"{JOBS.results}/logs/progress.log")
    )
    workflow.logger_manager.logger.addHandler(FAILED)
    said = workflow.logger_manager.settings
    if is_quiet_about(said.quiet or (), "progress") and not said.dryrun:
        for display in workflow.logger_manager.get_log_handlers():  # that of rich knows no --quiet
            display.setLevel("WARNING")


onstart:
    # Under its rate limit Snakemake (9.27) starts a timer in every round of scheduling, and each
    # timer brings another round: their number grows with that of the jobs done, until they take as
    # much time as the jobs.  The limit spares the queue of a cluster; here there is none.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    begin_run()


onsuccess:
    end_run(well=True)
    if PLAN.unread:
        raise SystemExit(
            "Plateworks did all that it could, without files that could not be read."
        )


onerror:
    end_run(well=False)


rule masters:
    """All master bias, dark, flat-dark and flat frames."""
    input:
        JOBS.master_files(),
    localrule: True


rule cosmetic:
    """All hot-pixel lists and bad-pixel masks."""
    input:
        JOBS.cosmetic_files(),
    localrule: True


rule calibrated:
    """All calibrated frames."""
    input:
        products_of("calibrate", "calibrated"),
    localrule: True


rule solved:
    """All plate-solved frames."""
    input:
        products_of("solve", "solved"),
    localrule: True


rule all:
    """Everything: the plan's tables, masters, cosmetic lists, calibrated and solved frames."""
    default_target: True
    input:
        rules.plan.output,
        [getattr(rules, stage).input for stage in SETTINGS.stages],
        rules.light_report.output if "calibrated" in SETTINGS.stages else [],
        rules.solve_report.output if "solved" in SETTINGS.stages else [],
    localrule: True
