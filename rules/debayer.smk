# Lights of colour cameras in three planes, for who wants no mosaic.
from plateworks.jobs.debayering import Debayering


localrules:
    debayered,


DEBAYERING = Debayering(NIGHTS, SETTINGS)


rule debayer:
    """Inner step: write the lights of a night in three colours."""
    input:
        solved=NIGHTS.solved,
    output:
        "<results>/debayered/{session}.csv",
    log:
        "<results>/logs/debayer/{session}.log",
    wildcard_constraints:
        session=NIGHTS.pattern(),
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.of(DEBAYERING.demand).resources,
    params:
        order=DEBAYERING.order,
        algorithm=ALGORITHMS["debayer"],
    script:
        "../scripts/debayer.py"


rule debayered:
    """The lights of all nights in three colours, by the way that the setting `debayer` names."""
    input:
        DEBAYERING.tables(),
