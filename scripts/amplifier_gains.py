"""Measure the gains of the amplifiers of a setup by pairs of frames."""

from plateworks.logs import job_log
from plateworks.orders.amplifiergains import GainsOrder
from plateworks.products.gainmeasuring import measure_gains
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(GainsOrder, snakemake.params.order, "The order of these gains")
    measure_gains(order, snakemake.output[0])
