"""Combine the lights of a session into one preview."""

from plateworks.logs import job_log
from plateworks.orders.trials import TrialOrder
from plateworks.products.flattrial import preview_lights
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(TrialOrder, snakemake.params.order, "The order of this trial")
    preview_lights(order, snakemake.output[0])
