"""Plate-solve a batch of calibrated frames."""

from plateworks.logs import job_log
from plateworks.sky.solved import solve_files
from plateworks.sky.solving import SolveOptions

with job_log(snakemake.log[0]):
    pairs = zip(snakemake.input, snakemake.output, strict=True)
    options = SolveOptions(**snakemake.params.options)
    solve_files(pairs, options, compression=snakemake.params.compression)
