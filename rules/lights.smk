# How good each light is: what a night measures, by its frames alone; verdicts, by these measures and
# by those of earlier nights; and the verdicts of all nights that are selected.
from plateworks.jobs.nights import Nights


localrules:
    measures,
    verdicts,
    lights,


NIGHTS = Nights(JOBS, products_of("solve", "solved"))


rule measures:
    """Compare the lights of a night: what comes through, how wide and how round stars are."""
    input:
        NIGHTS.solved,
    output:
        "<results>/report/measures/{session}.csv",
    log:
        "<results>/logs/measures/{session}.log",
    wildcard_constraints:
        session=NIGHTS.pattern(),
    priority: 2
    conda:
        "../envs/lights.yaml"
    params:
        algorithm=ALGORITHMS["lights"],
    script:
        "../scripts/measures.py"


rule verdicts:
    """Say of each light of a night whether it needs a look, with the cause and the limits."""
    input:
        measures=rules.measures.output,
        earlier=NIGHTS.earlier,
    output:
        "<results>/report/lights/{session}.csv",
    log:
        "<results>/logs/verdicts/{session}.log",
    wildcard_constraints:
        session=NIGHTS.pattern(),
    priority: 2
    conda:
        "../envs/lights.yaml"
    params:
        algorithm=ALGORITHMS["lights"],
    script:
        "../scripts/verdicts.py"


rule lights:
    """Inner step: the verdicts on all lights that are selected, in one table."""
    input:
        NIGHTS.verdicts(),
    output:
        report(
            "<results>/report/lights.csv",
            caption="captions/lights.rst",
            category="Tables",
            labels={"table": "verdicts on lights"},
        ),
    log:
        "<results>/logs/lights.log",
    conda:
        "../envs/lights.yaml"
    params:
        algorithm=ALGORITHMS["lights"],
    script:
        "../scripts/lights.py"
