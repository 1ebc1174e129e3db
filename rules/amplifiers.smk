# Gains of amplifiers, by which all frames of a setup are put together, where no header tells them.
from plateworks.jobs.amplifiergains import GainsLookup
from plateworks.versions import GAINS

AMPLIFIER_GAINS = GainsLookup(LOOKUP)
OF_GAINS = REQUESTS.of(AMPLIFIER_GAINS.demand)


rule amplifier_gains:
    """Measure the gain of each amplifier of a setup by pairs of flats and of bias frames."""
    input:
        forcing(AMPLIFIER_GAINS.files),
    output:
        "<results>/{gains}",
    log:
        "<results>/logs/{gains}.log",
    benchmark:
        "<results>/benchmarks/{gains}.tsv"
    wildcard_constraints:
        gains=PLAN.naming.amplifier_gains_pattern(),
    conda:
        "../envs/core.yaml"
    resources:
        **OF_GAINS.resources,
    params:
        order=AMPLIFIER_GAINS.order,
        told=AMPLIFIER_GAINS.told,
        algorithm=GAINS,
    script:
        "../scripts/amplifier_gains.py"
