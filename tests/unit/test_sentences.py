"""Sentences in the place of tracebacks, of ours and of Snakemake's."""

import errno
import logging
import logging.handlers

import pytest

from plateworks.errors import FrameError
from plateworks.sentences import ScriptsInWords, TroublesInWords, ending_in_words


@pytest.fixture
def logger():
    logger = logging.Logger("another log of Snakemake")
    logger.addFilter(TroublesInWords())
    logger.addHandler(logging.handlers.BufferingHandler(99))
    return logger


def told(logger, error, said="Traceback\n  of a page", name=None):
    """Return what becomes of what Snakemake says of an error."""
    try:
        raise error
    except BaseException as caught:
        logger.error(said, extra={"exception": name or type(caught).__name__})
    return logger.handlers[0].buffer[-1].getMessage()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left", ".snakemake/locks/0"), "make room on its disk"),
        (PermissionError(errno.EACCES, "Permission denied", ".snakemake"), "permit it"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "have your quota raised"),
        (MemoryError(), "give the job more memory"),
    ],
)
def test_a_trouble_of_the_system_that_stops_snakemake_is_a_sentence(logger, error, words):
    said = told(logger, error)
    assert said.startswith("Snakemake cannot go on.  ") and words in said
    assert "Traceback" not in said and str(getattr(error, "filename", None) or "") in said


def test_any_other_error_stays_as_snakemake_tells_it(logger):
    for error in (ValueError("x"), OSError("no number"), FrameError("a", "b")):
        assert told(logger, error).startswith("Traceback")
    full = OSError(errno.ENOSPC, "No space left", "x")
    assert told(logger, full, "a job failed", name="RuleException") == "a job failed"
    logger.error("nothing is wrong")
    assert logger.handlers[0].buffer[-1].getMessage() == "nothing is wrong"


def test_a_file_name_within_such_a_sentence_is_printable(logger):
    said = told(logger, OSError(errno.EIO, "Input/output error", "a\n\x1b[2Jb"))
    assert "\x1b" not in said and "\n" not in said


def test_what_people_can_mend_ends_a_process_with_one_sentence():
    with pytest.raises(SystemExit, match=r"Cannot\.  a: b$"), ending_in_words("Cannot."):
        raise FrameError("a", "b")
    with pytest.raises(ZeroDivisionError), ending_in_words("Cannot."):
        raise ZeroDivisionError


def test_nothing_stands_around_what_a_script_says_itself_where_it_failed(logger):
    logger.addFilter(ScriptsInWords())
    failed = "CalledProcessError in file \"a.smk\", line 2:\nCommand 'python x.py' "
    for told, left in ((f"{failed}returned non-zero exit status 1.", 0), (f"{failed}died", 1)):
        logger.error(told, extra={"exception": "RuleException"})
        assert len(logger.handlers[0].buffer) == left


def test_who_interrupts_a_start_gets_no_traceback():
    with pytest.raises(SystemExit) as ended, ending_in_words("Plateworks cannot start."):
        raise KeyboardInterrupt
    assert ended.value.code == 130
