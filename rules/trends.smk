# Each setup over all nights and libraries: what its masters and lights measured, and its changes.
from plateworks.jobs.trends import TrendTables


localrules:
    trends,
    setup_trends,


TRENDS = TrendTables(JOBS, NIGHTS, DEFECTS)


rule trends:
    """The trends of every setup, and how long its masters serve."""
    input:
        TRENDS.tables(),


rule setup_trends:
    """Follow a setup over its nights, by the headers of masters, its lights and its defects."""
    input:
        TRENDS.files,
    output:
        nights="<results>/report/cameras/{setup}.csv",
        changes="<results>/report/cameras/{setup}_changes.csv",
        expiry="<results>/report/cameras/{setup}_expiry.csv",
    log:
        "<results>/logs/trends/{setup}.log",
    wildcard_constraints:
        setup=TRENDS.pattern(),
    conda:
        "../envs/lights.yaml"
    params:
        order=TRENDS.order,
        told=TRENDS.told,
        memory=TRENDS.memory,
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/trends.py"
