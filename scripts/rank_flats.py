"""Try every candidate flat on a session."""

from plateworks.logs import job_log
from plateworks.products.flattrial import rank_flats

with job_log(snakemake.log[0]):
    rank_flats(
        snakemake.input.light,
        snakemake.params.flats,
        snakemake.output.scores,
        snakemake.output.trials,
    )
