"""Let PixInsight make one master."""

from plateworks.interop.mastering import integrate
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    integrate(snakemake.params.job, snakemake.params.logs, snakemake.params.options)
