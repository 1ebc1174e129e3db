"""Take the frames of one capture target."""

from plateworks.camera.sequence import carry_out
from plateworks.logs import job_log
from plateworks.orders.capture import CaptureOrder
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    order = record_of(CaptureOrder, snakemake.params.order, "The order of this target")
    table = snakemake.input[0] if snakemake.input else None
    carry_out(order, snakemake.output[0], table)
