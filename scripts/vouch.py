"""Write a person's word on masters into a ledger."""

from plateworks.logs import job_log
from plateworks.orders.words import WordOrder
from plateworks.printable import tell
from plateworks.products.vouching import vouch
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    said = vouch(record_of(WordOrder, snakemake.params.order, "What is to be said of masters"))
    if said:
        tell(said)
