"""Files by names that shells, patterns, templates and tables stumble over, and of next year."""

import os
import shutil
import time

import pytest
from astropy.io import fits

from night import reduce, write_small_night
from workflow import snakemake

#: What a camera without a clock writes beside its files.
NEXT_YEAR = time.time() + 3e7
#: Names that are used, each with what its product is called without the digest.
USED = {
    "x{y}.fits": "x-y-",
    "{session}.fits": "session-",
    "<results>.fits": "results-",
    "%s%d$HOME.fits": "s-d-HOME-",
    "~tilde.fits": "tilde-",
    "a:b;c&d.fits": "a-b-c-d-",
    "end .fits": "end-",
    " begin.fits": "-begin",
    "quote\"'`.fits": "quote-",
    "em\N{EM DASH}dash.fits": "em-dash-",
    "N_2025.0815": "N_2025.0815",
}
#: Names that are not, with what is said in place of what cannot be shown.
SET_ASIDE = {
    b"gr\xfc\xdfe.fits": r"gr\xfc\xdfe.fits",
    b"new\nline.fits": r"new\nline.fits",
    b"caf\xe9/light.fits": r"caf\xe9/light.fits",
    b"esc\x1b[31m.fits": r"esc\x1b[31m.fits",
}


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    folder = tmp_path_factory.mktemp("names")
    raw = write_small_night(folder, lights=(2, 0)).rename(folder / "r{a}w <results>")
    light = min(raw.rglob("*LIGHT*/**/*.fits"))
    for second, name in enumerate([*map(os.fsencode, USED), *SET_ASIDE]):
        path = os.path.join(os.fsencode(raw), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with fits.open(light) as hdus:
            hdus[0].header["DATE-OBS"] = f"2025-08-16T00:00:{second:02d}"
            hdus.writeto(folder / "copy.fits")
        os.utime(folder / "copy.fits", (NEXT_YEAR, NEXT_YEAR))
        os.replace(folder / "copy.fits", path)
    for dark in raw.glob("calibration*/*_60.00s_*"):
        shutil.move(dark, dark.with_name(f"{{{dark.stem}}}<x>.fits"))
        os.utime(dark.with_name(f"{{{dark.stem}}}<x>.fits"), (NEXT_YEAR, NEXT_YEAR))
    return reduce(folder, "calibrated", "plan", raw=raw.name)


def test_every_frame_whose_name_can_be_written_is_calibrated(night):
    assert night.run.code == 0, night.run.text
    made = {path.stem for path in night.results.glob("calibrated/*/*.fits")}
    assert len(made) == 2 + len(USED)
    for name, stem in USED.items():
        assert any(one == stem or one.startswith(stem) for one in made), name
    assert fits.getval(night.one("masters/*/dark_60s_*.fits"), "NCOMBINE") == 3


def test_the_others_are_set_aside_and_can_be_read_everywhere(night):
    rows = {row["path"]: row["reason"] for row in night.table("plan/rejects.csv")}
    assert set(rows) == {f"r{{a}}w <results>/{shown}" for shown in SET_ASIDE.values()}
    for reason in rows.values():  # files of one reason share a line, which names one of them
        alike = [path for path, why in rows.items() if why == reason]
        assert any(
            f"{path} and {len(alike) - 1} more: {reason}" in night.run.text for path in alike
        )
    page = (night.results / "plan" / "plan.html").read_text(encoding="utf-8")
    assert all(shown.rpartition("/")[2] in page for shown in SET_ASIDE.values())


def test_no_name_brings_a_traceback_or_a_second_run_something_to_do(night):
    assert "Traceback" not in night.run.text + night.logs()
    again = snakemake(night.folder, "-n", "calibrated", "plan", "--configfile", "settings.yaml")
    assert "Nothing to be done" in again.text
