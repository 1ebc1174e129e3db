# What people look at: a page for each night, and the list of them.
from functools import partial

from plateworks.jobs.nightpages import NightPages
from plateworks.report.labels import labels_of_night


localrules:
    night_index,
    night_page,
    report,


NIGHT_PAGES = NightPages(JOBS)


rule night_page:
    """The page of a night: what it is worth, what to do, how it was calibrated; and its numbers."""
    input:
        NIGHT_PAGES.masters,
        solved=NIGHTS.solved,
        verdicts=rules.verdicts.output,
        # What would serve the night better changes with what serves it, which is in the order.
        missing=ancient(rules.plan.output.missing),
    output:
        page=report(
            "<results>/report/{session}.html",
            caption="captions/night.rst",
            category="Nights",
            labels=partial(labels_of_night, SETTINGS.results),
        ),
        numbers="<results>/report/{session}.json",
    log:
        "<results>/logs/pages/{session}.log",
    wildcard_constraints:
        session=NIGHTS.pattern(),
    conda:
        "../envs/core.yaml"
    params:
        order=NIGHT_PAGES.order,
        told=NIGHT_PAGES.told,
        algorithm=ALGORITHMS["pages"],
    script:
        "../scripts/night_page.py"


rule night_index:
    """The list of all nights that have a page, of this run and of those before it."""
    input:
        NIGHTS.numbers(),
    output:
        "<results>/report/index.html",
    log:
        "<results>/logs/pages/index.log",
    conda:
        "../envs/core.yaml"
    params:
        algorithm=ALGORITHMS["pages"],
    script:
        "../scripts/night_index.py"


rule report:
    """The pages of all nights, and the list of them."""
    input:
        NIGHTS.pages(),
        rules.night_index.output if NIGHTS.pages() else [],
