# Calibrated frames.  One rule is generated for each batch of lights, with every frame among its
# outputs; with frames_per_job: 1 a single rule with wildcards takes their place.
localrules:
    light_report,


for batch in JOBS.batches:

    rule:
        """Calibrate one batch of lights."""
        name:
            f"calibrate_{batch.name}"
        input:
            forcing(partial(LOOKUP.files_of_calibration, batch)),
        output:
            JOBS.products(batch, "calibrated"),
        log:
            f"<results>/logs/calibrate/{batch.stem('calibrated')}.log",
        benchmark:
            f"<results>/benchmarks/calibrate/{batch.stem('calibrated')}.tsv"
        conda:
            "../envs/core.yaml"
        threads: REQUESTS.calibration(batch).threads
        resources:
            **REQUESTS.calibration(batch).resources,
            durable=int(SETTINGS.calibrate.durable),
        params:
            order=partial(LOOKUP.calibration, batch),
            told=partial(LOOKUP.told_of_calibration, batch),
            algorithm=ALGORITHMS["calibrate"],
        script:
            "../scripts/calibrate.py"


rule light_report:
    """Say of every calibrated frame how bright its sky is, and what it warns of."""
    input:
        products_of("calibrate", JOBS.calibrated_files()),
    output:
        "<results>/report/calibrated.csv",
    log:
        "<results>/logs/light_report.log",
    conda:
        "../envs/core.yaml"
    params:
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/light_report.py"
