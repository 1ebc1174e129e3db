"""Write the tables and the page of the plan."""

from pathlib import Path

from plateworks.logs import job_log
from plateworks.planning.run import plan_run
from plateworks.report.planpage import write_page
from plateworks.report.plantables import write_tables
from plateworks.settings.reading import read_section
from plateworks.settings.settings import Settings

with job_log(snakemake.log[0]):
    plan = plan_run(read_section(Settings, snakemake.params.settings), rescan=False)
    write_tables(plan, Path(snakemake.output.frames).parent)
    write_page(plan, snakemake.output.page, snakemake.params.notes)
