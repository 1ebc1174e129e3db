"""Parts of Snakemake in whose place ours are put: where they are as known, and all or none."""

import importlib

import pytest
import snakemake.api  # noqa: F401 - first: its modules import each other in a circle
from snakemake.io import _IOFile

from plateworks.jobs import graphparts
from plateworks.jobs.graphparts import _PARTS, instead, quicken_jobs
from plateworks.jobs.makers import fixed
from plateworks.parts import OtherwiseError

KIND = fixed(_IOFile).plain


def owner_of(part):
    module = importlib.import_module(part.module)
    return getattr(module, part.owner) if part.owner else module


@pytest.fixture
def unharmed(monkeypatch):
    """Leave Snakemake as it was, whatever is put into it."""
    monkeypatch.setattr(graphparts, "_BEFORE", {})
    parts = [*_PARTS, graphparts._files_told(KIND)]
    before = [(owner_of(one), one.name, vars(owner_of(one))[one.name]) for one in parts]
    yield before
    for owner, name, plain in before:
        setattr(owner, name, plain)


def test_the_parts_of_this_snakemake_are_known_however_often_they_are_asked_for(unharmed):
    for _ in range(2):
        quicken_jobs(KIND)
    assert all(vars(owner)[name] is not plain for owner, name, plain in unharmed)
    assert all(graphparts._BEFORE[owner, name] is plain for owner, name, plain in unharmed)


@pytest.mark.parametrize("part", _PARTS, ids=lambda one: f"{one.module}.{one.name}")
@pytest.mark.parametrize("how", ["parameters", "uses", "gone", "no function"])
def test_where_one_part_is_otherwise_all_others_stay(unharmed, part, how):
    owner = owner_of(part)
    if how == "gone":
        delattr(owner, part.name)
        if part.newer:
            quicken_jobs(KIND)
            assert part.name not in vars(owner)
            return
    elif how == "no function":
        setattr(owner, part.name, 1)
    elif how == "parameters":
        setattr(owner, part.name, lambda unknown: unknown)
    else:
        names = part.parameters.replace(" ", ", ")
        setattr(owner, part.name, eval(f"lambda {names}: None"))
    with pytest.raises(OtherwiseError, match=part.name):
        quicken_jobs(KIND)
    others = [one for one in unharmed if one[:2] != (owner, part.name)]
    assert all(vars(owner)[name] is plain for owner, name, plain in others)


def test_what_stands_for_something_of_snakemake_is_put_there_once():
    class Owner:
        def told(self):
            return 1

    for _ in range(3):
        instead(Owner, "told", lambda plain: lambda self: plain(self) + 1)
    assert Owner().told() == 2
