# What people look at: a page for each night, one for each camera, and the list of them.
from functools import partial

from plateworks.jobs.camerapages import CameraPages
from plateworks.jobs.nightpages import NightPages
from plateworks.report.labels import labels_of_night


localrules:
    camera_page,
    night_index,
    night_page,
    report,


NIGHT_PAGES = NightPages(JOBS)
CAMERA_PAGES = CameraPages(JOBS, NIGHTS, TRENDS, DEFECTS)


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
    # Somebody may look at it while frames come: it waits for no table beside it.
    priority: 2
    conda:
        "../envs/core.yaml"
    params:
        order=NIGHT_PAGES.order,
        told=NIGHT_PAGES.told,
        renew_s=NIGHT_PAGES.renewal,
        algorithm=ALGORITHMS["pages"],
    script:
        "../scripts/night_page.py"


rule camera_page:
    """The page of a camera over all nights: its trends and changes, masters, and defects."""
    input:
        nights=rules.setup_trends.output.nights,
        changes=rules.setup_trends.output.changes,
        expiry=rules.setup_trends.output.expiry,
        verdicts=rules.judge_masters.output,
        defects=CAMERA_PAGES.defects,
    output:
        page=report(
            "<results>/report/cameras/{setup}.html",
            caption="captions/camera.rst",
            category="Cameras",
            labels={"setup": "{setup}", "table": "all of it on a page"},
        ),
        numbers="<results>/report/cameras/{setup}.json",
    log:
        "<results>/logs/pages/{setup}.log",
    wildcard_constraints:
        setup=TRENDS.pattern(),
    conda:
        "../envs/core.yaml"
    params:
        order=CAMERA_PAGES.order,
        algorithm=ALGORITHMS["pages"],
    script:
        "../scripts/camera_page.py"


rule night_index:
    """The list of all nights and cameras that have a page, of this run and of those before it."""
    input:
        nights=NIGHTS.numbers(),
        # Their trends are followed where their pages are asked for, or were before.
        cameras=lambda wildcards: CAMERA_PAGES.numbers(wanted=is_target("report")),
    output:
        report(
            "<results>/report/index.html",
            caption="captions/index.rst",
            category="Nights",
            labels={"night": "all", "filters": "", "verdict": ""},
        ),
    log:
        "<results>/logs/pages/index.log",
    conda:
        "../envs/core.yaml"
    params:
        algorithm=ALGORITHMS["pages"],
    script:
        "../scripts/night_index.py"


rule report:
    """The pages of all nights and cameras, and the list of them."""
    input:
        NIGHTS.pages(),
        CAMERA_PAGES.pages(),
        rules.night_index.output if NIGHTS.pages() or CAMERA_PAGES.pages() else [],
