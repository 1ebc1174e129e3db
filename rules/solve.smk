# Plate-solved frames, in the same batches as calibrated ones, and the table of how they solved.
localrules:
    solve_report,


for batch in JOBS.batches:

    rule:
        """Plate-solve one batch of calibrated frames."""
        name:
            f"solve_{batch.name}"
        input:
            calibrated_of(batch),
        output:
            JOBS.products(batch, "solved"),
        log:
            f"<results>/logs/solve/{batch.stem('solved')}.log",
        benchmark:
            f"<results>/benchmarks/solve/{batch.stem('solved')}.tsv"
        conda:
            "../envs/solve.yaml"
        resources:
            **REQUESTS.solving(batch).resources,
            durable=int(SETTINGS.calibrate.durable),
        params:
            order=partial(LOOKUP.solving, batch),
            algorithm=ALGORITHMS["solve"],
        script:
            "../scripts/solve.py"


rule solve_report:
    """Say of every frame whether it solved, where it points, how well, and else why not."""
    input:
        products_of("solve", JOBS.solved_files()),
    output:
        "<results>/report/solved.csv",
    log:
        "<results>/logs/solve_report.log",
    conda:
        "../envs/core.yaml"
    params:
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/solve_report.py"
