# Plateworks: from directories of raw frames to masters, calibrated and plate-solved frames.
from snakemake.utils import min_version

min_version("9.24")


report: "rules/captions/workflow.rst"


include: "rules/package.smk"
include: "rules/graph.smk"
include: "rules/forks.smk"
include: "rules/common.smk"
include: "rules/batches.smk"
include: "rules/run.smk"
include: "rules/plan.smk"
include: "rules/amplifiers.smk"
include: "rules/masters.smk" if SETTINGS.masters.engine == "native" else "rules/pixinsight.smk"
include: "rules/darkmodels.smk"
include: "rules/cosmetic.smk"
include: "rules/flats.smk"
include: "rules/calibrate.smk"
include: "rules/solve.smk"
include: "rules/lights.smk"
include: "rules/export.smk"
include: "rules/debayer.smk"
include: "rules/cameras.smk"
include: "rules/judging.smk"
include: "rules/defects.smk"
include: "rules/trends.smk"
include: "rules/pages.smk"
include: "rules/capture.smk"
include: "rules/verify.smk"
include: "rules/ledger.smk"


onstart:
    begin_run()


onsuccess:
    end_run(well=True)
    fail_if_without_files()


onerror:
    end_run(well=False)


rule masters:
    """All master bias, dark, flat-dark and flat frames, and models of the dark."""
    input:
        JOBS.master_files(),
        JOBS.model_files(),
        JOBS.gain_files(),
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
    """Everything: the plan's tables, masters, cosmetic lists, calibrated and solved frames, pages."""
    default_target: True
    input:
        rules.plan.output,
        [getattr(rules, stage).input for stage in SETTINGS.stages],
        rules.cameras.output if "masters" in SETTINGS.stages else [],
        rules.judge_masters.output if "masters" in SETTINGS.stages else [],
        rules.light_report.output if "calibrated" in SETTINGS.stages else [],
        rules.solve_report.output if "solved" in SETTINGS.stages else [],
        rules.lights.output if "solved" in SETTINGS.stages else [],
        NIGHTS.pages() if "solved" in SETTINGS.stages else [],
        rules.night_index.output if "solved" in SETTINGS.stages and NIGHTS.pages() else [],
        rules.export.input if "solved" in SETTINGS.stages else [],
        rules.debayered.input if "solved" in SETTINGS.stages else [],
    localrule: True
