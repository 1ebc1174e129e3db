# How the cameras are: what the frames of each setup and night show, beside what headers say.


rule cameras:
    """Gain, read noise and linearity of each setup and night, by its master flats and biases."""
    input:
        JOBS.camera_files(),
    output:
        report(
            "<results>/report/cameras.csv",
            caption="captions/cameras.rst",
            category="Cameras",
            labels={"setup": "all", "table": "gain, read noise, linearity"},
        ),
    log:
        "<results>/logs/cameras.log",
    localrule: True
    conda:
        "../envs/core.yaml"
    params:
        origins=JOBS.camera_origins(),
        profiles=JOBS.camera_profiles(),
        algorithm=ALGORITHMS["tables"],
    script:
        "../scripts/cameras.py"
