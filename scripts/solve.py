"""Plate-solve a batch of calibrated frames."""

from plateworks.logs import job_log
from plateworks.records import record_of
from plateworks.settings.solve import SolveOptions
from plateworks.sky.solved import solve_files

with job_log(snakemake.log[0]):
    pairs = zip(snakemake.input, snakemake.output, strict=True)
    options = record_of(SolveOptions, snakemake.params.options, "The section solve")
    solve_files(pairs, options, compression=snakemake.params.compression)
