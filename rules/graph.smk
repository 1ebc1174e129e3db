# What Snakemake (9.27) works out anew for each file of a large graph, and need not: the graph is the
# same without.
import gc

import snakemake.dag
from snakemake.io import _IOFile
from snakemake.output_index import OutputIndex

from plateworks.jobs.makers import Makers, fixed

FIXED = fixed(_IOFile)

snakemake.dag.OutputIndex = lambda all_rules: Makers(all_rules, OutputIndex, FIXED)

# What a plan makes stays until the run begins: looking through it for garbage again and again takes
# a sixth of the time.  What is young is looked through all the same.
USUALLY = gc.get_threshold()
gc.set_threshold(200_000, 50, 1_000)
