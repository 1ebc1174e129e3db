"""Inner parts of Snakemake: ours where they are as known; else its own stay, and that is said."""

import inspect
from types import ModuleType, SimpleNamespace

import pytest
import snakemake.api  # before the graph, which cannot come first
import snakemake.dag
from snakemake.io import _IOFile
from snakemake.output_index import OutputIndex

from plateworks.jobs.quicker import quicken_notes, quicken_plan
from plateworks.parts import OtherwiseError


def dag(index: type = OutputIndex) -> ModuleType:
    """A module that makes graphs, as Snakemake's is."""
    one = ModuleType("snakemake.dag")
    one.OutputIndex = index
    return one


def kind(**changes) -> type:
    """Another kind of paths, with some parts changed."""
    return type("_IOFile", (_IOFile,), {"__slots__": (), **changes})


def test_what_this_snakemake_is_made_of_is_known():
    assert snakemake.dag.OutputIndex is OutputIndex
    one, paths = dag(), kind()
    quicken_plan(one, paths, OutputIndex)
    quicken_notes(paths)
    assert one.OutputIndex is not OutputIndex
    assert one.OutputIndex([]).match_producers("some/file.fits") == set()
    assert inspect.iscoroutinefunction(paths.checksum) and paths.checksum is not _IOFile.checksum


def broken(self, *_):
    raise AttributeError("has moved")


class Lists(OutputIndex):
    """An index that tells rules in another way."""

    def match_producers(self, targetfile):
        return []


class Asks(OutputIndex):
    """An index that is made of more than rules."""

    def __init__(self, rules, storage):
        super().__init__(rules)


@pytest.mark.parametrize(
    "paths",
    [
        kind(is_callable=broken),
        kind(flags=property(broken)),
        kind(__init__=broken),
        kind(__new__=broken),
        SimpleNamespace,
        str,
        object,
        None,
    ],
)
def test_where_paths_are_otherwise_the_index_stays(paths):
    one = dag()
    with pytest.raises(OtherwiseError, match=r"path|index|otherwise"):
        quicken_plan(one, paths, OutputIndex)
    assert one.OutputIndex is OutputIndex


@pytest.mark.parametrize("index", [Lists, Asks, type("Empty", (), {}), None])
def test_where_the_index_is_otherwise_it_stays(index):
    one = dag(index)
    with pytest.raises(OtherwiseError, match="index"):
        quicken_plan(one, kind(), index)
    assert one.OutputIndex is index


def test_where_graphs_are_made_without_the_index_nothing_is_put_there():
    one = ModuleType("snakemake.dag")
    with pytest.raises(OtherwiseError, match=r"snakemake\.dag uses no OutputIndex"):
        quicken_plan(one, kind(), OutputIndex)
    assert not hasattr(one, "OutputIndex")


@pytest.mark.parametrize(
    "changes", [{"checksum": broken}, {"checksum": None}, {"is_storage": property(broken)}]
)
def test_where_sums_are_otherwise_they_stay(changes):
    paths = kind(**changes)
    before = paths.checksum
    with pytest.raises(OtherwiseError, match=r"sums|sum of a file"):
        quicken_notes(paths)
    assert paths.checksum is before
