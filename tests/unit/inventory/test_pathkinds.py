"""What folders and names say of the kind of frames whose headers are silent."""

import pytest

from frames import settings, write_frame
from plateworks.inventory.pathkinds import kind_of_path
from plateworks.planning.run import plan_run


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Bias/IMG_0001.fits", "bias"), ("darks/x.fits", "dark"), ("flat-V_001.fits", "flat"),
        ("2025-03-01/LIGHT/M31_001.fits", "light"), ("Dark_60s_-10C/a.fits", "dark"),
        ("dark0001.fit", "dark"), ("Flat Dark/a.fits", "darkflat"),
        ("darkflats/a.fits", "darkflat"),
        ("flat_dark_001.fits", "darkflat"), ("SkyFlat_R_3.fits", "flat"), ("zero/a.fits", "bias"),
        ("Offset_20250301_0001.fits", "bias"), ("science/a.fits", "light"),
        ("darks/flats/a.fits", "flat"),  # the innermost folder
        ("flats/dark_001.fits", "dark"),  # the name before its folder
        ("Biais/a.fits", "bias"), ("PLU-Ha/a.fits", "flat"), ("noirs/a.fits", "dark"),
        ("Brutes/a.fits", "light"), ("Dunkelbilder 60s/a.fits", "dark"),
        ("Flatfelder_R/a.fits", "flat"), ("oscuros/a.fits", "dark"),
    ],
)  # fmt: skip
def test_plain_words_tell_the_kind(path, kind):
    assert kind_of_path(path)[0] == kind


@pytest.mark.parametrize(
    "path",
    [
        "M31_gain100_offset50_001.fits", "offset50/M31.fits", "M31/a.fits", "flattened/a.fits",
        "Dark Nebula B33/a_001.fits", "darkshark_001.fits", "twilight/a.fits", "lighthouse/a.fits",
        "objective/a.fits", "darks and flats/a.fits", "zero_gravity/a.fits", "biased/a.fits",
        "noir et blanc/a.fits", "plus/a.fits", "brutes et noirs/a.fits",
    ],
)  # fmt: skip
def test_other_words_tell_nothing(path):
    assert kind_of_path(path) is None


def plan(tmp_path, raw, **changes):
    return plan_run(settings(raw, tmp_path / "out", **changes), rescan=True)


def test_the_raw_folder_itself_may_tell_and_what_lies_above_it_does_not(tmp_path):
    write_frame(tmp_path / "flats/night/Bias/a.fits", "", imagetyp=None, exptime=0.0)
    write_frame(tmp_path / "flats/night/b.fits", "", imagetyp=None, exptime=0.0)
    assert [f.kind for f in plan(tmp_path, tmp_path / "flats/night/Bias").frames] == ["bias"]
    found = plan(tmp_path, tmp_path / "flats/night")
    assert [(frame.kind, frame.path[-6:]) for frame in found.frames] == [("bias", "a.fits")]
    assert found.rejects[0].path.endswith("b.fits")


def test_what_a_path_says_is_noted_and_goes_into_the_products(tmp_path):
    write_frame(tmp_path / "raw/Bias/a.fits", "", imagetyp=None, exptime=0.0)
    found = plan(tmp_path, tmp_path / "raw")
    assert "'Bias' in its path says bias" in found.frames[0].notes[0]
    assert found.path_facts[found.frames[0].path] == {"kind": "bias"}


def test_a_header_that_contradicts_itself_or_says_another_word_is_not_settled_by_a_folder(tmp_path):
    write_frame(tmp_path / "raw/Darks/a.fits", "LIGHT", frame="Dark", exptime=60.0)
    write_frame(tmp_path / "raw/Darks/b.fits", "Snapshot", exptime=60.0)
    write_frame(tmp_path / "raw/Darks/c.fits", "DARK", exptime=60.0)
    found = plan(tmp_path, tmp_path / "raw")
    reasons = {reject.path[-6:]: reject.reason for reject in found.rejects}
    assert reasons["a.fits"].startswith("IMAGETYP = 'LIGHT' and FRAME = 'Dark' contradict")
    assert reasons["b.fits"].startswith("IMAGETYP = 'Snapshot' names no kind of frame known here")
    assert all(reason.endswith("path_rules, set kind") for reason in reasons.values())
    rules = [{"match": "Darks/*", "set": {"kind": "dark"}}]
    found = plan(tmp_path, tmp_path / "raw", path_rules=rules)
    assert [frame.kind for frame in found.frames] == ["dark"] * 3
    assert found.rejects == ()


def test_it_is_at_the_user_s_word(tmp_path):
    write_frame(tmp_path / "raw/Bias/a.fits", "", imagetyp=None, exptime=0.0)
    write_frame(tmp_path / "raw/c.fits", "BIAS", exptime=0.0)
    [reject] = plan(tmp_path, tmp_path / "raw", infer_kind=False).rejects
    assert "path_rules, set kind, or name its folder after it" in reject.reason
