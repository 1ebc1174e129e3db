"""Take the frames of one capture target."""

from plateworks.camera.sequence import Order, carry_out
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    order = Order(
        target=snakemake.params.target,
        night=snakemake.params.night,
        capture=snakemake.params.capture,
        site=snakemake.params.site,
        source=snakemake.input[0] if snakemake.input else None,
    )
    carry_out(order, snakemake.output[0])
