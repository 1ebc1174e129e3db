"""Write the defects of a setup with dates, and the list of those that last."""

from plateworks.logs import job_log
from plateworks.orders.defects import DefectsOrder
from plateworks.records import record_of
from plateworks.report.defecttable import write_defects

with job_log(snakemake.log[0]):
    order = record_of(DefectsOrder, snakemake.params.order, "The order of this table of defects")
    write_defects(order, snakemake.output.table, snakemake.output.lasting)
