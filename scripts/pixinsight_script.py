"""Write the script that makes all masters in PixInsight."""

import shutil
from pathlib import Path

from plateworks.interop.mastering import write_script
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    output = Path(snakemake.output[0])
    shutil.copyfile(write_script(snakemake.params.jobs, output.parent), output)
