"""Notes to ourselves: read as they were written, and doubted where they were not."""

import errno
import json
import os
from pathlib import Path

import pytest

from plateworks.digests import digest_of_bytes
from plateworks.errors import PlateworksError
from plateworks.inventory import scancache
from plateworks.planning.shared import SharedJobs
from plateworks.report.made import MadeOf
from plateworks.sealed import read_sealed, write_sealed
from plateworks.sentences import ending_in_words


def test_a_value_comes_back_with_names_that_are_no_utf_8(tmp_path):
    value = {"files": {"gr\udcfc\udcdfe.fits": [1, None, 2.5]}}
    write_sealed(tmp_path / "deep" / "a.json", value)
    assert read_sealed(tmp_path / "deep" / "a.json", dict) == value


def test_where_there_is_none_nothing_is_said(tmp_path, caplog):
    assert read_sealed(tmp_path / "none.json", dict) is None
    assert not caplog.text


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b"\xff\xfe", b'{"code": 1, "files": []}', b"0" * 16 + b"\n{}"],
)
def test_what_others_wrote_is_said_and_counts_as_none(tmp_path, caplog, content):
    (tmp_path / "a.json").write_bytes(content)
    assert read_sealed(tmp_path / "a.json", dict) is None
    assert caplog.messages == [
        f"{tmp_path}/a.json is not as Plateworks wrote it, and is made anew."
    ]


def test_a_value_that_somebody_changed_counts_as_none(tmp_path):
    write_sealed(tmp_path / "a.json", {"frames": [1, 2]})
    seal, _, text = (tmp_path / "a.json").read_bytes().partition(b"\n")
    changed = json.dumps(json.loads(text) | {"frames": "none"}).encode()
    (tmp_path / "a.json").write_bytes(seal + b"\n" + changed)
    assert read_sealed(tmp_path / "a.json", dict) is None


def sealed(path: Path, text: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(digest_of_bytes(text).encode() + b"\n" + text)
    return path


#: Sealed as ours are, and none of them.
OTHERS = [
    b"[" * 99_999 + b"]" * 99_999, b"{", b"\xff", b"NaN", b"7", b'"a"', b"[1, 2]", b"[[[]]]",
    b'{"a": 3, "b": [{}], "form": NaN}', b'{"form": 2, "settings": NaN, "made": [1e999]}',
    b'{"form": 2, "settings": [{}], "made": [], "products": {"a": [1, 7, ""]}}',
    b'{"code": 5, "files": 7, "folders": [[]]}',
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS, ids=range(len(OTHERS)))
def test_what_is_sealed_by_another_hand_counts_as_none_for_whoever_reads_it(
    tmp_path, monkeypatch, text
):
    monkeypatch.setattr(scancache, "_code", lambda: 5)
    folder = tmp_path / ".plateworks"
    assert not MadeOf(str(sealed(folder / "made.json", text).parents[1]))
    assert SharedJobs(str(sealed(folder / "batches.json", text).parents[1])).read() == {}
    assert scancache.load(sealed(folder / "scan.json", text)) == scancache.ScanCache()


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
