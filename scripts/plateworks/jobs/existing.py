"""Files that lie where products will, and are not those products: what becomes of them.

Snakemake takes any file at the path of a product for that product, as long as it has no record of
it: a file of another program, and one of ours that was made by other settings before the records
were lost.  Where there is a record, it makes anew by itself what is told otherwise.  Nor does it
know of files that stand for lights which could not be read, and may be read now.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import NamedTuple

from plateworks.errors import ConfigError
from plateworks.inventory.pathrules import below
from plateworks.jobs.amplifiergains import GainsLookup
from plateworks.jobs.jobs import LightBatch
from plateworks.jobs.lookup import IntegrationLookup, Lookup
from plateworks.jobs.occupied import refuse_occupied
from plateworks.jobs.pixinsight import Integration
from plateworks.jobs.records import has_record, is_later
from plateworks.metadata.caveats import is_to_retry
from plateworks.planning.ours import is_anothers, told_of
from plateworks.planning.repairs import lists_to_make, masks_to_make
from plateworks.troubles import in_words

#: So many files are named.
_MOST = 5


class _Product(NamedTuple):
    """A product: its path, the key of its name, what its job would be told, what it is made of."""

    path: str
    key: str  # empty of those that have no template
    told: Callable[[], str] | None
    image: str = ""  # of PixInsight, which says nothing of itself


class _Existing(NamedTuple):
    """A file at the path of a product; whether Plateworks wrote it, and somebody changed it."""

    path: str
    key: str
    ours: bool
    image: str = ""
    altered: bool = False

    def __str__(self) -> str:
        if self.altered:
            return f"{self.path} was altered since it was made"
        if not self.ours:
            return f"{self.path} was not written by Plateworks"
        return f"{self.path} was made by other settings, or of other frames, than these"


class Settled(NamedTuple):
    """The files that are to be made anew, and lines on them or on those that stay."""

    anew: frozenset[str]
    lines: str


def settle(lookup: Lookup) -> Settled:
    """Do as the setting ``existing`` says with files that would be taken for products.

    What lacks a light that may be read now is made anew in any case, and so is what was altered.

    Raises
    ------
    ConfigError
        Where they are refused, with the first of them, what it is, and what leads on; and where one
        is no file or cannot be read, whatever the setting says.
    """
    refuse_occupied(product.path for product in _products(lookup))
    wanted, there = lookup.jobs.plan.settings.existing, _existing(lookup)
    found = [one for one in there if not one.altered]
    altered = [one for one in there if one.altered]
    tried = [path for path in lookup.jobs.made_of_lights() if is_to_retry(path)]
    again = _joined(_again(tried), *(f"Made anew: {one}." for one in altered))
    tried += [one.path for one in altered]
    if wanted == "remake":
        anew = {path for one in found for path in (one.path, one.image) if path}
        return Settled(frozenset(anew.union(tried)), _joined(again, _lines("Made anew", found)))
    stay = [one for one in found if one.ours and wanted == "keep"]
    left = "Left as it is, unless what it is made of is newer"
    refused = [one for one in found if one not in stay]
    if refused:
        raise ConfigError(_refusal(refused))
    return Settled(frozenset(tried), _joined(again, _lines(left, stay)))


def _existing(lookup: Lookup) -> list[_Existing]:
    """Return the files that Snakemake would take for products, and that are not those."""
    found = []
    for path, key, told, image in _products(lookup):
        if not os.path.exists(path):
            continue
        if is_anothers(path):
            _refuse_unread(path)
            found.append(_Existing(path, key, ours=False))
        elif told is not None and not has_record(path) and told_of(path) not in (None, told()):
            found.append(_Existing(path, key, ours=True, image=image))
        elif is_later(path) and _is_altered(path):
            found.append(_Existing(path, key, ours=True, altered=True))
    return found


def _is_altered(path: str) -> bool:
    from plateworks.products.integrity import is_altered  # takes long to load, and is seldom asked

    return is_altered(path)


def _refuse_unread(path: str) -> None:
    """Raise an error for a file that cannot be read now: it may be a product, and is no other's."""
    try:
        with open(path, "rb") as stream:
            stream.read(1)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read ({in_words(error)}), so that nobody knows whether it is the "
            "product that belongs there.  It is left as it is; the next run looks again."
        ) from error


def _refusal(found: Sequence[_Existing]) -> str:
    first, *more = found
    others = f" (and {len(more)} more like it)" if more else ""
    named = f", or another template as names.{first.key}" if first.key else ""
    return (
        f"{first}{others}, and would be taken for a product or lost.  Move the file, give other "
        f"results{named}; or say what becomes of such files "
        "(config key existing): remake makes them anew, keep leaves finished lights, and products "
        "of other settings, as they are."
    )


def _again(tried: Sequence[str]) -> str:
    if not tried:
        return ""
    more = f" and {len(tried) - 1} more" if len(tried) > 1 else ""
    return f"Tried again, for lights that could not be read: {tried[0]}{more}."


def _joined(*lines: str) -> str:
    return "\n".join(filter(None, lines))


def _lines(what: str, found: Sequence[_Existing]) -> str:
    lines = [f"{what}: {one} (config key existing)." for one in found[:_MOST]]
    lines += [f"{what}: {len(found) - _MOST} more like these."] if len(found) > _MOST else []
    return "\n".join(lines)


def _products(lookup: Lookup) -> Iterator[_Product]:
    jobs = lookup.jobs
    plan, results = jobs.plan, [jobs.results]
    by_pixinsight = plan.settings.masters.engine == "pixinsight"
    integration = Integration(jobs)
    told_of_master = (
        IntegrationLookup(integration).told_of_adoption if by_pixinsight else lookup.told_of_master
    )
    for master in plan.to_make:
        told = partial(told_of_master, SimpleNamespace(master=below(master.path, results)))
        image = integration.image(master.path) if by_pixinsight else ""
        yield _Product(master.path, master.source.key.kind, told, image)
    for path in lists_to_make(plan):
        told = partial(lookup.told_of_list, SimpleNamespace(cosmetic=below(path, results)))
        yield _Product(path, "cosmetic", told)
    for mask in masks_to_make(plan) if plan.settings.cosmetic.from_flats else ():
        told = partial(lookup.told_of_mask, SimpleNamespace(badpix=below(mask, results)))
        yield _Product(mask, "badpix", told)
    for model in jobs.dark_models.models:
        told = partial(lookup.told_of_dark_model, SimpleNamespace(model=below(model, results)))
        yield _Product(model, "", told)
    for dark in jobs.dark_models.darks:
        told = partial(lookup.told_of_modelled_dark, SimpleNamespace(modelled=below(dark, results)))
        yield _Product(dark, "", told)
    gains = GainsLookup(lookup)
    for path in plan.gains.to_make:
        told = partial(gains.told, SimpleNamespace(gains=below(path, results)))
        yield _Product(path, "", told)
    for preview in jobs.trials.previews():
        yield _Product(preview, "trial", None)
    for light in plan.to_calibrate:
        told = partial(lookup.told_of_calibrated, LightBatch("", (light,)))
        yield _Product(light.calibrated, "calibrated", told)
        yield _Product(light.solved, "solved", lookup.told_of_solved)
