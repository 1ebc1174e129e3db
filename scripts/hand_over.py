"""Hand the lights of a night over to a program that stacks them."""

from plateworks.interop.handover import hand_over
from plateworks.logs import job_log
from plateworks.orders.handover import HandoverOrder
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    hand_over(
        record_of(HandoverOrder, snakemake.params.order, "The order of this night"),
        solved=snakemake.input.solved,
        verdicts=snakemake.input.verdicts[0],
        table=snakemake.output[0],
        program=snakemake.wildcards.program,
    )
