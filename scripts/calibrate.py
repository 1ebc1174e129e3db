"""Calibrate a batch of lights."""

from plateworks.logs import job_log
from plateworks.products.calibrated import calibrate_frames

with job_log(snakemake.log[0]):
    calibrate_frames(
        snakemake.params.frames,
        options=snakemake.params.options,
        cosmics=snakemake.params.cosmics,
        repair=snakemake.params.repair,
        threads=snakemake.threads,
    )
