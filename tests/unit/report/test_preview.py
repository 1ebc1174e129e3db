"""The first thing a user sees."""

import os
import re
from datetime import date, timedelta

import pytest

from frames import write_frame, write_lights, write_night
from plateworks.errors import ConfigError
from plateworks.report.planpage import render
from plateworks.report.preview import summarise
from plateworks.report.remarks import remarks
from plateworks.report.standing import Standing


def unusable(folder, count, kind="Fish", name="fish"):
    """Write frames of a kind that there is not."""
    for i in range(count):
        write_frame(folder / f"{name}_{i:02d}.fits", kind, exptime=60.0)


@pytest.fixture
def raw(tmp_path):
    (tmp_path / "raw").mkdir()
    return tmp_path / "raw"


def test_where_all_frames_are_set_aside_a_sentence_ends_the_run_with_reasons_and_numbers(
    raw, planned
):
    unusable(raw, 20)
    for i in range(3):
        (raw / f"cut_{i}.fits").write_bytes(b"SIMPLE  =" + bytes(i))
    with pytest.raises(ConfigError) as caught:
        planned()
    first, *reasons = str(caught.value).splitlines()
    assert first == f"None of the 23 files in {raw} can be used."
    assert len(reasons) == 2
    assert "fish_00.fits and 19 more: " in reasons[0]
    assert "path_rules, set kind" in reasons[0]
    assert "cut_0.fits and 2 more: ends inside its header" in reasons[1]


def test_frames_that_the_user_leaves_out_are_no_frames(raw, planned):
    write_night(raw)
    with pytest.raises(ConfigError, match=r"None of the 15 files .* config key exclude \(\*\*\)"):
        planned(exclude=["**"])


def test_masters_of_a_library_do_not_hide_that_no_raw_frame_can_be_used(tmp_path, raw, planned):
    unusable(raw, 2)
    write_frame(tmp_path / "library" / "dark.fits", "MASTER DARK", exptime=60.0)
    with pytest.raises(ConfigError, match="None of the 2 files"):
        planned(library=[str(tmp_path / "library")])


def test_a_library_alone_may_hold_what_cannot_be_used(tmp_path, raw, planned):
    write_frame(raw / "dark.fits", "MASTER DARK", exptime=60.0)
    unusable(tmp_path / "library", 1)
    plan = planned(library=[str(tmp_path / "library")])
    assert (len(plan.found), len(plan.rejects)) == (1, 1)


def test_with_a_camera_the_headline_says_it_and_the_run_goes_on(raw, planned):
    unusable(raw, 4)
    plan = planned(capture={"raw_dir": str(raw)})
    text = summarise(plan)
    assert f"None of the 4 files in {raw} can be used.  {raw}/fish_00.fits and 3 more: " in text
    assert "snakemake capture takes some into" in text
    assert "No frames yet" not in text
    assert "None of the 4 files" in render(plan)


def test_where_nothing_is_selected_what_is_set_aside_is_still_said(raw, planned):
    unusable(raw, 2)
    with pytest.raises(ConfigError, match="None of the 2 files"):
        planned(select={"filters": ["L"]})


def test_files_set_aside_are_told_by_reason_and_those_of_one_reason_in_one_line(raw, planned):
    write_night(raw)
    unusable(raw, 2)
    unusable(raw, 1, "Fowl", "fowl")
    text = summarise(planned())
    assert "Set aside: 3 files" in text
    assert "fish_00.fits and 1 more: " in text and "fowl_00.fits: " in text
    assert "fish_01.fits" not in text
    assert "all in plan/rejects.csv" in text


def test_where_no_light_takes_part_the_eye_is_led_to_what_is_set_aside(raw, planned):
    write_night(raw, lights=0)
    assert "no light takes part" not in summarise(planned())
    unusable(raw, 1)
    assert "no light takes part; see what is set aside" in summarise(planned())


def test_a_name_that_nothing_can_show_does_not_spoil_the_terminal(raw, planned):
    write_night(raw)
    os.rename(os.fsencode(raw / "light_0000.fits"), os.fsencode(raw) + b"/gr\xfc\n.fits")
    text = summarise(planned())
    assert r"gr\xfc\n.fits: its path is not written in UTF-8" in text
    text.encode()


def test_links_out_of_the_folders_are_named(raw, planned, tmp_path):
    write_frame(tmp_path / "elsewhere" / "a.fits", "BIAS")
    (raw / "out").symlink_to(tmp_path / "elsewhere")
    sentence = "Links lead out of the folders that are searched, and were followed: "
    assert f"{sentence}{raw / 'out'}." in summarise(planned())


def test_files_not_looked_at_are_counted(raw, planned):
    write_night(raw)
    for name in ("a.psd", "b.PSD", "c.jpg", "notes.txt", "README"):
        (raw / name).write_text("x")
    sentence = "Files not looked at, by their endings: 2 .psd, 1 without an ending, 1 .jpg."
    plan = planned()
    assert sentence in summarise(plan)
    assert sentence in render(plan)


def test_a_folder_of_nothing_but_others_says_which(raw, planned):
    (raw / "a.psd").touch()
    with pytest.raises(
        ConfigError, match=r"no frames in .*no file ends in .*; there are 1 \.psd\."
    ):
        planned()


def test_what_the_terminal_notes_stands_on_the_page_too(raw, planned):
    write_night(raw)
    write_frame(raw / "odd.fits", "LIGHT", exptime=60.0, filter="L", filters="Ha")
    plan = planned(exclude=["nothing like it"], site={})
    notes = ["No index fits the field."]
    text, page = summarise(plan, notes), render(plan, notes)
    for sentence in (*notes, *remarks(plan)):
        assert sentence in text
        assert sentence.replace("'", "&#39;").replace('"', "&#34;").replace(">", "&gt;") in page
    assert len(remarks(plan)) >= 2


def test_notes_alike_on_many_frames_are_one_line(raw, planned):
    write_night(raw, lights=0)
    for i in range(30):
        write_frame(raw / f"odd_{i:02d}.fits", "LIGHT", exptime=60.0, filter="L", filters="Ha")
    [said] = [one for one in remarks(planned()) if "odd_" in one]
    assert said.startswith(f"{raw}/odd_00.fits and 29 more: ")


def test_files_that_wait_are_among_the_remarks(raw, planned):
    write_night(raw)
    for path in raw.iterdir():
        os.utime(path, (0, 0))
    fresh = write_frame(raw / "fresh.fits", "LIGHT")
    plan = planned(settle_s=1e9)
    sentence = f"Waiting, perhaps still being written: 1 file ({fresh})."
    assert sentence in remarks(plan)
    assert sentence in summarise(plan)
    assert plan.digest != planned().digest


def test_pinned_masters_are_called_pinned_and_not_exact(tmp_path, planned):
    raw = write_night(tmp_path / "night")
    pin = [{"select": {"filter": "L"}, "use": {"flat": "flat_l_20250815"}}]
    plan = planned(raw=str(raw), overrides=pin)
    assert {light.word for light in plan.lights} == {"pinned"}
    assert {light.dark.word for light in plan.lights} == {"exact"}
    lines = summarise(plan).splitlines()
    assert [line.split()[0] for line in lines if line.endswith("  pinned")] == ["3"]
    page = render(plan)
    assert "pinned by overrides 1" in page and "<b>3</b> pinned" in page


def test_sky_flats_of_many_exposures_with_flat_darks_of_one_read_exact(tmp_path, planned):
    raw = write_night(tmp_path / "night")
    for path in raw.glob("flat_*.fits"):
        path.unlink()
    for i, exposure in enumerate((0.8, 1.1, 1.6, 2.3, 3.3, 4.9, 7.5)):
        date = f"2025-08-15T19:{i:02d}:00"
        write_frame(raw / f"sky_{i}.fits", "FLAT", exptime=exposure, filter="L", date_obs=date)
    plan = planned(raw=str(raw))
    [flat] = [one for one in plan.masters if one.source.key.kind == "flat"]
    assert {match.k for match in flat.matches} > {1.6 / 2.0, 1.1 / 2.0}
    assert {light.word for light in plan.lights} == {"exact"}
    assert re.search(r"flat_l_20250815 +7 frames +exact\n", summarise(plan))


def test_a_pinned_flat_that_lacks_darks_is_as_poor_as_it_is(tmp_path, planned):
    raw = write_night(tmp_path / "night", flat_exposure=200.0)
    for path in raw.glob("darkflat_*.fits"):
        path.unlink()
    pin = [{"select": {"filter": "L"}, "use": {"flat": "flat_l_20250815"}}]
    [flat] = {light.flat for light in planned(raw=str(raw), overrides=pin).lights}
    assert (flat.level, flat.word) == (2, "acceptable")
    assert "pinned by overrides 1" in flat.reason and "made with bias_" in flat.reason


def test_it_is_said_where_a_dark_is_not_fitted_for_want_of_a_bias(raw, planned):
    write_night(raw)
    asked = {"matching": {"dark_scale": "optimise", "flat_dark_scale": "optimise"}}
    assert not any("is not met" in line for line in remarks(planned(**asked)))
    for path in raw.glob("bias_*"):
        path.unlink()
    dark, flat = (line for line in remarks(planned(**asked)) if "is not met" in line)
    assert dark.startswith("matching.dark_scale: optimise is not met for 3 lights: no master bias")
    assert flat.startswith("matching.flat_dark_scale: optimise is not met for 3 flats:")
    assert "masters.bias_level: 0" in dark
    assert not any("is not met" in line for line in remarks(planned()))


def test_darks_that_a_capture_leaves_out_for_their_exposure_are_named(raw, planned):
    write_night(raw)
    darks = {"science_exposure_time": 30.0, "exposure_factors": [0.5, 1.0, 4.0]}
    capture = {"raw_dir": str(raw), "darks": {**darks, "max_exposure": 60.0}}
    [said] = [line for line in remarks(planned(capture=capture)) if "are not taken" in line]
    assert said.startswith("capture.darks.exposure_factors: darks of 120 s are not taken")
    capture["darks"]["max_exposure"] = 120.0
    assert not any("are not taken" in line for line in remarks(planned(capture=capture)))


def test_sets_that_look_alike_are_told_apart_in_each_table(raw, planned):
    write_night(raw)
    write_frame(raw / "bare.fits", "LIGHT", exptime=60.0, filter="L", offset=None)
    for i in range(3):
        write_frame(raw / f"other_{i}.fits", "DARK", exptime=60.0, gain=200)
        write_frame(raw / f"none_{i}.fits", "DARK", exptime=60.0, gain=None)
    plan = planned()
    assert "no offset</span>" in render(plan) and "offset 50</span>" in render(plan)
    lines = summarise(plan).splitlines()
    told = [line.split("  ")[-1].strip() for line in lines if "light_60s_l_m10c_20250815" in line]
    assert sorted(one.split(";")[0] for one in told) == ["no offset", "offset 50"]
    found = [line for line in lines if line.split()[:2] == ["light", "ZWO"]]
    assert sorted(line.split("  ")[-1].strip() for line in found) == ["no offset", "offset 50"]
    darks = [line for line in lines if "dark_60s_m10c_20250815" in line]
    assert sorted(line.split("  ")[-1] for line in darks) == ["gain 100", "gain 200", "no gain"]


def test_sets_that_nothing_looks_like_are_told_as_they_were(raw, planned):
    write_night(raw)
    text = summarise(planned())
    assert "  light_60s_l_m10c_20250815  exact\n" in text and "gain" not in text


def write_many_nights(raw, nights):
    """Write nights of lights in three filters, each with its own flats, a dark and a bias."""
    for number in range(nights):
        evening = date(2024, 1, 1) + timedelta(days=number)
        frames = [("DARK", 60.0, None), ("BIAS", 0.0, None)]
        frames += [(kind, 60.0 * (kind == "LIGHT") + 2, x) for x in "RGB" for kind in KINDS_OF_BAND]
        for hour, (kind, seconds, band) in enumerate(frames):
            told = {"exptime": seconds, "filter": band, "date_obs": f"{evening}T{14 + hour}:00:00"}
            write_frame(raw / f"{evening}" / f"{kind}_{band}.fits", kind, **told)


KINDS_OF_BAND = ("FLAT", "LIGHT")


def test_a_hundred_nights_fit_on_a_screen_of_forty_lines(raw, planned):
    write_many_nights(raw, 100)
    text = summarise(planned(masters={"min_frames": 1}))
    lines = text.splitlines()
    assert len(lines) <= 40, text
    assert max(map(len, lines[3:])) <= 160
    [light] = [line for line in lines if line.startswith("  light  ") and " R " in line]
    assert " ".join(light.split()) == "light ZWO ASI2600MM Pro 100 nights R 62 s -10 °C 32x24 100"
    assert any(line.split()[:4] == ["make", "100", "x", "flat,"] for line in lines)
    assert "  100  light, R, 62 s, -10 °C  " in text
    assert "100 nights" in text


def test_what_is_done_of_lights_is_told_beside_what_is_to_do(raw, planned, monkeypatch):
    write_night(raw, lights=22)
    plan = planned()
    done = {light.name for light in plan.to_calibrate[:10]}
    monkeypatch.setattr(Standing, "of_light", lambda self, light: light.name in done)
    assert "  22 lights: 10 done, 12 to do  light_60s_l_m10c_20250815  exact\n" in summarise(plan)
    done |= {light.name for light in plan.to_calibrate}
    assert "  22 lights: 22 done  light_60s_l_m10c_20250815  exact\n" in summarise(plan)


def test_lights_refused_for_reasons_alike_are_one_line(raw, planned):
    write_night(raw)
    for i, gain in enumerate((7, 8, 9)):
        write_lights(raw, 5, name=f"gain_{i}", gain=gain)
    text = summarise(planned())
    refused = [line for line in text.splitlines() if line.startswith("  refused: ")]
    assert len(refused) == 1, text
    assert "gain_0_0.fits and 14 more: " in refused[0]


@pytest.mark.parametrize(("camera", "gap"), [("ZWO ASI2600MM Pro", " "), ("ZWO 2600", "  ")])
def test_a_table_that_all_but_fits_a_plain_terminal_has_its_columns_closer(
    raw, planned, camera, gap
):
    for kind, count in (("DARKFLAT", 3), ("FLAT", 3), ("LIGHT", 1)):
        for i in range(count):
            write_frame(
                raw / f"{kind}_{i}.fits", kind, exptime=1.59, instrume=camera, filter="Ha",
                ccd_temp=-10.0, set_temp=-10.0, width=1200, height=800,
            )  # fmt: skip
    _, *told = summarise(planned()).partition("\n  kind")[2].splitlines()
    rows = [line for line in told if line.startswith(("  dark", "  flat", "  light"))]
    assert rows and all(camera + gap + "2" in row and len(row) <= 80 for row in rows)
