# Pixels to repair: hot-pixel lists from master darks, bad-pixel masks from flats.


rule cosmetic_list:
    """List the hot (and cold) pixels of a master dark."""
    input:
        dark_of_list,
    output:
        "<results>/cosmetic/{setup}/{name}.lst",
    wildcard_constraints:
        name="cosme_[^/]+",
    params:
        options=SETTINGS["cosmetic"],
        algorithm=ALGORITHMS["cosmetic"],
    log:
        "<results>/logs/cosmetic/{setup}/{name}.log",
    benchmark:
        "<results>/benchmarks/cosmetic/{setup}/{name}.tsv"
    resources:
        mem_mb=memory_of_frames,
    conda:
        "../envs/core.yaml"
    script:
        "../scripts/cosmetic_list.py"


rule bad_pixels:
    """Find bad pixels in flats: in the ratio of two levels, or in the master flat."""
    input:
        files_of_mask,
        flat="<results>/masters/{setup}/{flat}.fits",
    output:
        "<results>/cosmetic/{setup}/badpix_{flat}.fits",
    params:
        job=mask_job,
        algorithm=ALGORITHMS["badpixels"],
    log:
        "<results>/logs/cosmetic/{setup}/badpix_{flat}.log",
    benchmark:
        "<results>/benchmarks/cosmetic/{setup}/badpix_{flat}.tsv"
    resources:
        mem_mb=memory_of_master,
    conda:
        "../envs/core.yaml"
    script:
        "../scripts/bad_pixels.py"
