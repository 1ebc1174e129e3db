"""Take the frames of one capture target."""

from plateworks.camera.sequence import Order, carry_out
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    source = snakemake.input[0] if snakemake.input else None
    order = Order(**snakemake.params.order, source=source)
    carry_out(order, snakemake.output[0])
