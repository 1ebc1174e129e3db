# The plan as tables and as a page: every frame, set, association, refusal, gap, and file set aside.


rule plan:
    """Write the tables of the plan, and the page that shows them."""
    output:
        frames="<results>/plan/frames.csv",
        sets="<results>/plan/sets.csv",
        associations="<results>/plan/associations.csv",
        refusals="<results>/plan/refusals.csv",
        missing="<results>/plan/missing.csv",
        rejects="<results>/plan/rejects.csv",
        page=report(
            "<results>/plan/plan.html",
            caption="captions/plan.rst",
            category="Plan",
            labels={"page": "the plan"},
        ),
    log:
        "<results>/logs/plan.log",
    localrule: True
    conda:
        "../envs/core.yaml"
    params:
        settings=PLAN.basis,
        plan=PLAN.digest,
        notes=notes_on_run,
        # No run is complete whose plan lacks files that could not be read: there is always this.
        incomplete=BEGAN_NS if PLAN.unread else None,
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/plan.py"
