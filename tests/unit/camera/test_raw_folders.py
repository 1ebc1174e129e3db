"""Raw folders that go, or cannot be written, while frames are taken; and names of filters for them.

No frame that was taken counts any longer once it is gone, and none is written beside the others.
"""

import errno
import os
import shutil

import pytest

from camerastage import COUNT, staged
from plateworks.camera import rawframe


@pytest.fixture
def stage():
    with staged() as one:
        yield one


def begins_again(stage, folder, **changes):
    """Take the same series once more; return what came of it."""
    taken = stage.take(folder, **changes)
    assert (len(taken.kept), taken.error) == (COUNT, "")
    assert all(map(stage.is_true, taken.kept))
    return taken


@pytest.mark.parametrize("exposure", [3, 4])
@pytest.mark.parametrize("what", ["", "20250815"])
def test_frames_that_vanish_with_their_disk_end_the_series_by_name(stage, tmp_path, exposure, what):
    """A folder that is gone would be made anew: on the disk beneath a mount that went."""
    stage.at(exposure, lambda: shutil.move(tmp_path / "raw" / what, tmp_path / "away"))
    taken = stage.take(tmp_path)
    assert f"of {exposure - 2} frames that were taken are no longer there, the first" in taken.error
    assert "_0001.fits.  Put them back, or see to the disk of capture.raw_dir" in taken.error
    assert not taken.kept and not (tmp_path / "lights.csv").exists()
    shutil.rmtree(tmp_path / "raw", ignore_errors=True)
    shutil.move(tmp_path / "away", tmp_path / "raw" / what)
    begins_again(stage, tmp_path)


def test_frames_that_vanish_after_the_last_exposure_are_in_no_manifest(stage, tmp_path):
    stage.at(COUNT + 1, lambda: shutil.rmtree(tmp_path / "raw"))
    taken = stage.take(tmp_path)
    assert "no longer there" in taken.error and not (tmp_path / "lights.csv").exists()
    begins_again(stage, tmp_path)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_folder_that_takes_no_more_frames_ends_the_series_and_keeps_those_there(
    stage, tmp_path, monkeypatch, error
):
    real, written = rawframe.atomic, []

    def failing(path, **how):
        written.append(path)
        if len(written) == 2:
            raise OSError(error, os.strerror(error), str(path))
        return real(path, **how)

    monkeypatch.setattr(rawframe, "atomic", failing)
    taken = stage.take(tmp_path)
    assert f"_0002.fits cannot be written ({os.strerror(error)})" in taken.error
    assert len(taken.kept) == 1 and not list((tmp_path / "raw").rglob("*.part"))
    begins_again(stage, tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../../x", "/etc/x", "{}", "{n}", "<results>", "*[?]", "x" * 300, "é" * 300, "-n", ".."],
)
def test_whatever_a_filter_is_called_its_frames_lie_in_the_folder(stage, tmp_path, name):
    stage.server.devices["filterwheel"]["names"] = [name, "R", "G"]
    taken = begins_again(stage, tmp_path, filters=[name])
    assert all(path.is_relative_to(tmp_path / "raw") for path in taken.kept)
    assert {path.parent for path in tmp_path.rglob("*.fits")} == {taken.kept[0].parent}
    assert not any(set(path.name) & set("{}<>*[]") for path in taken.kept)
