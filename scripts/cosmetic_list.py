"""List the hot pixels of a master dark."""

from plateworks.logs import job_log
from plateworks.products.cosmetics import make_cosmetic_list

with job_log(snakemake.log[0]):
    make_cosmetic_list(snakemake.input[0], snakemake.output[0], snakemake.params.options)
