# The plan as tables: every frame, set, association, refusal, and every file set aside.
localrules:
    plan,


rule plan:
    """Write the tables of the plan."""
    output:
        frames="<results>/plan/frames.csv",
        sets="<results>/plan/sets.csv",
        associations="<results>/plan/associations.csv",
        refusals="<results>/plan/refusals.csv",
        rejects="<results>/plan/rejects.csv",
    log:
        "<results>/logs/plan.log",
    conda:
        "../envs/core.yaml"
    params:
        settings=SETTINGS,
        plan=PLAN.digest,
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/plan.py"
