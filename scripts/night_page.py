"""Write the page of a night, and its numbers."""

from plateworks.logs import job_log
from plateworks.orders.nights import NightOrder
from plateworks.records import record_of
from plateworks.report.night.page import write_night

with job_log(snakemake.log[0]):
    write_night(
        record_of(NightOrder, snakemake.params.order, "The order of this page"),
        verdicts=snakemake.input.verdicts[0],
        missing=snakemake.input.missing,
        solved=snakemake.input.solved,
        page=snakemake.output.page,
        numbers=snakemake.output.numbers,
        renew_s=snakemake.params.renew_s,
    )
