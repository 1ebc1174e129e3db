# The best flat by trial: previews of the lights of a session and of every candidate flat, scores.


rule preview_flat:
    """Reduce a master flat to its preview."""
    input:
        flat_of_preview,
    output:
        "<results>/flats/{setup}/{name}.fits",
    log:
        "<results>/logs/flats/{setup}/{name}.log",
    wildcard_constraints:
        name="preview_[^/]+",
    conda:
        "../envs/core.yaml"
    resources:
        mem_mb=partial(memory, demand_of_trial),
        disk_mb=partial(disk, demand_of_trial),
        runtime=partial(minutes, demand_of_trial),
    params:
        algorithm=ALGORITHMS["flatrank"],
    script:
        "../scripts/preview_flat.py"


rule preview_lights:
    """Combine the lights of a session, without dark and without stars, into one preview."""
    input:
        files_of_trial,
    output:
        "<results>/flats/{setup}/{trial}/light.fits",
    log:
        "<results>/logs/flats/{setup}/{trial}/light.log",
    conda:
        "../envs/core.yaml"
    resources:
        mem_mb=partial(memory, demand_of_trial),
        disk_mb=partial(disk, demand_of_trial),
        runtime=partial(minutes, demand_of_trial),
    params:
        frames=trial_job,
        repair=SETTINGS["cosmetic"]["method"],
        algorithm=ALGORITHMS["flatrank"],
    script:
        "../scripts/preview_lights.py"


rule rank_flats:
    """Try every candidate flat on a session; the evenest result has the lowest score."""
    input:
        previews_of_trial,
        light="<results>/flats/{setup}/{trial}/light.fits",
    output:
        scores="<results>/flats/{setup}/{trial}/scores.csv",
        trials=directory("<results>/flats/{setup}/{trial}/trials"),
    log:
        "<results>/logs/flats/{setup}/{trial}/scores.log",
    conda:
        "../envs/core.yaml"
    resources:
        mem_mb=partial(memory, demand_of_trial),
        disk_mb=partial(disk, demand_of_trial),
        runtime=partial(minutes, demand_of_trial),
    params:
        flats=flats_of_trial,
        algorithm=ALGORITHMS["flatrank"],
    script:
        "../scripts/rank_flats.py"
