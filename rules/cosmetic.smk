# Pixels to repair: hot-pixel lists from master darks, bad-pixel masks from flats.


rule cosmetic_list:
    """List the hot (and cold) pixels of a master dark."""
    input:
        dark_of_list,
    output:
        "<results>/cosmetic/{setup}/{name}.lst",
    log:
        "<results>/logs/cosmetic/{setup}/{name}.log",
    benchmark:
        "<results>/benchmarks/cosmetic/{setup}/{name}.tsv"
    wildcard_constraints:
        name="cosme_[^/]+",
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
        flat="<results>/masters/{setup}/{flat}.fits",
    output:
        "<results>/cosmetic/{setup}/badpix_{flat}.fits",
    log:
        "<results>/logs/cosmetic/{setup}/badpix_{flat}.log",
    benchmark:
        "<results>/benchmarks/cosmetic/{setup}/badpix_{flat}.tsv"
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
