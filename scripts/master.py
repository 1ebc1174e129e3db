"""Combine one master frame."""

from plateworks.logs import job_log
from plateworks.products.sharing import provide_master

with job_log(snakemake.log[0]):
    provide_master(
        snakemake.params.job,
        snakemake.output[0],
        threads=snakemake.threads,
        memory=snakemake.resources.combine_mb * 1e6,
        share=snakemake.params.share,
    )
