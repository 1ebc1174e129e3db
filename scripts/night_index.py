"""Write the list of nights."""

from plateworks.logs import job_log
from plateworks.report.night.index import write_index

with job_log(snakemake.log[0]):
    write_index(snakemake.input, snakemake.output[0])
