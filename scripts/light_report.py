"""Write the table of all calibrated frames."""

from plateworks.logs import job_log
from plateworks.report.lighttable import write_lights

with job_log(snakemake.log[0]):
    write_lights(snakemake.input, snakemake.output[0])
