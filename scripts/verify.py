"""Prove the products of a run."""

from plateworks.logs import job_log
from plateworks.orders.proofs import ProofOrder
from plateworks.products.proving import prove
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(ProofOrder, snakemake.params.order, "The list of products")
    prove(order, snakemake.params.table)
