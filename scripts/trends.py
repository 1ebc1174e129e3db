"""Write the trends of a setup, its changes, and until when its masters serve."""

from plateworks.logs import job_log
from plateworks.orders.trends import TrendOrder
from plateworks.quality.expiry import expiries_of
from plateworks.records import record_of
from plateworks.report.trendsources import follow
from plateworks.report.trendtable import write_changes, write_expiries, write_nights

with job_log(snakemake.log[0]):
    order = record_of(TrendOrder, snakemake.params.order, "The order of these trends")
    told, courses = follow(order, snakemake.params.memory)
    write_nights(courses, snakemake.output.nights)
    write_changes(courses, snakemake.output.changes)
    write_expiries(expiries_of(order, told, courses), snakemake.output.expiry)
