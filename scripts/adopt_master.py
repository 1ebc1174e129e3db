"""Make a master of PixInsight's image."""

from plateworks.interop.mastering import adopt
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    adopt(snakemake.params.job, snakemake.input.image, snakemake.output[0])
