"""Reduce a master flat to its preview."""

from plateworks.logs import job_log
from plateworks.products.flattrial import preview_flat

with job_log(snakemake.log[0]):
    preview_flat(str(snakemake.params.flat), snakemake.output[0])
