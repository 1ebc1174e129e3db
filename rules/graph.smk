# What Snakemake (9.27) works out anew for each file of a large graph, and need not: the graph is the
# same without.
import gc

import snakemake.dag
from snakemake.logging import logger

from plateworks.jobs.graphparts import quicken_jobs
from plateworks.jobs.quicker import quicken_notes, quicken_plan
from plateworks.parts import or_as_ever, part


def warn_of_parts(sentence):
    if workflow.is_main_process:
        logger.warning(sentence)


with or_as_ever("large nights take longer to plan", warn_of_parts):
    paths = part("snakemake.io", "_IOFile")
    index = part("snakemake.output_index", "OutputIndex")
    kinds = quicken_plan(snakemake.dag, paths, index)
    quicken_jobs(kinds.plain)
with or_as_ever("small frames take longer to be noted", warn_of_parts):
    quicken_notes(part("snakemake.io", "_IOFile"))

# What a plan makes stays until the run begins: looking through it for garbage again and again takes
# a sixth of the time.  What is young is looked through all the same.
USUALLY = gc.get_threshold()
gc.set_threshold(200_000, 50, 1_000)
