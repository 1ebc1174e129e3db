"""Make a dark of a model."""

from plateworks.logs import job_log
from plateworks.orders.darkmodels import ModelledDarkOrder
from plateworks.products.modelleddark import make_modelled_dark
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(ModelledDarkOrder, snakemake.params.order, "The order of this dark")
    make_modelled_dark(order, snakemake.output[0])
