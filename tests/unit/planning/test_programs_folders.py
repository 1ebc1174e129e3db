"""Folders as smart telescopes and programs leave them are planned without a setting."""

from pathlib import Path

import pytest

from frames import ROOT, settings, write_frame
from headerfiles import PLAIN_XISF, cards_of_text, complete, write_sparse, write_xisf
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
    assert len(plan.lights) == 3 and "a stack of lights" in "".join(aside(plan).values())
    for light in plan.lights:
        assert light.dark is None and light.flat is not None and not light.refused
        said = "dark is taken out already: the telescope does that itself before it saves a light"
        assert said in light.frame.notes


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


def test_masters_of_a_dwarf_are_told_by_their_names_alone(raw):
    """Their headers have nothing but the colours of the sensor; an older firmware names another."""
    session = raw / "DWARF_RAW_TELE_NGC 2264_EXP_30_GAIN_60_2025-01-22-21-05-11-310"
    for i in range(2):
        name = f"NGC 2264_30s60_Astro_20250122-2106{i:02d}323_34C.fits"
        put(session / name, "dwarf-3-older.txt", NAXIS1=3856, NAXIS2=2180, DET_TEMP=34,
            DATE_OBS=f"2025-01-22T21:06:{i:02d}.3")  # fmt: skip
    bare = dict.fromkeys(
        ("DATE_OBS", "EXPTIME", "GAIN", "XBINNING", "YBINNING", "FILTER", "DET_TEMP", "RA", "DEC",
         "OBJECT", "FOCALLEN", "TELESCOP", "INSTRUME", "ORIGIN")
    )  # fmt: skip
    names = {
        "dark/cam_0/dark_exp_30.000000_gain_60_bin_1_34C_stack_9.fits": ("dark", 30.0, 60, 34),
        "bias/cam_0/bias_gain_2_bin_1.fits": ("bias", None, 2, None),
        "flat/cam_0/flat_gain_2_bin_1_ir_0.fits": ("flat", None, 2, None),
    }
    for name, told in names.items():
        path = put(raw / "CALI_FRAME" / name, "dwarf-3-dark.txt", NAXIS1=3856, NAXIS2=2180, **bare)
        frame = read_frame(path)
        assert (frame.kind, frame.exposure, frame.gain, frame.temp) == told
        assert frame.is_master and frame.camera == "DWARF 3"
    renamed = put(raw / "x" / "my_dark.fits", "dwarf-3-dark.txt", NAXIS1=3856, NAXIS2=2180, **bare)
    assert read_frame(renamed).camera is None
    renamed.unlink()
    plan = planned(raw, calibrate={"require": ["dark"]})
    assert len(plan.lights) == 2
    assert all(light.dark is not None and not light.refused for light in plan.lights)


#: How a Vespera and a Stellina name what they took: the folder of one target, its lights and dark.
VAONIS = "2023-09-12_21-10-03_observation_M31"


@pytest.mark.parametrize("size", [(3072, 2080), (3840, 2160), (3536, 3536)])
def test_a_vespera_and_a_stellina_plan_as_they_come(raw, size):
    night, form = raw / VAONIS, dict(zip(("NAXIS1", "NAXIS2"), size, strict=True))
    for i in range(3):
        put(night / "01-images-initial" / f"img-{i + 1:04d}.fits", "stellina-light.txt",
            DATE_OBS=f"2023-09-12T21:14:{i:02d}.3", **form)  # fmt: skip
        (night / "01-images-initial" / f"img-{i + 1:04d}.tiff").write_bytes(b"II*\0")
        (night / "01-images-initial" / f"img-{i + 1:04d}-stacking.json").write_text("{}")
    put(night / "02-images-adjust-focus" / "img-0001r.fits", "stellina-light.txt",
        DATE_OBS="2023-09-12T22:00:00.5", BAYERPAT="BGGR", **form)  # fmt: skip
    put(night / "img-0001-dark.fits", "stellina-light.txt",
        DATE_OBS="2023-09-12T21:12:00.1", **form)  # fmt: skip
    plan = planned(raw, masters={"min_frames": 1}, calibrate={"require": ["dark"]})
    assert sorted((one.key.kind, len(one.frames)) for one in plan.sets) == [
        ("dark", 1), ("light", 1), ("light", 3),
    ]  # fmt: skip
    straight = [light for light in plan.lights if light.frame.bayer == "RGGB"]
    assert len(straight) == 3 and not plan.rejects
    for light in straight:
        assert (light.frame.exposure, light.frame.temp) == (10.0, 11.2)
        assert light.dark is not None and not light.refused
    [turned] = [light for light in plan.lights if light.frame.bayer == "BGGR"]
    assert turned.refused  # the sensor stood on its head, and no dark of it is there


def test_a_unit_in_a_comment_counts_for_exposures_alone(tmp_path):
    def exposure(*cards):
        path = write_sparse(tmp_path / "a.fits", complete(["IMAGETYP= 'LIGHT'", *cards]))
        return read_frame(path).exposure

    assert exposure("EXPOSURE=                10000 / Exposure time in ms") == 10
    assert exposure("EXPTIME =             250000.0 / [us] exposure") == pytest.approx(0.25)
    assert exposure("EXPTIME =               1500.0 / (msec)") == 1.5
    assert exposure("EXPTIME =                 30.0 / in milliseconds of the gain of items") == 0.03
    assert exposure("EXPTIME =                 30.0 / [s] of 30000 ms") == 30
    assert exposure("EXPTIME =                 30.0 / terms in msamples") == 30
    assert exposure("EXPTIME =                 30.0", "GAIN    = 5 / in ms") == 30
    keywords = [("EXPOSURE", "10000", "Exposure time in ms"), ("GAIN", "5", "")]
    path = write_xisf(tmp_path / "a.xisf", PLAIN_XISF, data=bytes(1024), keywords=keywords)
    assert read_frame(path).exposure == 10


def test_a_mosaic_of_a_seestar_and_stacks_under_newer_names(raw):
    works = raw / "MyWorks"
    for i in range(3):
        name = f"Light_mosaic_M 66_20.0s_LP_20260416-21544{i}.fit"
        put(works / "M 66_mosaic_sub" / name, "seestar-s30-pro-light.txt",
            DATE_OBS=f"2026-04-16T21:54:4{i}.5", RA=170.4 + i / 4)  # fmt: skip
    stacks = {
        "M 66_mosaic/DSO_Stacked_738_M 66_20.0s_20260416_225203.fit": {"STACKCNT": None},
        "M 66_mosaic/Video_Stacked_12_M 66_20.0s_20260416_225203.fit": {"STACKCNT": None},
        "M 66_mosaic_pt/20260416-215500.fit": {},
    }
    for name, cards in stacks.items():
        put(works / name, "seestar-s30-pro-stack.txt", NAXIS=2, NAXIS3=None, **cards)
    plan = planned(raw, calibrate={"require": ["dark"]})
    assert len(plan.lights) == 3 and not any(light.refused for light in plan.lights)
    assert set(aside(plan).values()) == {"it is a stack of lights, not a raw frame"}
    assert len(aside(plan)) == 3


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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_texts_of_sharpcap_are_read_in_the_encodings_of_windows(raw, encoding):
    frame = put(raw / "12_00_00_00001.fits", "sharpcap.txt", IMAGETYP="LIGHT")
    text = "[ZWO ASI290MM Mini]\r\nAnalogue Gain=250\r\nApply Flat=Ebene-Ä.fits\r\n"
    (raw / "12_00_00.CameraSettings.txt").write_bytes(text.encode(encoding))
    found = read_frame(frame)
    assert (found.gain, found.done) == (250, "F")


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
    "N.I.N.A. 3": (
        "nina-3.txt",
        "M42/2025-10-17/{kind}/2025-10-17_19-20-3{i}_LUM_0.00_60.00s.fits",
    ),
    "Voyager": ("voyager.txt", "NGC6960/{kind}/NGC6960_{kind}_S2_600s_BIN1_-20C_00{i}.fit"),
    "SharpCap 4.1": ("sharpcap-4.1.txt", "2025-03-19/Markarian/{kind}/22_51_59_0000{i}.fits"),
    "ACP and MaxIm": ("maximdl-6.18.txt", "20180823/{kind}-S001-R001-C00{i}-r.fts"),
}


@pytest.mark.parametrize("program", LAYOUTS)
def test_folders_of_programs_plan_as_they_come(raw, program):
    header, layout = LAYOUTS[program]
    words = {"light": "Light Frame", "dark": "Dark Frame", "flat": "Flat Field"}
    for kind, word in words.items():
        for i in range(3):
            put(raw / layout.format(kind=kind.title(), i=i), header, IMAGETYP=word, FRAME=None,
                FRAMETYP=None, OBJECT="M 42" if kind == "light" else "FlatWizard")  # fmt: skip
    plan = planned(raw, masters={"min_frames": 3})
    assert kinds(plan) == dict.fromkeys(words, 3) and not plan.rejects
    assert not any(light.refused for light in plan.lights)


def test_a_plain_frame_waits_for_no_text(raw):
    write_frame(raw / "a.fits", "LIGHT")
    assert read_frame(raw / "a.fits").notes == ()
