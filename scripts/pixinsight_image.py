"""Let PixInsight make one master."""

from plateworks.interop.mastering import integrate
from plateworks.logs import job_log
from plateworks.orders.integration import IntegrationOrder, ProgramOrder
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    integrate(
        record_of(IntegrationOrder, snakemake.params.order, "The order of this image"),
        record_of(ProgramOrder, snakemake.params.program, "What is said of PixInsight"),
        snakemake.params.logs,
    )
