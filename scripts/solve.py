"""Plate-solve a batch of calibrated frames."""

from plateworks.files import durably
from plateworks.logs import job_log
from plateworks.orders.solving import SolveOrder
from plateworks.records import record_of
from plateworks.shelf import Shelf
from plateworks.sky.reopening import note_search, noted_search, refuse_other_flaws
from plateworks.sky.solved import solve_files

with job_log(snakemake.log[0]), durably(snakemake.resources.durable):
    order = record_of(SolveOrder, snakemake.params.order, "The order of these frames")
    order = order.located(snakemake.resources.index_dirs, snakemake.resources.catalogue)
    calibrated = snakemake.input[: len(snakemake.output)]
    pairs = zip(calibrated, snakemake.output, strict=True)
    refuse_other_flaws(order.options, snakemake.resources.flawed)
    note, searched = snakemake.params.note, snakemake.params.searched
    anew = noted_search(note) not in ("", searched)
    shelf = Shelf(snakemake.resources.shelf)
    solve_files(order, pairs, shelf, searched, anew, snakemake.threads)
    note_search(note, searched)
