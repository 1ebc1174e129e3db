# Frames taken by the camera itself.  Every rule is local, holds the camera, and is an input of
# nothing but capture targets.  A manifest is declared, never a frame: Snakemake deletes the outputs
# of failed jobs and those it makes again, and a raw frame must not be lost.


rule capture_bias:
    """Take bias frames."""
    output:
        f"<results>/capture/{CAPTURE.night}/bias.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/bias.log",
    priority: 10
    retries: 0
    localrule: True
    conda:
        "../envs/capture.yaml"
    resources:
        camera=1,
    params:
        order=CAPTURE.order("bias"),
    script:
        "../scripts/capture.py"


use rule capture_bias as capture_flats with:
    """Take flat frames, at the exposures or panel brightness that give their level."""
    output:
        f"<results>/capture/{CAPTURE.night}/flats.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/flats.log",
    priority: 40
    localrule: True
    params:
        order=CAPTURE.order("flats"),


use rule capture_bias as capture_flatdarks with:
    """Take dark frames at the exposures of the flats of this night."""
    input:
        f"<results>/capture/{CAPTURE.night}/flats.csv",
    output:
        f"<results>/capture/{CAPTURE.night}/flatdarks.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/flatdarks.log",
    priority: 30
    localrule: True
    params:
        order=CAPTURE.order("flatdarks"),


use rule capture_bias as capture_darks with:
    """Take dark frames at multiples of the exposure of lights."""
    output:
        f"<results>/capture/{CAPTURE.night}/darks.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/darks.log",
    priority: 20
    localrule: True
    params:
        order=CAPTURE.order("darks"),


use rule capture_bias as capture_lights with:
    """Take light frames."""
    output:
        f"<results>/capture/{CAPTURE.night}/lights.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/lights.log",
    priority: 0
    localrule: True
    params:
        order=CAPTURE.order("lights"),


use rule capture_bias as capture_missing with:
    """Take the calibration frames that the plan lacks, by its table plan/missing.csv."""
    input:
        rules.plan.output.missing,
    output:
        f"<results>/capture/{CAPTURE.night}/missing.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/missing.log",
    priority: 0
    localrule: True
    params:
        order=CAPTURE.order("missing"),


checkpoint capture:
    """Take all calibration frames: flats, flat-darks at their exposures, darks, bias."""
    input:
        rules.capture_flats.output,
        rules.capture_flatdarks.output,
        rules.capture_darks.output,
        rules.capture_bias.output,
    output:
        f"<results>/capture/{CAPTURE.night}/frames.csv",
    log:
        f"<results>/logs/capture/{CAPTURE.night}/frames.log",
    localrule: True
    conda:
        "../envs/capture.yaml"
    script:
        "../scripts/captured.py"


rule library:
    """Take all calibration frames, and combine all masters that there are frames for then."""
    input:
        masters_after_capture,
    localrule: True


rule capture_devices:
    """List the cameras, filter wheels and panels in the network, and write a configuration."""
    log:
        "<results>/logs/capture/devices.log",
    retries: 0
    localrule: True
    conda:
        "../envs/capture.yaml"
    resources:
        camera=1,
    params:
        address=SETTINGS.capture.address,
        configuration=CAPTURE.devices,
    script:
        "../scripts/capture_devices.py"
