"""Write what the lights of a night measure."""

from plateworks.logs import job_log
from plateworks.report.nighttables import write_measures

with job_log(snakemake.log[0]):
    write_measures(snakemake.input, snakemake.wildcards.session, snakemake.output[0])
