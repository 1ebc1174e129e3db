# Products proved: what they say of their making, compared with what the files hold now, and with what
# is made of them again.
import os
from functools import partial

from plateworks.jobs.proofs import order_of_proofs
from plateworks.jobs.remaking import order_of_remaking


rule verify:
    """Prove the products that are there, from the raw frames on; fail if a link is broken."""
    log:
        "<results>/logs/verify.log",
    retries: 0
    localrule: True
    conda:
        "../envs/verify.yaml"
    threads: workflow.cores
    resources:
        index_dirs=os.pathsep.join(SETTINGS.solve.index_dirs),
        catalogue=SETTINGS.solve.catalogue or "",
    params:
        order=partial(order_of_proofs, JOBS),
        again=(
            partial(order_of_remaking, LOOKUP, REOPENING.search)
            if SETTINGS.verify == "remake"
            else None
        ),
        table=f"{SETTINGS.results}/report/verify.csv",
        remade=f"{SETTINGS.results}/report/remade.csv",
    script:
        "../scripts/verify.py"
