"""Folders as smart telescopes and programs leave them are planned without a setting."""

from pathlib import Path

import pytest

from frames import ROOT, settings, write_frame
from headerfiles import cards_of_text, complete, write_sparse
from plateworks.metadata.normalise import read_frame
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.report.missing import missing
from plateworks.report.preview import summarise

HEADERS = ROOT / "tests" / "golden" / "headers"


def put(path: Path, header: str, **cards: object) -> Path:
    """Write a frame of a golden header, small, with cards that differ; None takes one away."""
    path.parent.mkdir(parents=True, exist_ok=True)
    changed = {"NAXIS1": 24, "NAXIS2": 16} | {
        key.replace("_", "-").upper(): value for key, value in cards.items()
    }
    lines = [
        line for line in (HEADERS / header).read_text().splitlines()
        if line[:8].strip() not in changed
    ]  # fmt: skip
    for key, value in changed.items():
        if value is not None:
            text = f"'{value:8}'" if isinstance(value, str) else str(value)
            lines.append(f"{key:8}= {text:>20}")
    write_sparse(path, complete(cards_of_text(lines)))
    with open(path, "r+b") as stream:  # no two frames of a camera are the same
        stream.seek(-2880, 2)
        stream.write(path.name.encode()[:100])
    return path


def planned(raw: Path, **more: object) -> Plan:
    return plan_run(settings(raw, raw.parent / "results", **more), rescan=True)


def kinds(plan: Plan) -> dict[str, int]:
    return {one.key.kind: len(one.frames) for one in plan.sets}


def aside(plan: Plan) -> dict[str, str]:
    return {Path(one.path).name: one.reason for one in plan.rejects}


@pytest.fixture
def raw(tmp_path) -> Path:
    return tmp_path / "raw"


def test_a_seestar_takes_its_dark_itself_and_no_other_is_subtracted(raw):
    for i in range(3):
        name = f"Light_M 94_10.0s_IRCUT_20250327-01203{i}.fit"
        put(raw / "M 94_sub" / name, "seestar-light.txt", DATE_OBS=f"2025-03-27T01:20:3{i}.5")
    put(raw / "M 94" / "Stacked_3_M 94_10.0s_IRCUT_20250327-013055.fit", "seestar-stack.txt")
    (raw / "M 94" / "Stacked_3_M 94_10.0s_IRCUT_20250327-013055_thn.jpg").write_bytes(b"thumbnail")
    for i in range(3):  # of somebody's own
        put(raw / "darks" / f"Dark_{i}.fit", "seestar-light.txt", IMAGETYP="Dark")
        put(raw / "flats" / f"Flat_{i}.fit", "seestar-light.txt", IMAGETYP="Flat", EXPTIME=0.5,
            EXPOSURE=0.5)  # fmt: skip
    plan = planned(raw, masters={"min_frames": 3})
    assert len(plan.lights) == 3 and "3 planes" in "".join(aside(plan).values())
    for light in plan.lights:
        assert light.dark is None and light.flat is not None and not light.refused
        assert any("dark is taken out already" in note for note in light.frame.notes)


def test_without_flats_lights_of_a_seestar_are_refused_for_these_alone(raw):
    put(raw / "M 94_sub" / "Light_M 94_10.0s_IRCUT_20250327-012030.fit", "seestar-light.txt")
    [light] = planned(raw).lights
    assert light.refused and "flat" in light.refused and "dark" not in light.refused
    [light] = planned(raw, calibrate={"require": ["dark"]}).lights
    assert not light.refused
    told = summarise(planned(raw, calibrate={"require": ["dark"]}))
    assert "no flat" in told and "no dark" not in told


def test_lights_without_their_dark_ask_for_flats_alone(raw):
    """What the telescope has taken out nobody needs to capture."""
    put(raw / "MyWorks" / "M 94_sub" / "Light_M 94_10.0s_IRCUT_0.fit", "seestar-light.txt")
    for require in (["flat"], ["bias", "dark", "flat"]):
        plan = planned(raw, calibrate={"require": require})
        assert [gap.kind for gap in missing(plan)] == ["flat"]


def test_a_dwarf_tells_lights_by_their_target_and_the_rest_by_folders(raw):
    session = raw / "DWARF_RAW_TELE_NGC 2244_EXP_30_GAIN_60_2026-03-11-20-05-11-310"
    for i in range(2):
        put(session / f"NGC 2244_30s60_Duo-Band_20260311-2007{i:02d}512_36C.fits",
            "dwarf-3-light.txt", DATE_OBS=f"2026-03-11T20:07:{i:02d}.5")  # fmt: skip
    put(session / "stacked-16_NGC 2244_30s60_Duo-Band_20260311-200744518.fits", "dwarf-3-light.txt")
    (session / "shotsInfo.json").write_text('{"exp": "30", "gain": 60}')
    for i in range(3):
        put(raw / "DWARF_DARK" / "tele_exp_30_gain_60_bin_1" / f"raw_{i}.fits",
            "dwarf-3-dark.txt", EXPTIME=30.0, DATE_OBS=f"2026-01-02T18:40:1{i}.0")  # fmt: skip
    plan = planned(raw, masters={"min_frames": 3}, calibrate={"require": ["dark"]})
    assert kinds(plan) == {"light": 2, "dark": 3}
    assert list(aside(plan).values()) == ["it is a stack of lights, not a raw frame"]
    assert all(light.dark is not None and not light.refused for light in plan.lights)


def test_the_text_beside_frames_of_sharpcap_tells_what_their_headers_lack(raw):
    night = raw / "2019-04-29"
    for kind, time in (("Light", "20_25_29"), ("Dark", "21_00_00")):
        for i in range(3):
            put(night / time / f"{time}_{i:05d}.fits", "sharpcap.txt", EXPTIME=None,
                DATE_OBS=f"2019-04-29T{time.replace('_', ':')[:-1]}{i}.5")  # fmt: skip
        (night / f"{time}.CameraSettings.txt").write_text(
            f"\ufeff[ZWO ASI290MM Mini]\nFrameType={kind}\nBinning=1\nExposure=2000.0000ms\n"
            "Analogue Gain=110\nBlack Level=12\nSubtract Dark=None\nApply Flat=None\n"
        )
    plan = planned(raw, masters={"min_frames": 3}, calibrate={"require": ["dark"]})
    assert kinds(plan) == {"light": 3, "dark": 3}
    for light in plan.lights:
        frame = light.frame
        assert (frame.exposure, frame.gain, frame.offset) == (2.0, 110, 12)
        assert light.dark is not None
        [note] = frame.notes
        assert note.endswith("told by 20_25_29.CameraSettings.txt beside it")


def test_what_sharpcap_took_out_is_not_taken_out_again(raw):
    frame = put(raw / "12_00_00_00001.fits", "sharpcap.txt", IMAGETYP="LIGHT")
    text = raw / "12_00_00.CameraSettings.txt"
    text.write_text("Subtract Dark=C:\\darks\\master 2s.fits\nApply Flat=None\n")
    assert read_frame(frame).done == "D"
    text.write_text("Subtract Dark=None\nGain=250 \n" + "# longer\n")
    found = read_frame(frame)
    assert (found.done, found.gain) == (None, 250)


def test_a_text_of_another_program_tells_nothing(raw):
    frame = put(raw / "a.fits", "nina.txt")
    (raw / "a.CameraSettings.txt").write_text("Gain=7\n")
    assert read_frame(frame).gain == 120


#: How programs name folders and frames by default: the header of a frame, and its path.
LAYOUTS = {
    "ASIAIR": ("asiair-light.txt", "Autorun/{kind}/M 42/{kind}_M 42_120.0s_Bin1_gain100_{i}.fit"),
    "StellarMate": ("indi-light.txt", "M_42/{kind}/Ha/M_42_{kind}_Ha_180_secs_2025-08-20_{i}.fits"),
    "N.I.N.A.": ("nina.txt", "M42/2021-03-02/{kind}/2021-03-02_20-19-0{i}__-10.00_30.00s.fits"),
    "APT": ("apt.txt", "M42/{kind}s/{kind}_M42_{i}_ISO120_240s__-15C.fit"),
    "ACP and MaxIm": ("maximdl-6.18.txt", "20180823/{kind}-S001-R001-C00{i}-r.fts"),
}


@pytest.mark.parametrize("program", LAYOUTS)
def test_folders_of_programs_plan_as_they_come(raw, program):
    header, layout = LAYOUTS[program]
    words = {"light": "Light Frame", "dark": "Dark Frame", "flat": "Flat Field"}
    for kind, word in words.items():
        for i in range(3):
            put(raw / layout.format(kind=kind.title(), i=i), header, IMAGETYP=word, FRAME=None,
                OBJECT="M 42" if kind == "light" else None)  # fmt: skip
    plan = planned(raw, masters={"min_frames": 3})
    assert kinds(plan) == dict.fromkeys(words, 3) and not plan.rejects
    assert not any(light.refused for light in plan.lights)


def test_a_plain_frame_waits_for_no_text(raw):
    write_frame(raw / "a.fits", "LIGHT")
    assert read_frame(raw / "a.fits").notes == ()
