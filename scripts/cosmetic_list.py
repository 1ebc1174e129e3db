"""List the hot pixels of a master dark."""

from plateworks.logs import job_log
from plateworks.orders.repairs import ListOrder
from plateworks.products.cosmetics import make_cosmetic_list
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(ListOrder, snakemake.params.order, "The order of this list")
    dark, told = str(snakemake.params.dark), snakemake.params.told
    make_cosmetic_list(order, dark, snakemake.output[0], told)
