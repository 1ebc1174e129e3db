"""Sums of files: as Snakemake adds them up, each once as long as its file is the same."""

import asyncio
import os
from types import SimpleNamespace
from typing import ClassVar

import pytest
from snakemake.io import _IOFile

from plateworks.jobs.checksums import kept


class Path(_IOFile):
    """A path whose sums are counted, and remembered."""

    __slots__ = ()
    asked: ClassVar[list[str]] = []

    async def counted(self, *asked, **named):
        Path.asked.append(str(self))
        return await _IOFile.checksum(self, *asked, **named)

    checksum = kept(counted)


@pytest.fixture
def path(tmp_path):
    (tmp_path / "a.txt").write_text("what it holds")
    one = Path(str(tmp_path / "a.txt"), None)
    idle = SimpleNamespace(active=False)
    one.rule = SimpleNamespace(workflow=SimpleNamespace(iocache=idle))
    Path.asked = []
    return one


def both(path, *asked, **named) -> str | None:
    """Return the sum that is remembered, once it is that of Snakemake."""
    ours = asyncio.run(path.checksum(*asked, **named))
    assert ours == asyncio.run(_IOFile.checksum(path, *asked, **named))
    return ours


def test_a_file_is_added_up_once(path):
    assert both(path, 1000) == both(path, 1000) is not None
    assert len(Path.asked) == 1


def test_while_one_job_is_noted_a_file_is_looked_at_once(path, monkeypatch):
    looked = []
    stat = os.stat

    async def of_many_outputs():
        return {await path.checksum(1000) for _ in range(50)}

    monkeypatch.setattr(os, "stat", lambda one, **how: looked.append(one) or stat(one, **how))
    (value,) = asyncio.run(of_many_outputs())
    assert looked.count(path) < 10  # ours, and those of Snakemake's own sum
    monkeypatch.undo()
    assert value == both(path, 1000)


def test_a_file_that_changed_is_added_up_anew(path):
    first = both(path, 1000)
    times = os.stat(path)
    with open(path, "w") as stream:
        stream.write("what it hoLds")  # as many bytes
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert both(path, 1000) != first


def test_another_question_has_another_answer(path):
    assert both(path, 1000) is not None
    assert both(path, 3) is None  # it is larger
    assert both(path, 3, force=True) == both(path, 1000)
    assert both(path, 1000, algorithm="sha512").startswith("sha512:")


def test_a_file_that_is_not_there_has_no_sum_and_gets_one(path):
    os.unlink(path)
    assert both(path, 1000) is None
    with open(path, "w") as stream:
        stream.write("now it is")
    assert both(path, 1000) is not None
