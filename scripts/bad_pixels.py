"""Find the bad pixels of flats."""

from plateworks.logs import job_log
from plateworks.products.cosmetics import make_bad_pixel_mask

with job_log(snakemake.log[0]):
    make_bad_pixel_mask(
        snakemake.params.job,
        snakemake.input.flat,
        snakemake.output[0],
        threads=snakemake.threads,
        memory=snakemake.resources.combine_mb * 1e6,
    )
