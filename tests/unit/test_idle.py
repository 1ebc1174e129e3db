"""Hearing of what Snakemake says in its log and calls nobody for."""

import logging

import pytest

from plateworks.idle import WhenSaid

NOTHING = "Nothing to be done."


@pytest.fixture
def log():
    log = logging.Logger("heard")
    log.addHandler(logging.NullHandler())
    return log


def test_a_function_is_called_when_its_sentence_is_said_and_at_no_other(log):
    called = []
    log.addFilter(WhenSaid(NOTHING, lambda: called.append(1)))
    log.info("Something to be done.")
    assert not called
    log.info(NOTHING)
    assert called == [1]


def test_what_the_function_raises_ends_whoever_said_it(log):
    def refuse():
        raise SystemExit("not well")

    log.addFilter(WhenSaid(NOTHING, refuse))
    with pytest.raises(SystemExit, match="not well"):
        log.info(NOTHING)
