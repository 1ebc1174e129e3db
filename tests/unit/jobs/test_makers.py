"""Which rules make a file: by its whole path, and by patterns, as Snakemake's own index says."""

from types import SimpleNamespace

import pytest
from snakemake.io import AnnotatedString, _IOFile, flag, is_flagged
from snakemake.iocontainers import InputFiles
from snakemake.output_index import OutputIndex

from plateworks.jobs.makers import Makers, fixed

FIXED = fixed(_IOFile)


class Rule:
    """A rule as far as the index of Snakemake looks into it."""

    def __init__(self, name, *outputs, inputs=(), first=False):
        self.name, self.first = name, first
        self.output = [_IOFile(AnnotatedString(one), None) for one in outputs]
        self.input = [one if callable(one) else _IOFile(one, None) for one in inputs]

    def products(self):
        return iter(self.output)

    def __gt__(self, other):
        return self.first

    def is_producer(self, path):
        return any(one.match(path) for one in self.output)


def rules() -> list[Rule]:
    return [
        Rule("first", "results/a.fits", "results/b.fits", "results/log.txt"),
        Rule("second", "results/a.fits.more"),
        Rule("third", "results/b.fits"),
        Rule("any", "results/{name,[a-c]}.fits"),
        Rule("all", "{path}"),
        Rule("dots", "results/a+b (1).fits"),
    ]


PATHS = ["results/a.fits", "results/b.fits", "results/c.fits", "results/d.fits", "results/aXfits",
         "results/a.fits.more", "results/a.fits.", "results/log.txt", "results/a+b (1).fits", "x",
         "results/a+b (1)Xfits"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", [str, lambda path: _IOFile(path, None)])
def test_the_makers_of_a_file_are_those_that_snakemake_finds(path, kind):
    plain = {one.name for one in OutputIndex(rules()).match_producers(kind(path))}
    ours = {one.name for one in Makers(rules(), OutputIndex, FIXED).match_producers(kind(path))}
    assert ours == plain


def test_whole_paths_are_the_same_in_every_job_and_keep_their_flags():
    rule = Rule("first", "results/a.fits", inputs=["raw/b.fits", len])
    rule.output[0].set_flags({"temp": True})
    Makers([rule], OutputIndex, FIXED)
    [output], given = rule.output, rule.input
    assert type(output) is FIXED.flagged
    assert output.apply_wildcards({}) is output
    assert output.flags == {"temp": True}
    assert given[0].apply_wildcards({}) is given[0]
    assert given[1] is len


def test_whole_paths_equal_what_is_written_as_they_are():
    rule = Rule("first", "results/a.fits")
    Makers([rule], OutputIndex, FIXED)
    [output], other = rule.output, _IOFile(AnnotatedString("results/a.fits"), None)
    assert type(output) is FIXED.plain
    assert output.flags == {}
    assert output.file == "results/a.fits"
    assert not is_flagged(output, "temp")
    assert output == "results/a.fits" == output
    assert output == other
    assert other == output
    assert output != _IOFile("results/b.fits", None)
    assert {output} == {other} == {"results/a.fits"}
    assert not output.is_storage
    assert output.match("results/a.fits")


def test_paths_that_leave_something_open_are_filled_for_each_job():
    rule = Rule("any", "results/{name}.fits", inputs=["raw/{name}.fits"])
    Makers([rule], OutputIndex, FIXED)
    for one in (*rule.output, *rule.input):
        first, second = (one.apply_wildcards({"name": name}) for name in "ab")
        assert first.endswith("a.fits")
        assert second.endswith("b.fits")


def test_a_file_in_a_store_is_left_to_snakemake():
    stored = flag("results/a.fits", "storage_object", SimpleNamespace(_iofile=None))
    rule = Rule("first")
    rule.output = [_IOFile(stored, None)]
    Makers([rule], lambda rules: SimpleNamespace(rules=rules), FIXED)
    assert type(rule.output[0]) is _IOFile


def test_a_rule_that_names_a_file_keeps_those_from_it_that_come_after_it():
    last = rules()
    ordered = [Rule("first", "results/a.fits", first=True), *last]
    found = Makers(ordered, OutputIndex, FIXED)
    for _ in range(2):  # what is known is told as it was found
        # Another that names it is as good a maker; those by patterns are not asked.
        assert sorted(one.name for one in found.match_producers("results/a.fits")) == [
            "first", "first",
        ]  # fmt: skip
        names = {one.name for one in found.match_producers("results/b.fits")}
        assert names == {"first", "third", "any", "all"}


def test_a_file_is_one_path_for_who_makes_it_and_who_asks_for_it():
    maker = Rule("maker", "results/a.fits")
    asker = Rule("asker", "results/b.fits", inputs=["results/a.fits", "raw/c.fits"])
    other = Rule("other", inputs=["results/a.fits", "raw/c.fits"])
    makers = Makers([asker, maker, other], OutputIndex, FIXED)
    assert asker.input[0] is other.input[0] is maker.output[0]
    assert asker.input[1] is other.input[1]
    of_job = [_IOFile(one, None) for one in ("results/a.fits", "raw/new.fits")]
    makers.share(of_job)
    assert of_job[0] is maker.output[0]
    again = [_IOFile("raw/new.fits", None)]
    makers.share(again)
    assert again[0] is of_job[1]


def test_what_a_rule_says_of_a_file_stays_with_that_rule():
    maker = Rule("maker", "results/a.fits")
    asker = Rule("asker")
    asker.input = [_IOFile(flag("results/a.fits", "ancient"), None)]
    other = Rule("other", inputs=["results/a.fits"])
    Makers([maker, asker, other], OutputIndex, FIXED)
    assert asker.input[0].is_ancient
    assert not other.input[0].is_ancient
    assert not maker.output[0].is_ancient
    updated = Rule("updated", "results/b.fits")
    updated.output[0].set_flags({"update": True})
    reader = Rule("reader", inputs=["results/b.fits"])
    Makers([updated, reader], OutputIndex, FIXED)
    assert is_flagged(updated.output[0], "update")
    assert not is_flagged(reader.input[0], "update")


def test_inputs_by_name_are_the_same_as_inputs_in_order():
    maker, asker = Rule("maker", "results/a.fits"), Rule("asker")
    asker.input = InputFiles([_IOFile("raw/b.fits", None), _IOFile("results/a.fits", None)])
    asker.input._set_name("beside", 1, end=2)
    Makers([maker, asker], OutputIndex, FIXED)
    assert asker.input[1] is asker.input.beside[0] is maker.output[0]
