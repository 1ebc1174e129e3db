# Master bias, dark, flat-dark and flat frames.


rule master_bias:
    """Combine the bias frames of one set."""
    input:
        forcing(LOOKUP.files_of_master),
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
    threads: REQUESTS.master.threads
    resources:
        **REQUESTS.master.resources,
        combine_mb=REQUESTS.combine_mb,
        durable=int(SETTINGS.masters.durable),
    params:
        order=LOOKUP.master,
        told=LOOKUP.told_of_master,
        share=SETTINGS.masters.share,
        algorithm=ALGORITHMS["combine"],
    script:
        "../scripts/master.py"


use rule master_bias as master_dark with:
    """Combine the dark frames, or the flat-darks, of one set."""
    wildcard_constraints:
        master=JOBS.masters_to_make("dark", "darkflat"),


use rule master_bias as master_flat with:
    """Calibrate, level and combine the flat frames of one set."""
    wildcard_constraints:
        master=JOBS.masters_to_make("flat"),
