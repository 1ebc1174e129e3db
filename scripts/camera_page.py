"""Write the page of a camera, and its numbers."""

from plateworks.logs import job_log
from plateworks.orders.camerapages import CameraOrder
from plateworks.records import record_of
from plateworks.report.camera.page import write_camera

with job_log(snakemake.log[0]):
    write_camera(
        record_of(CameraOrder, snakemake.params.order, "The order of this page"),
        nights=snakemake.input.nights,
        changes=snakemake.input.changes,
        expiry=snakemake.input.expiry,
        verdicts=snakemake.input.verdicts[0],
        defects=next(iter(snakemake.input.defects), None),
        page=snakemake.output.page,
        numbers=snakemake.output.numbers,
    )
