"""Combine the lights of a session into one preview."""

from plateworks.logs import job_log
from plateworks.products.flattrial import preview_lights

with job_log(snakemake.log[0]):
    preview_lights(snakemake.params.frames, snakemake.params.repair, snakemake.output[0])
