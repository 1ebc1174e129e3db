# Batches of lights: which rules make their frames, and where one finds the products of another.
from functools import partial

from snakemake.io import IOFile

# Snakemake (9.27) asks no job what its params are whose inputs are to be made anew, also if these
# are ancient: it would see only in the next run that frames beside another were made otherwise.
TO_RENEW = STANDING.to_renew if workflow.is_main_process else frozenset()


def rule_of(step, batch):
    return getattr(rules, f"{step}_{batch.name}")


def products_of(step, stage):
    # Outputs named by their rules: Snakemake need not search all rules for the maker of each file.
    shared = [rule_of(step, batch).output for batch in JOBS.batches if batch.lights]
    return shared + JOBS.alone(stage)


def rules_of(step):
    # A rule that names its products goes before the one by wildcards, which would fit them too.
    ordered = sorted(JOBS.batches, key=lambda batch: not batch.lights)
    return [f"{step}_{batch.name}" for batch in ordered]


def calibrated_of(batch):
    return rule_of("calibrate", batch).output if batch.lights else partial(LOOKUP.calibrated, batch)


def unless_renewed(path):
    # What it is made of counts (params), and not when: one made anew as it was solves none again.
    return path if str(path) in TO_RENEW else ancient(path)


def calibrated_beside(batch):
    # Those that the frames of a batch are solved from, named by their rules as above.
    if not batch.lights:
        return lambda wildcards: [*map(unless_renewed, LOOKUP.beside(batch, wildcards))]
    found = []
    for path in LOOKUP.beside(batch, None):
        maker = JOBS.batch_of.get(path)
        named = rule_of("calibrate", maker).output if maker and maker.lights else []
        made = [IOFile(unless_renewed(str(one)), rule=one.rule) for one in named if one == path]
        found += made or [unless_renewed(path)]
    return found
