"""What folders and names say of the exposure of darks whose headers are silent."""

import pytest

from frames import settings, write_frame
from plateworks.inventory.pathexposures import exposure_of_path
from plateworks.planning.run import plan_run


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("darks/exp_5.000s/dark_001.fits", 5.0), ("dark_60s/a.fits", 60.0),
        ("darks/dark120s/a.fit", 120.0), ("300 s/a.fits", 300.0), ("darks_250ms/a.fits", 0.25),
        ("Dark_300.0s_Bin1_0001.fit", 300.0), ("Dark 2,5s/a.fits", 2.5), ("5min/a.fits", 300.0),
        ("60s/dark_30s_001.fits", 30.0),  # the name before its folder
        ("60s/again_60S/a.fits", 60.0), ("dark_0p5s_m10c/a.fits", 0.5), ("exp1P25s/a.fits", 1.25),
        ("90seconds/a.fits", 90.0), ("2 minutes/a.fits", 120.0), ("exp5s/a.fits", 5.0),
        ("dark_100us/a.fits", 1e-4), ("dark_32µs_001.fits", 3.2e-5),
    ],
)  # fmt: skip
def test_a_number_with_a_unit_of_time_tells_the_exposure(path, seconds):
    assert exposure_of_path(path)[0] == seconds


@pytest.mark.parametrize(
    "path",
    [
        "darks/a_0001.fits", "darks/gain100/a.fits", "2024-05-20/a.fits", "60scope/a.fits",
        "darks 30s and 60s/a.fits", "3 sets/a.fits", "darks/a_001.s.fits", "-10C/a.fits",
        "1p5p2s/a.fits", "5 minus 3/a.fits",
    ],
)  # fmt: skip
def test_other_words_tell_no_exposure(path):
    assert exposure_of_path(path) is None


def darks(folder, seconds=None):
    for i in range(3):
        write_frame(folder / f"dark_{i}.fits", "DARK", exptime=seconds)


def plan(tmp_path):
    return plan_run(settings(tmp_path / "raw", tmp_path / "out"), rescan=True)


def test_darks_of_unknown_exposure_become_one_master_for_each_folder_that_says_it(tmp_path):
    darks(tmp_path / "raw/exp_5.000s")
    darks(tmp_path / "raw/exp_20.000s")
    darks(tmp_path / "raw/more", 5.0)
    found = plan(tmp_path)
    assert {m.source.key.exposure: len(m.source.frames) for m in found.masters} == {5.0: 6, 20.0: 3}
    silent = next(frame for frame in found.frames if "exp_20" in frame.path)
    assert "'exp_20.000s' in its path says 20 s" in silent.notes[0]
    assert found.path_facts[silent.path]["exposure"] == 20.0


def test_darks_whose_exposure_nothing_says_are_never_stacked(tmp_path):
    darks(tmp_path / "raw/some")
    darks(tmp_path / "raw/others", 30.0)
    found = plan(tmp_path)
    assert [len(master.source.frames) for master in found.masters] == [3]
    assert len(found.rejects) == 3
    assert all("(no EXPTIME)" in one.reason and "dark_60s" in one.reason for one in found.rejects)
