"""Write the table of how all frames solved."""

from plateworks.logs import job_log
from plateworks.report.solvetable import write_report

with job_log(snakemake.log[0]):
    write_report(snakemake.input, snakemake.output[0])
