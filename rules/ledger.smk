# A person's word on masters: they certify them, or take them back.
from functools import partial

from plateworks.jobs.vouching import order_of_words


rule certify:
    """Certify the masters that the key certify names, or all that are there and not doubted."""
    log:
        "<results>/logs/certify.log",
    retries: 0
    localrule: True
    conda:
        "../envs/core.yaml"
    params:
        order=partial(order_of_words, JOBS, "certified"),
    script:
        "../scripts/vouch.py"


use rule certify as withdraw with:
    """Take back the masters that the key withdraw names: they serve nobody any more."""
    log:
        "<results>/logs/withdraw.log",
    params:
        order=partial(order_of_words, JOBS, "withdrawn"),
