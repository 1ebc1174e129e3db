# Master bias, dark, flat-dark and flat frames.


rule master_bias:
    """Combine the bias frames of one set."""
    input:
        files_of_master,
    output:
        "<results>/masters/{setup}/{name}.fits",
    log:
        "<results>/logs/masters/{setup}/{name}.log",
    benchmark:
        "<results>/benchmarks/masters/{setup}/{name}.tsv"
    wildcard_constraints:
        name="bias[^/]*",
    conda:
        "../envs/core.yaml"
    resources:
        mem_mb=memory_of_master,
    params:
        job=master_job,
        algorithm=ALGORITHMS["combine"],
    script:
        "../scripts/master.py"


use rule master_bias as master_dark with:
    wildcard_constraints:
        name="dark(flat)?_[^/]+",


use rule master_bias as master_flat with:
    wildcard_constraints:
        name="flat_[^/]+",
