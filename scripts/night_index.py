"""Write the list of nights and cameras."""

from plateworks.logs import job_log
from plateworks.report.night.index import write_index

with job_log(snakemake.log[0]):
    write_index(snakemake.input.nights, snakemake.input.cameras, snakemake.output[0])
