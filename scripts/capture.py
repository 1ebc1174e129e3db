"""Take the frames of one capture target."""

from plateworks.camera.sequence import Order, carry_out
from plateworks.logs import job_log
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    source = snakemake.input[0] if snakemake.input else None
    told = {**snakemake.params.order, "source": source}
    carry_out(record_of(Order, told, "The order of this target"), snakemake.output[0])
