# Batches of lights: which rules make their frames, and which products go from one to another.
from functools import partial

# Snakemake (9.27) asks no job what its params are whose inputs are to be made anew, also if these
# are ancient: it would see only in the next run that frames beside another were made otherwise.
TO_RENEW = STANDING.to_renew if workflow.is_main_process else frozenset()


def products_of(step, stage):
    shared = [JOBS.products(batch, stage) for batch in JOBS.batches if batch.lights]
    return shared + JOBS.alone(stage)


def rules_of(step):
    # A rule that names its products goes before the one by wildcards, which would fit them too.
    ordered = sorted(JOBS.batches, key=lambda batch: not batch.lights)
    return [f"{step}_{batch.name}" for batch in ordered]


def calibrated_of(batch):
    if batch.lights:
        return JOBS.products(batch, "calibrated")
    return partial(LOOKUP.calibrated, batch)


def unless_renewed(path):
    # What it is made of counts (params), and not when: one made anew as it was solves none again.
    return path if str(path) in TO_RENEW else ancient(path)


def calibrated_beside(batch):
    # Those that the frames of a batch are solved from.
    if not batch.lights:
        return lambda wildcards: [*map(unless_renewed, LOOKUP.beside(batch, wildcards))]
    return [*map(unless_renewed, LOOKUP.beside(batch, None))]
