"""Frames that were planned and are not there when a job comes to read them."""

import logging
from pathlib import Path

import pytest

from plateworks.errors import FrameError, LostFrameError
from plateworks.logs import job_log
from plateworks.lost import lost_before, note_lost, note_on
from plateworks.metadata.cards import read_cards


def test_without_notes_there_is_none(tmp_path):
    folder = str(tmp_path / "lost")
    assert not lost_before(folder)
    assert note_on(folder, "raw/a.fits") == ""


def test_each_note_on_a_file_is_new_and_concerns_no_other(tmp_path):
    folder = str(tmp_path / "lost")
    note_lost(folder, "raw/a.fits")
    first = note_on(folder, "raw/a.fits")
    note_lost(folder, "raw/a.fits")
    assert "" not in (first, note_on(folder, "raw/a.fits"))
    assert first != note_on(folder, "raw/a.fits")
    assert lost_before(folder)
    assert note_on(folder, "raw/b.fits") == ""


def test_a_note_can_be_of_any_name(tmp_path):
    name = "raw/" + "long" * 90 + "\udcff\n.fits"
    note_lost(str(tmp_path), name)
    assert note_on(str(tmp_path), name)


@pytest.mark.parametrize(
    ("told", "noted"),
    [
        (LostFrameError("raw/a.fits", "is gone"), True),
        (FrameError("raw/a.fits", "is damaged"), False),
        ("raw/a.fits", False),
    ],
)
def test_a_job_notes_the_lost_frames_that_its_log_tells_of(tmp_path, told, noted):
    folder = str(tmp_path / "lost")
    with job_log(tmp_path / "job.log", folder):
        logging.getLogger("plateworks.products.x").warning("left out: %s", told)
    assert bool(note_on(folder, "raw/a.fits")) is noted
    assert f"left out: {told}" in (tmp_path / "job.log").read_text()


def test_a_job_without_a_folder_for_notes_has_its_log_alone(tmp_path):
    with job_log(tmp_path / "job.log"):
        logging.getLogger("plateworks.x").warning("%s", LostFrameError("a.fits", "is gone"))
    assert [path.name for path in tmp_path.iterdir()] == ["job.log"]


def test_a_file_that_is_not_there_is_lost_and_a_damaged_one_is_not(tmp_path):
    damaged = tmp_path / "damaged.fits"
    damaged.write_bytes(b"SIMPLE")
    with pytest.raises(LostFrameError, match=r"cannot be read \(No such file"):
        read_cards(tmp_path / "gone.fits")
    with pytest.raises(FrameError) as caught:
        read_cards(damaged)
    assert type(caught.value) is FrameError


def test_a_lost_frame_passes_from_process_to_process(tmp_path):
    import pickle

    error = pickle.loads(pickle.dumps(LostFrameError("a.fits", "is gone")))
    assert (type(error), str(error)) == (LostFrameError, "a.fits: is gone")
    assert Path(error.path).name == "a.fits"
