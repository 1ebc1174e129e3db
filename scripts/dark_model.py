"""Fit a model of the dark to the master darks of a setup."""

from plateworks.logs import job_log
from plateworks.orders.darkmodels import DarkModelOrder
from plateworks.products.darkmodel import make_dark_model
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(DarkModelOrder, snakemake.params.order, "The order of this model")
    make_dark_model(order, snakemake.output[0])
