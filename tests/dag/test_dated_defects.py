"""The defects of each setup: which files their tables ask for."""

import re

from frames import write_frame, write_night
from workflow import snakemake

SETUP = "zwo-asi2600mm-pro_32x24_b1_g100_o50"


def test_each_setup_has_a_table_of_its_darks_lists_and_masks_and_of_those_of_libraries(tmp_path):
    raw = write_night(tmp_path / "raw")
    for minute in range(3):
        write_frame(
            raw / f"other_{minute}.fits", "DARK", exptime=60.0, gain=200,
            date_obs=f"2025-08-15T20:{minute:02d}:40",
        )  # fmt: skip
    library = tmp_path / "library"
    write_frame(library / "dark60s.fit", "Dark Frame", exptime=60.0, date_obs="2025-08-01T00:00:00")
    write_frame(library / "darkold.fit", "Dark Frame", exptime=60.0, date_obs=None)
    (library / "cosme60s.lst").write_text("P 1 2\n")
    run = snakemake(
        tmp_path, "defects", "-n", "--config", "raw=raw", "library=library",
        "cosmetic={'from_flats': true}",
    )  # fmt: skip
    assert run.code == 0, run.text
    assert run.jobs["defect_dates"] == 2
    assert run.jobs["bad_pixels"] == 1
    asked = dict(
        re.findall(r"rule defect_dates:\n +input: (.*)\n +output: (\S+),", run.text, re.MULTILINE)
    )
    asked = {table: sorted(files.split(", ")) for files, table in asked.items()}
    assert set(asked) == {
        f"results/report/defects_{one}.csv" for one in (SETUP, SETUP.replace("g100", "g200"))
    }
    # What is found, dark60s.fit and its list, is no input: no rule makes it.
    found = asked[f"results/report/defects_{SETUP}.csv"]
    assert [one.rpartition("/")[2].partition("_")[0] for one in found] == [
        "badpix",
        "cosme",
        "dark",
    ]
    assert all(f"/{SETUP}/" in one for one in found)


def test_only_darks_and_masks_that_tell_of_defects_are_made(tmp_path):
    write_night(tmp_path / "raw")
    setting = "cosmetic={'from_flats': false}"
    run = snakemake(tmp_path, "defects", "-n", "--config", "raw=raw", setting)
    assert run.code == 0, run.text
    assert run.jobs["defect_dates"] == run.jobs["cosmetic_list"] == 1
    assert not {"master_flat", "bad_pixels", "calibrate"} & {*run.stages}
