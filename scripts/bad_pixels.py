"""Find the bad pixels of flats."""

from plateworks.logs import job_log
from plateworks.orders.repairs import MaskOrder
from plateworks.products.cosmetics import make_bad_pixel_mask
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    make_bad_pixel_mask(
        record_of(MaskOrder, snakemake.params.order, "The order of this mask"),
        snakemake.input.flat,
        snakemake.output[0],
        threads=snakemake.threads,
        memory=snakemake.resources.combine_mb * 1e6,
    )
