# When each pixel of a setup was first and last seen to be bad, over all nights and libraries.
from plateworks.jobs.defects import DefectTables


localrules:
    defects,
    defect_dates,


DEFECTS = DefectTables(JOBS)


rule defects:
    """The defects of every setup with dates, and lists of those that last."""
    input:
        DEFECTS.tables(),


rule defect_dates:
    """Follow the defects of a setup over its nights, by darks, their lists and masks of flats."""
    input:
        DEFECTS.files,
    output:
        table=report(
            "<results>/report/defects_{setup}.csv",
            caption="captions/defects.rst",
            category="Cameras",
            labels={"setup": "{setup}", "table": "defects"},
        ),
        lasting="<results>/report/defects_{setup}.lst",
    log:
        "<results>/logs/defects_{setup}.log",
    wildcard_constraints:
        setup=DEFECTS.pattern(),
    conda:
        "../envs/lights.yaml"
    params:
        order=DEFECTS.order,
        told=DEFECTS.told,
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/defects.py"
