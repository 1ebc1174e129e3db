"""Calibrate a batch of lights."""

from plateworks.files import durably
from plateworks.logs import job_log
from plateworks.orders.lights import CalibrationOrder
from plateworks.products.calibrated import calibrate_frames
from plateworks.records import record_of
from plateworks.shelf import Shelf

with job_log(snakemake.log[0]), durably(snakemake.resources.durable):
    order = record_of(CalibrationOrder, snakemake.params.order, "The order of these lights")
    calibrate_frames(order, snakemake.threads, Shelf(snakemake.resources.shelf))
