# Products proved: what they say of their making, compared with what the files hold now.
from plateworks.jobs.proofs import order_of_proofs


def proofs(wildcards):
    return order_of_proofs(JOBS)


rule verify:
    """Prove the products that are there, from the raw frames on; fail if a link is broken."""
    log:
        "<results>/logs/verify.log",
    retries: 0
    localrule: True
    conda:
        "../envs/core.yaml"
    params:
        order=proofs,
        table=f"{SETTINGS.results}/report/verify.csv",
    script:
        "../scripts/verify.py"
