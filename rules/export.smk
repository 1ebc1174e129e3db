# Lights handed over to those who stack: links, by the verdicts, as other programs read them.
from plateworks.jobs.handover import Handover


localrules:
    hand_over,
    export,


HANDOVER = Handover(NIGHTS)


rule hand_over:
    """Hand the lights of a night over to a program that stacks them."""
    input:
        solved=NIGHTS.solved,
        verdicts=rules.verdicts.output,
    output:
        "<results>/export/{program}/{session}.csv",
    log:
        "<results>/logs/export/{program}_{session}.log",
    wildcard_constraints:
        program="siril|pixinsight",
        session=NIGHTS.pattern(),
    conda:
        "../envs/core.yaml"
    params:
        order=HANDOVER.order,
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/hand_over.py"


rule export:
    """The lights of all nights, handed over to the programs that the setting `export` names."""
    input:
        JOBS.handed_over().values(),
