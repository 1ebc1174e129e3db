# Calibrated frames.  One rule is generated for each batch of lights, with every frame among its
# outputs; a single rule with wildcards serves all lights that have a job of their own.
localrules:
    light_report,


for batch in JOBS.batches:

    rule:
        """Inner step: calibrate one batch of lights."""
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
            shelf=SHELVING.folder,
        params:
            order=partial(LOOKUP.calibration, batch),
            told=partial(LOOKUP.told_of_calibration, batch),
            algorithm=ALGORITHMS["calibrate"],
        script:
            "../scripts/calibrate.py"


workflow.ruleorder(*rules_of("calibrate"))


rule light_report:
    """Inner step: say of every calibrated frame how bright its sky is, and what it warns of."""
    input:
        products_of("calibrate", "calibrated"),
    output:
        report(
            "<results>/report/calibrated.csv",
            caption="captions/calibrated.rst",
            category="Tables",
            labels={"table": "calibrated lights"},
        ),
    log:
        "<results>/logs/light_report.log",
    conda:
        "../envs/core.yaml"
    params:
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/light_report.py"
