"""Write what the masters of each setup and night measured of the camera."""

from plateworks.logs import job_log
from plateworks.report.cameratable import write_cameras

with job_log(snakemake.log[0]):
    params = snakemake.params
    write_cameras(snakemake.input, params.origins, snakemake.output[0], params.profiles)
