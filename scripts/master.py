"""Combine one master frame."""

from plateworks.files import durably
from plateworks.logs import job_log
from plateworks.orders.masters import MasterOrder
from plateworks.products.sharing import provide_master
from plateworks.records import record_of

with job_log(snakemake.log[0]), durably(snakemake.resources.durable):
    provide_master(
        record_of(MasterOrder, snakemake.params.order, "The order of this master"),
        snakemake.output[0],
        threads=snakemake.threads,
        memory=snakemake.resources.combine_mb * 1e6,
        share=snakemake.params.share,
    )
