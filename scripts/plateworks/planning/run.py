"""Planning a run: scan, plan, and refuse a plan that would harm what is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from plateworks.errors import ConfigError, PlateworksError
from plateworks.inventory.given import given
from plateworks.inventory.profiles import NONE, ProfileFinder
from plateworks.inventory.scan import Inventory, recall, scan
from plateworks.inventory.sessions import session_finder
from plateworks.matching.maintenance import read_log
from plateworks.metadata import formats
from plateworks.metadata.frame import Frame
from plateworks.metadata.otherfiles import kinds_of_files
from plateworks.planning.collisions import spare_files
from plateworks.planning.expiring import due, last_night, read_endings
from plateworks.planning.finished import without_finished
from plateworks.planning.ours import is_anothers
from plateworks.planning.paths import Naming
from plateworks.planning.plan import Plan, build_plan
from plateworks.planning.selection import Selection
from plateworks.planning.setaside import none_usable
from plateworks.planning.shared import SharedJobs
from plateworks.planning.words import WordsOfRun, words_now, words_of
from plateworks.settings.settings import Settings
from plateworks.settings.site import Site


def cache_path(results: str) -> str:
    """Return where the scan's cache lies, below the results."""
    return f"{results}/.plateworks/scan.json"


def plan_run(
    settings: Settings,
    *,
    rescan: bool,
    begun: Plan | None = None,
    profiles: ProfileFinder = NONE,
) -> Plan:
    """Scan (or recall the last scan of) the raw folders, and plan.

    Parameters
    ----------
    settings : Settings
    rescan : bool
        True in the main process of a run only; it may wait for frames (``wait_s``).
    begun : Plan, optional
        The plan that the run began with: what was said of masters then holds on.
    profiles : ProfileFinder
        Of cameras and sites.

    Raises
    ------
    ConfigError
        If a folder does not exist, or none holds a frame that can be used and none is to be
        captured.
    PlateworksError
        If a product would take the place of a file that is read, or of another's list, if a ledger
        cannot be understood, or if ``matching.strict`` is true and a light is refused.
    """
    results, captured = settings.results, settings.capture.raw_dir
    meant = given(settings)
    sources = meant.all
    if rescan:
        naming = Naming(results, settings.names)
        selection = Selection(settings.select, settings.dates)
        inventory = scan(
            sources,
            cache_path(results),
            [results],
            naming.is_product,
            products=naming.folders,
            is_calibration=naming.is_calibration,
            settle_s=settings.settle_s,
            pass_over=_beside(selection, settings.site, profiles),
            wait_s=0.0 if begun is not None else settings.wait_s,
        )
    else:
        inventory = recall(cache_path(results), sources)
    if begun is not None:
        words = words_of(begun.matcher.masters)
    else:
        words = words_now(settings, meant) if rescan else WordsOfRun(results).read()
    if not inventory.frames and captured is None:
        raise ConfigError(_nothing_found([source.folder for source in sources], inventory))
    log = read_log(settings.matching.maintenance_log)
    plan = build_plan(inventory, settings, log, exists=_is_made, words=words, profiles=profiles)
    # Jobs on other nodes find products that came and went since the run began.
    shared = SharedJobs(results)
    plan = replace(
        plan,
        shared=shared.holding() if rescan else shared.read(),
        due=due(
            read_endings(results),
            last_night(light.session for light in plan.lights),
            settings.expiry.days_ahead,
        ),
    )
    if settings.existing == "keep":
        plan = without_finished(plan)
    if plan.all_set_aside and captured is None:
        raise ConfigError("\n".join(none_usable([*plan.rejects, *plan.unread], plan.folders)))
    spare_files(plan)
    if settings.matching.strict:
        refused = [light for light in plan.lights if light.refused]
        if refused:
            lines = [f"  {light.frame.path}: {light.refused}" for light in refused]
            raise PlateworksError(
                f"{len(refused)} lights are refused, and matching.strict is true:\n"
                + "\n".join(lines)
            )
    return plan


def _is_made(path: str) -> bool:
    return os.path.exists(path) and not is_anothers(path)


def _beside(
    selection: Selection, site: Site, profiles: ProfileFinder
) -> Callable[[Frame], bool] | None:
    """Return which frames are of other nights than those selected; None if no night is named."""
    if not selection.by_night:
        return None
    session_of = session_finder(site)
    return lambda frame: not selection.takes_night(session_of(profiles.with_site(frame)))


def _nothing_found(folders: list[str], inventory: Inventory) -> str:
    where = ", ".join(folders)
    if inventory.waiting:
        return (
            f"No frame in {where} is complete yet: {len(inventory.waiting)} files changed in the "
            f"last seconds (config key settle_s), {inventory.waiting[0]} among them.  Run again."
        )
    if aside := [*inventory.rejects, *inventory.unread]:
        return "\n".join(none_usable(aside, folders))
    *most, last = dict.fromkeys("." + one.rpartition(".")[2] for one in formats.endings())
    endings = f"{', '.join(most)} or {last}"
    besides = f"; there are {kinds_of_files(inventory.others)}" if inventory.others else ""
    return f"There are no frames in {where} (config key raw): no file ends in {endings}{besides}."
