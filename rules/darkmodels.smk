# Models of the dark, and the darks of exposures and temperatures that are made of them.


rule dark_model:
    """Fit pattern, rate and doubling to the master darks of a setup, and test them by these."""
    input:
        forcing(LOOKUP.files_of_dark_model),
    output:
        "<results>/{model}",
    log:
        "<results>/logs/{model}.log",
    benchmark:
        "<results>/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=PLAN.naming.dark_model_pattern(),
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.dark_model.resources,
    params:
        order=LOOKUP.dark_model,
        told=LOOKUP.told_of_dark_model,
        algorithm=ALGORITHMS["darkmodel"],
    script:
        "../scripts/dark_model.py"


rule modelled_dark:
    """Make the dark of one exposure and temperature of a model."""
    input:
        forcing(LOOKUP.model_of_dark),
    output:
        "<results>/{modelled}",
    log:
        "<results>/logs/{modelled}.log",
    benchmark:
        "<results>/benchmarks/{modelled}.tsv"
    wildcard_constraints:
        modelled=PLAN.naming.modelled_dark_pattern(),
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.modelled_dark.resources,
    params:
        order=LOOKUP.modelled_dark,
        told=LOOKUP.told_of_modelled_dark,
        algorithm=ALGORITHMS["darkmodel"],
    script:
        "../scripts/modelled_dark.py"
