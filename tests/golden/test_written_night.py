"""Frames of many programs in one folder: what is planned of them."""

from pathlib import Path

import pytest

from frames import settings
from headerfiles import write_header
from plateworks.matching.match import Match
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run

HEADERS = Path(__file__).parent / "headers"
NO_KIND = "the header does not say what kind of frame it is (no IMAGETYP)"

AS_RAW = "if it is raw after all, say so: path_rules, set done: '', with force: true"


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    folder = tmp_path_factory.mktemp("many")
    (folder / "raw").mkdir()
    for text in HEADERS.iterdir():
        write_header(text, folder / "raw" / text.name.removesuffix(".txt").removesuffix(".xisf"))
    given = {"masters": {"min_frames": 1}, "calibrate": {"require": []}}
    return plan_run(settings(folder / "raw", folder / "results", **given), rescan=True)


def stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def test_every_frame_is_of_the_kind_that_it_is(plan):
    kinds: dict[str, set[str]] = {}
    for one in plan.sets:
        kinds.setdefault(one.key.kind, set()).update(stem(frame.path) for frame in one.frames)
    four = {"arcsat", "ccdsoft", "huntsman", "maximdl-4"}
    assert kinds == {
        "bias": {f"{one}-bias" for one in four},  # Huntsman's type says dark
        "dark": {*(f"{one}-dark" for one in four), "dwarf-3-dark"},
        "flat": {"arcsat-flat", "huntsman-flat", "maximdl-5.15"},  # Huntsman's type says light
        "light": {
            "apt", "arcsat-light", "asiair-light", "astrofx", "ccdsoft-flat", "dwarf-3-light",
            "dwarf-3-older", "dwarf-mini-light", "huntsman-light", "indi-light", "maximdl-4-light",
            "maximdl-6.18", "nina", "nina-3", "seestar-2024", "seestar-light",
            "seestar-s30-pro-light", "sgp", "sharpcap-4.1", "stellina-light", "voyager",
        },
    }  # fmt: skip


def test_what_is_no_raw_frame_is_set_aside_with_the_reason(plan):
    reasons = {stem(reject.path): reject.reason for reject in plan.rejects}
    without_kind = {name for name, reason in reasons.items() if reason.startswith(NO_KIND)}
    assert without_kind == {
        "ccdops", "dwarf", "microobservatory", "pocs", "sharpcap", "structure-only", "wcs-alone",
    }  # fmt: skip
    others = {name: reasons[name] for name in reasons.keys() - without_kind}
    assert reasons["maximdl-5.15"].startswith(
        "no flat-dark, dark or bias matches this flat of 1 s: INSTRUME apogee-alta instead of"
    )
    assert others == {
        "app-light": "it is a stack of lights, not a raw frame",
        "asi-deepstack": "it is a stack of lights, not a raw frame",
        "pixinsight": "it is a stack of lights, not a raw frame",
        "maximdl-5.15": reasons["maximdl-5.15"],
        "ekos-light": "it is in floating point, no camera's program says that it wrote it, and the "
        f"frames for calibration are not, so it was worked on; {AS_RAW}",
        "maximdl-5.21": "bias and dark are taken out already (HISTORY has 'Bias corrected with "
        "mbias.fits'; HISTORY has 'Dark corrected with mdark60.fits'); calibrate.complete_partly: "
        f"true does the steps that lack; {AS_RAW}",
        "maximdl-5.24": f"bias, dark and flat are taken out already (CALSTAT = 'BDF'); {AS_RAW}",
        "seestar-s30-pro-stack": reasons["seestar-stack"],
        "seestar-stack": "it is a stack of lights, not a raw frame",
    }


def test_masters_of_other_programs_are_found(plan):
    found = [master for master in plan.matcher.masters if not master.made]
    kinds = {stem(master.path): master.kind for master in found}
    assert kinds == {"app-flat": "flat", "pixinsight-dark": "dark"}


@pytest.mark.parametrize(
    ("light", "dark", "flat"),
    [
        ("arcsat-light", "dark_30s_m25c_20250529 (0)", "flat_g-lower_arcsat-0.5-m_20250529 (0)"),
        ("huntsman-light", "dark_300s_p0c_20210106 (0)", "flat_g-band_20210112 (1)"),
        ("ccdsoft-flat", "dark_60s_m5c_20170908 (2)", None),
    ],
)
def test_lights_get_the_masters_of_their_camera_and_night(plan, light, dark, flat):
    [planned] = [one for one in plan.lights if stem(one.frame.path) == light]
    assert (said(planned.dark), said(planned.flat)) == (dark, flat)


def said(match: Match | None) -> str | None:
    return match and f"{stem(match.master.path)} ({match.level})"


def test_a_flat_of_another_exposure_gets_its_dark_scaled(plan):
    [flat] = [one for one in plan.usable if "arcsat" in one.path and one.source.key.kind == "flat"]
    [match] = flat.matches
    assert (said(match), match.k) == ("dark_30s_m25c_20250529 (0)", pytest.approx(1.01))
