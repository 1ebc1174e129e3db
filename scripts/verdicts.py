"""Write the verdicts on the lights of a night."""

from plateworks.logs import job_log
from plateworks.report.nighttables import write_verdicts

with job_log(snakemake.log[0]):
    write_verdicts(snakemake.input.measures[0], snakemake.input.earlier, snakemake.output[0])
