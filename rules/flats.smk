# The best flat by trial: previews of the lights of a session and of every candidate flat, scores.


rule preview_flat:
    """Reduce a master flat to its preview."""
    input:
        LOOKUP.files_of_preview,
    output:
        "<results>/{preview}.fits",
    log:
        "<results>/logs/{preview}.log",
    benchmark:
        "<results>/benchmarks/{preview}.tsv"
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.flat_preview.resources,
    params:
        flat=LOOKUP.flat_of_preview,
        told=LOOKUP.told_of_preview,
        algorithm=ALGORITHMS["flatrank"],
    script:
        "../scripts/preview_flat.py"


rule preview_lights:
    """Combine the lights of a session, without dark and without stars, into one preview."""
    input:
        forcing(LOOKUP.files_of_trial),
    output:
        f"<results>/{{trial}}/{PLAN.naming.trial_light}",
    log:
        "<results>/logs/{trial}/light.log",
    benchmark:
        "<results>/benchmarks/{trial}/light.tsv"
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.light_preview.resources,
    params:
        order=LOOKUP.trial,
        told=LOOKUP.told_of_trial,
        algorithm=ALGORITHMS["flatrank"],
    script:
        "../scripts/preview_lights.py"


rule rank_flats:
    """Try every candidate flat on a session; the evenest result has the lowest score."""
    input:
        LOOKUP.previews_of_trial,
        light=f"<results>/{{trial}}/{PLAN.naming.trial_light}",
    output:
        scores="<results>/{trial}/scores.csv",
        trials=directory("<results>/{trial}/trials"),
    log:
        "<results>/logs/{trial}/scores.log",
    benchmark:
        "<results>/benchmarks/{trial}/scores.tsv"
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.ranking.resources,
    params:
        flats=LOOKUP.flats_of_trial,
        algorithm=ALGORITHMS["flatrank"],
    script:
        "../scripts/rank_flats.py"
