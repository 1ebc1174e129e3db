"""Write the table of all calibration frames that were captured in a night."""

from plateworks.camera.sequence import collect
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    collect(snakemake.input, snakemake.output[0])
