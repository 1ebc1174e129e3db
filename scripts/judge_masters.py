"""Judge the masters of the results and of libraries, by those before them."""

from plateworks.logs import job_log
from plateworks.orders.judging import JudgingOrder
from plateworks.records import record_of
from plateworks.report.mastertable import write_masters

with job_log(snakemake.log[0]):
    order = record_of(JudgingOrder, snakemake.params.order, "The order of this job")
    write_masters(order, snakemake.output[0])
