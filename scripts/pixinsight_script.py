"""Write the script that makes all masters in PixInsight."""

import shutil
from pathlib import Path

from plateworks.interop.mastering import write_script
from plateworks.logs import job_log
from plateworks.orders.integration import IntegrationOrder
from plateworks.records import record_of

with job_log(snakemake.log[0]):
    output = Path(snakemake.output[0])
    orders = [
        record_of(IntegrationOrder, order, "The order of an image")
        for order in snakemake.params.orders
    ]
    shutil.copyfile(write_script(orders, output.parent), output)
