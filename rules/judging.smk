# How good each master is: by what it tells of itself, by its predecessor and by former ones.
from plateworks.jobs.judging import Judging

JUDGING = Judging(JOBS)


rule judge_masters:
    """Judge each master of results and libraries, and put the verdict into the ledger."""
    input:
        JUDGING.files(),
    output:
        # Figures of pairs that were compared before are taken up from it.
        report(
            update("<results>/report/masters.csv"),
            caption="captions/masters.rst",
            category="Cameras",
            labels={"setup": "all", "table": "verdicts on masters"},
        ),
    log:
        "<results>/logs/judge_masters.log",
    localrule: True
    conda:
        "../envs/lights.yaml"
    params:
        order=JUDGING.order,
        told=JUDGING.told,
        algorithm=ALGORITHMS["judging"],
    script:
        "../scripts/judge_masters.py"
