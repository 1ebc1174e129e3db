# Products proved: what they say of their making, compared with what the files hold now.
from functools import partial

from plateworks.jobs.proofs import order_of_proofs


rule verify:
    """Prove the products that are there, from the raw frames on; fail if a link is broken."""
    log:
        "<results>/logs/verify.log",
    retries: 0
    localrule: True
    conda:
        "../envs/core.yaml"
    params:
        order=partial(order_of_proofs, JOBS),
        table=f"{SETTINGS.results}/report/verify.csv",
    script:
        "../scripts/verify.py"
