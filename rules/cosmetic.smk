# Pixels to repair: hot-pixel lists from master darks, bad-pixel masks from flats.


rule cosmetic_list:
    """List the hot (and cold) pixels of a master dark."""
    input:
        dark_of_list,
    output:
        "<results>/{cosmetic}",
    log:
        "<results>/logs/{cosmetic}.log",
    benchmark:
        "<results>/benchmarks/{cosmetic}.tsv"
    conda:
        "../envs/core.yaml"
    resources:
        mem_mb=partial(memory, demand_of_list),
        disk_mb=partial(disk, demand_of_list),
        runtime=partial(minutes, demand_of_list),
    params:
        options=SETTINGS["cosmetic"],
        algorithm=ALGORITHMS["cosmetic"],
    script:
        "../scripts/cosmetic_list.py"


rule bad_pixels:
    """Find bad pixels in flats: in the ratio of two levels, or in the master flat."""
    input:
        files_of_mask,
        flat=flat_of_mask,
    output:
        "<results>/{badpix}",
    log:
        "<results>/logs/{badpix}.log",
    benchmark:
        "<results>/benchmarks/{badpix}.tsv"
    conda:
        "../envs/core.yaml"
    threads: partial(cores, demand_of_mask)
    resources:
        mem_mb=partial(memory, demand_of_mask),
        disk_mb=partial(disk, demand_of_mask),
        runtime=partial(minutes, demand_of_mask),
    params:
        job=mask_job,
        algorithm=ALGORITHMS["badpixels"],
    script:
        "../scripts/bad_pixels.py"
