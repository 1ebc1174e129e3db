"""Write the lights of a night in three colours."""

from plateworks.interop.debayered import debayer_night
from plateworks.logs import job_log
from plateworks.orders.debayering import DebayerOrder
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    debayer_night(
        record_of(DebayerOrder, snakemake.params.order, "The order of this night"),
        solved=snakemake.input.solved,
        table=snakemake.output[0],
    )
