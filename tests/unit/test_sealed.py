"""Notes to ourselves: read as they were written, and doubted where they were not."""

import errno
import json
import os

import pytest

from plateworks.errors import PlateworksError
from plateworks.sealed import read_sealed, write_sealed
from plateworks.sentences import ending_in_words


def test_a_value_comes_back_with_names_that_are_no_utf_8(tmp_path):
    value = {"files": {"gr\udcfc\udcdfe.fits": [1, None, 2.5]}}
    write_sealed(tmp_path / "deep" / "a.json", value)
    assert read_sealed(tmp_path / "deep" / "a.json") == value


def test_where_there_is_none_nothing_is_said(tmp_path, caplog):
    assert read_sealed(tmp_path / "none.json") is None
    assert not caplog.text


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b"\xff\xfe", b'{"code": 1, "files": []}', b"0" * 16 + b"\n{}"],
)
def test_what_others_wrote_is_said_and_counts_as_none(tmp_path, caplog, content):
    (tmp_path / "a.json").write_bytes(content)
    assert read_sealed(tmp_path / "a.json") is None
    assert caplog.messages == [
        f"{tmp_path}/a.json is not as Plateworks wrote it, and is made anew."
    ]


def test_a_value_that_somebody_changed_counts_as_none(tmp_path):
    write_sealed(tmp_path / "a.json", {"frames": [1, 2]})
    seal, _, text = (tmp_path / "a.json").read_bytes().partition(b"\n")
    changed = json.dumps(json.loads(text) | {"frames": "none"}).encode()
    (tmp_path / "a.json").write_bytes(seal + b"\n" + changed)
    assert read_sealed(tmp_path / "a.json") is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PlateworksError("It is so."), "Cannot start.  It is so."),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a"), "Cannot start.  a: cannot be"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "a"), "a file stands where a folder"),
        (MemoryError(), "give the job more memory"),
    ],
)
def test_what_people_can_mend_ends_a_process_in_words(error, words):
    with pytest.raises(SystemExit) as ended, ending_in_words("Cannot start."):
        raise error
    assert words in str(ended.value)


@pytest.mark.parametrize("error", [OSError("odd"), ValueError("odd")])
def test_what_nobody_foresaw_is_no_sentence(error):
    with pytest.raises(type(error)), ending_in_words("Cannot start."):
        raise error
