"""Prove the products of a run, and make some of them again if that is asked for."""

from plateworks.logs import job_log
from plateworks.orders.proofs import ProofOrder
from plateworks.orders.remaking import RemakingOrder
from plateworks.products.proving import prove
from plateworks.records import record_of
from plateworks.sky.remaking import remake

with job_log(snakemake.log[0]):
    order = record_of(ProofOrder, snakemake.params.order, "The list of products")
    prove(order, snakemake.params.table, snakemake.threads)
    if snakemake.params.again is not None:
        again = record_of(RemakingOrder, snakemake.params.again, "The order of what is made again")
        resources = snakemake.resources
        again = again.located(resources.index_dirs, resources.catalogue)
        remake(again, snakemake.params.remade)
