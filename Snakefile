# Plateworks: from directories of raw frames to masters, calibrated and plate-solved frames.
from snakemake.utils import min_version

min_version("9.24")


include: "rules/package.smk"
include: "rules/common.smk"
include: "rules/plan.smk"
include: "rules/masters.smk"
include: "rules/cosmetic.smk"
include: "rules/flats.smk"
include: "rules/calibrate.smk"
include: "rules/solve.smk"


onsuccess:
    print(conclude(JOBS), file=sys.stderr)


onerror:
    print(conclude(JOBS), file=sys.stderr)


rule all:
    """Everything: the plan's tables, masters, cosmetic lists, calibrated and solved frames."""
    default_target: True
    input:
        rules.plan.output,
        JOBS.master_files(),
        JOBS.cosmetic_files(),
        JOBS.calibrated_files(),
        JOBS.solved_files(),
        rules.solve_report.output,
    localrule: True


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
        JOBS.calibrated_files(),
    localrule: True


rule solved:
    """All plate-solved frames."""
    input:
        JOBS.solved_files(),
    localrule: True
