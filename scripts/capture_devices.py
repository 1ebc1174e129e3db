"""List the devices in the network, and write a configuration to start from."""

from plateworks.camera.discovery import list_devices
from plateworks.logs import job_log

with job_log(snakemake.log[0]):
    list_devices(snakemake.params.address, snakemake.params.configuration)
