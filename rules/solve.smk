# Plate-solved frames, in the same batches as calibrated ones, and the table of how they solved.
import os

from plateworks.sky.reopening import Reopening


localrules:
    solve_report,


with ending_in_words("Plateworks cannot start."):
    REOPENING = Reopening(SETTINGS.solve, SETTINGS.results)


for batch in JOBS.batches:

    rule:
        """Inner step: plate-solve one batch of calibrated frames."""
        name:
            f"solve_{batch.name}"
        input:
            calibrated_of(batch),
            beside=calibrated_beside(batch),
        output:
            # Frames that are solved stay, while others of their batch are searched for again.
            (update if REOPENING.reopens(JOBS.products(batch, "solved")) else list)(
                JOBS.products(batch, "solved")
            ),
        log:
            f"<results>/logs/solve/{batch.stem('solved')}.log",
        benchmark:
            f"<results>/benchmarks/solve/{batch.stem('solved')}.tsv"
        # Both stages go on together, so that it is known early how long either takes.
        priority: 1
        conda:
            "../envs/solve.yaml"
        threads: REQUESTS.solving(batch).threads
        resources:
            **REQUESTS.solving(batch).resources,
            durable=int(SETTINGS.calibrate.durable),
            shelf=SHELVING.folder,
            index_dirs=os.pathsep.join(SETTINGS.solve.index_dirs),
            catalogue=SETTINGS.solve.catalogue or "",
            flawed=REOPENING.flawed,
        params:
            order=partial(LOOKUP.solving, batch),
            beside=partial(LOOKUP.told_beside, batch),
            searched=partial(LOOKUP.of_solved, REOPENING.search, batch),
            note=partial(LOOKUP.of_solved, REOPENING.note, batch),
            algorithm=ALGORITHMS["solve"],
        script:
            "../scripts/solve.py"


workflow.ruleorder(*rules_of("solve"))


rule solve_report:
    """Inner step: say of every frame whether it solved, where it points, how well, and else why not."""
    input:
        products_of("solve", "solved"),
    output:
        report(
            "<results>/report/solved.csv",
            caption="captions/solved.rst",
            category="Tables",
            labels={"table": "plate solutions"},
        ),
    log:
        "<results>/logs/solve_report.log",
    conda:
        "../envs/core.yaml"
    params:
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/solve_report.py"
