"""Write the verdicts on the lights of all nights in one table."""

from plateworks.logs import job_log
from plateworks.report.nighttables import gather

with job_log(snakemake.log[0]):
    gather(snakemake.input, snakemake.output[0])
