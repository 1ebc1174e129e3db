# Pixels to repair: hot-pixel lists from master darks, bad-pixel masks from flats.


rule cosmetic_list:
    """List the hot (and cold) pixels of a master dark."""
    input:
        forcing(LOOKUP.files_of_list),
    output:
        "<results>/{cosmetic}",
    log:
        "<results>/logs/{cosmetic}.log",
    benchmark:
        "<results>/benchmarks/{cosmetic}.tsv"
    conda:
        "../envs/core.yaml"
    resources:
        **REQUESTS.hot_list.resources,
    params:
        order=LOOKUP.hot_list(),
        dark=LOOKUP.dark_of_list,
        told=LOOKUP.told_of_list,
        algorithm=ALGORITHMS["cosmetic"],
    script:
        "../scripts/cosmetic_list.py"


rule bad_pixels:
    """Find bad pixels in flats: in the ratio of two levels, or in the master flat."""
    input:
        LOOKUP.files_of_mask,
        flat=LOOKUP.flat_of_mask,
    output:
        "<results>/{badpix}",
    log:
        "<results>/logs/{badpix}.log",
    benchmark:
        "<results>/benchmarks/{badpix}.tsv"
    conda:
        "../envs/core.yaml"
    threads: REQUESTS.mask.threads
    resources:
        **REQUESTS.mask.resources,
        combine_mb=REQUESTS.combine_mb,
    params:
        order=LOOKUP.mask,
        told=LOOKUP.told_of_mask,
        algorithm=ALGORITHMS["badpixels"],
    script:
        "../scripts/bad_pixels.py"
