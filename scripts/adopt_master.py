"""Make a master of PixInsight's image."""

from plateworks.files import durably
from plateworks.interop.mastering import adopt
from plateworks.logs import job_log
from plateworks.orders.masters import MasterOrder
from plateworks.records import record_of

with job_log(snakemake.log[0]), durably(snakemake.resources.durable):
    order = record_of(MasterOrder, snakemake.params.order, "The order of this master")
    adopt(order, snakemake.input.image, snakemake.output[0])
