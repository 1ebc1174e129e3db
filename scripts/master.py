"""Combine one master frame."""

from plateworks.logs import job_log
from plateworks.products.masters import make_master

with job_log(snakemake.log[0]):
    make_master(snakemake.params.job, snakemake.output[0], snakemake.threads)
