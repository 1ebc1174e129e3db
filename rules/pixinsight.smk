# Master frames made by PixInsight, in place of rules/masters.smk.
from plateworks.jobs.lookup import IntegrationLookup
from plateworks.jobs.pixinsight import Integration

INTEGRATION = Integration(JOBS)
IMAGES = IntegrationLookup(INTEGRATION)


rule pixinsight_image:
    """Let PixInsight calibrate and integrate the frames of one set."""
    input:
        IMAGES.files,
    output:
        "<results>/pixinsight/{image}.xisf",
    log:
        "<results>/logs/pixinsight/{image}.log",
    benchmark:
        "<results>/benchmarks/pixinsight/{image}.tsv"
    wildcard_constraints:
        image=INTEGRATION.pattern(),
    conda:
        "../envs/core.yaml"
    threads: workflow.cores or SETTINGS.threads_per_job  # two at a time would share one instance
    resources:
        **REQUESTS.integration.resources,
    params:
        order=IMAGES.order,
        told=IMAGES.told,
        program=IMAGES.program(),
        logs=INTEGRATION.scripts,
    script:
        "../scripts/pixinsight_image.py"


rule pixinsight_script:
    """Write one script that makes all masters in PixInsight, and run nothing."""
    output:
        f"{INTEGRATION.scripts}/calibrate_masters.js",
    log:
        "<results>/logs/pixinsight_script.log",
    localrule: True
    conda:
        "../envs/core.yaml"
    params:
        orders=IMAGES.all_orders(),
        told=IMAGES.all_told,
    script:
        "../scripts/pixinsight_script.py"


rule master_bias:
    """Make a master bias of PixInsight's image: in ADU, with the cards of a master."""
    input:
        forcing(IMAGES.files_of_adoption),
        image=IMAGES.image_of_master,
    output:
        "<results>/{master}",
    log:
        "<results>/logs/{master}.log",
    benchmark:
        "<results>/benchmarks/{master}.tsv"
    wildcard_constraints:
        master=JOBS.masters_to_make("bias"),
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.adoption.resources,
        durable=int(SETTINGS.masters.durable),
    params:
        order=IMAGES.adoption,
        told=IMAGES.told_of_adoption,
        algorithm=ALGORITHMS["combine"],
    script:
        "../scripts/adopt_master.py"


use rule master_bias as master_dark with:
    """Make a master dark or flat-dark of PixInsight's image: in ADU, with its cards."""
    wildcard_constraints:
        master=JOBS.masters_to_make("dark", "darkflat"),


use rule master_bias as master_flat with:
    """Make a master flat of PixInsight's image: in ADU, with its cards."""
    wildcard_constraints:
        master=JOBS.masters_to_make("flat"),
