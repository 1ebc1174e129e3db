"""The page of the plan: complete, small, alone, and safe from whatever stands in a header."""

import os
import re

from browser import Page, asks_for
from frames import settings, write_frame, write_night
from plateworks.inventory.scan import Inventory
from plateworks.metadata.frame import Frame
from plateworks.planning.plan import build_plan
from plateworks.planning.run import plan_run
from plateworks.report.planpage import render, write_page
from plateworks.report.plantables import write_tables
from plateworks.report.planviews import MOST_FILES, facts
from plateworks.report.standing import Standing
from plateworks.settings.configuration import complete

#: Texts that would do harm if they were taken for anything but text.
HOSTILE = (
    "<script>document.title='x'</script>",
    "\"><img src=x onerror=document.title='x'>",
    "' onmouseover='document.title=1",
    "</style><script>document.title='x'</script>",
    "{{ 7 * 6 }} & &lt;b&gt;",
)


def shown(source):
    return Page(source).shown()


def hostile_night(raw):
    """A night in which every text of a header, and every file name that may be, is hostile."""
    write_night(raw)
    for i, text in enumerate(HOSTILE):
        cards = {"filter": text, "object": text, "telescop": text, "readoutm": text}
        write_frame(raw / f"a{i}.fits", "LIGHT", exptime=60.0, instrume=text, **cards)
        write_frame(
            raw / f"b{i}.fits", "LIGHT", exptime=60.0, filter="L", object=text,
            date_obs=f"2025-08-15T2{i}:00:00",
        )  # fmt: skip
        for n in range(3):
            write_frame(raw / f"f{i}_{n}.fits", "FLAT", exptime=2.0, filter=text, telescop=text)
        name = text.replace("/", "").replace("{", "(").replace("}", ")")
        write_frame(raw / f"{name}.fits", "LIGHT", exptime=60.0, filter="L")
        write_frame(raw / f"{name}_.fits", text, exptime=60.0, imagetyp=text)
    return raw


def test_header_text_is_shown_as_text(tmp_path, planned):
    source = render(planned(hostile_night(tmp_path / "raw")), notes=HOSTILE)
    assert not Page(source).tags() & {"script", "img"}
    assert not Page(source).attributes() & {"onerror", "onmouseover", "src"}
    for text in HOSTILE:
        assert text in Page(source).text


def test_a_browser_runs_nothing_that_stands_in_a_header(tmp_path, planned, browser):
    page = tmp_path / "plan.html"
    # Our own second line of defence is taken away, so that the first stands the test.
    source = render(planned(hostile_night(tmp_path / "raw")))
    page.write_text(re.sub(r"<meta http-equiv[^>]*>", "", source), "utf-8", "replace")
    opened = browser.open(page)
    assert opened.evaluate("document.title") == "Plateworks: the plan"
    assert not opened.evaluate("document.querySelectorAll('script, img').length")
    text = opened.evaluate("document.body.textContent")
    assert all(one in text for one in HOSTILE)
    assert opened.complaints == opened.requests == []


def test_a_browser_would_have_run_it_had_it_not_been_escaped(tmp_path, browser):
    (tmp_path / "plan.html").write_text(f"<title>plan</title><p>{HOSTILE[0]}")
    assert browser.open(tmp_path / "plan.html").evaluate("document.title") == "x"


def test_the_page_stands_alone(tmp_path, planned):
    source = render(planned(write_night(tmp_path / "raw")))
    assert asks_for(source) == []
    assert not Page(source).tags() & {"script", "link", "img", "iframe", "object"}


def test_every_link_of_the_page_leads_somewhere(tmp_path, planned):
    elements = Page(render(planned(hostile_night(tmp_path / "raw")))).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    links = {attributes["href"] for tag, attributes in elements if tag == "a"}
    assert {one for one in links if not one.startswith("#")} == {"../report/index.html"}
    assert {one[1:] for one in links if one.startswith("#")} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_cell_says_count_and_level_in_words_and_why(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_frame(
        raw / "x.fits", "LIGHT", exptime=60.0, filter="OIII", date_obs="2025-08-16T22:00:00"
    )
    source = render(planned(matching={"substitute_filter": None}))
    cells = [a for tag, a in Page(source).elements if a.get("class", "").startswith("cell")]
    assert [cell["class"] for cell in cells] == ["cell l4", "cell l0"]
    assert cells[0]["title"] == (
        "no master flat matches: FILTER l instead of oiii "
        "(flat_l_20250815.fits; matching.substitute_filter)"
    )
    assert cells[1]["title"] == "dark: exact; flat: exact"
    assert "1 refused" in shown(source)
    assert "3 exact" in shown(source)


def test_the_page_says_what_is_missing_and_who_is_refused(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    write_frame(raw / "x.fits", "LIGHT", exptime=300.0, filter="L", gain=0)
    text = shown(render(planned(), notes=["No index fits."]))
    assert "no dark for 300 s at −10 °C, gain 0" in text
    assert "20 × dark for 300 s at −10 °C, gain 0" in text
    assert "1 light: no master dark matches: GAIN 100.0 instead of 0.0" in text
    assert "No index fits." in text
    assert "matching.accept_level" in text


def test_the_page_names_the_frames_of_each_master_and_what_calibrates_them(tmp_path, planned):
    write_night(tmp_path / "raw", frames=MOST_FILES + 2)
    text = shown(render(planned()))
    assert "flat_11.fits" in text
    assert "flat_12.fits" not in text
    assert "and 2 more, in frames.csv" in text
    assert "Calibrated with darkflat_2s_m10c_20250815.fits (exact), 14 frames" in text


def test_a_dark_that_flats_get_for_reasons_alike_is_named_once(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(3):
        write_frame(
            raw / f"flat_{i}.fits", "FLAT", exptime=2.0, filter="L", set_temp=None,
            ccd_temp=-12.4 + 0.2 * i, date_obs=f"2025-08-15T19:0{i}:00",
        )  # fmt: skip
    text = shown(render(planned()))
    print(text[text.index("Calibrated with") :][:700])
    assert text.count("darkflat_2s_m10c_20250815.fits (") == 1


def test_files_set_aside_are_shown_by_reason(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    (raw / "broken.fits").write_bytes(b"SIMPLE  =")
    text = shown(render(planned()))
    assert "ends inside its header" in text
    assert "broken.fits" in text


def test_a_plan_without_lights_and_one_without_masters_have_a_page(tmp_path, planned):
    write_frame(tmp_path / "raw" / "bias.fits", "BIAS")
    assert "Nights and filters" not in shown(render(planned()))
    write_frame(tmp_path / "raw" / "light.fits", "LIGHT", exptime=60.0)
    (tmp_path / "raw" / "bias.fits").unlink()
    assert "1 refused" in shown(render(planned()))


def test_a_name_that_is_no_text_does_not_spoil_the_page(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    os.rename(os.fsencode(raw / "light_0000.fits"), os.fsencode(raw) + b"/light_\xff\x07.fits")
    (raw / "x\u202egnp.fits").write_bytes(b"SIMPLE  =")
    write_page(planned(), tmp_path / "plan.html")
    text = (tmp_path / "plan.html").read_text("utf-8")
    assert "\u202e" not in text
    assert r"x\u202egnp.fits" in text
    assert r"light_\xff\x07.fits" in text


def test_the_page_is_the_same_for_the_same_plan_and_replaced_in_one_step(tmp_path, planned):
    write_night(tmp_path / "raw")
    write_page(planned(), tmp_path / "plan" / "plan.html")
    first = (tmp_path / "plan" / "plan.html").read_bytes()
    write_page(planned(), tmp_path / "plan" / "plan.html")
    assert (tmp_path / "plan" / "plan.html").read_bytes() == first
    assert os.listdir(tmp_path / "plan") == ["plan.html"]


def test_the_page_of_thousands_of_lights_stays_small():
    frames = [
        Frame(
            path=f"/raw/{night:03d}/{kind}_{name}_{i:03d}.fits", width=32, height=24, bitpix=16,
            kind=kind, camera="cam", exposure=exposure, filter=name,
            mjd=60000.0 + night + 0.8 + i / 1000, temp=-10.0,
        )
        for night in range(20)
        for kind, name, exposure, count in (
            ("light", "L", 60.0, 100), ("light", "Ha", 60.0, 100), ("light", "OIII", 60.0, 100),
            ("flat", "L", 2.0, 20), ("dark", None, 60.0, 20), ("dark", None, 2.0, 20),
        )
        for i in range(count)
    ]  # fmt: skip
    plan = build_plan(Inventory(tuple(frames), ()), settings("/raw"))
    assert len(plan.lights) == 6000
    assert len(render(plan).encode()) < 250_000


def test_the_settings_that_a_plan_depends_on_are_enough_for_its_tables_and_its_page(
    tmp_path, planned
):
    write_night(tmp_path / "raw")
    plan = planned(matching={"best_flat": True}, calibrate={"require": []})
    again = plan_run(complete(plan.basis), rescan=False)
    for name, one in (("all", plan), ("basis", again)):
        write_tables(one, tmp_path / name)
        write_page(one, tmp_path / name / "plan.html")
    written = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert len(written) == 7
    for name in written:
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "basis" / name).read_bytes()


def test_reasons_say_of_how_many_files_and_lights_they_speak(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i in range(2):
        write_frame(raw / f"what_{i}.fits", "", exptime=60.0)
    write_frame(raw / "red.fits", "LIGHT", exptime=60.0, filter="R")
    text = shown(render(planned(matching={"substitute_filter": None})))
    assert "2 files: the header does not say what kind" in text
    assert "1 light: no master flat matches" in text


def test_what_is_undated_is_no_night(tmp_path, planned):
    raw = write_night(tmp_path / "raw")
    for i, when in enumerate((None, None, "2025-08-15T23:00:00", "2025-08-17T23:00:00")):
        write_frame(raw / f"red_{i}.fits", "LIGHT", exptime=60.0, filter="R", date_obs=when)
    plan = planned(matching={"substitute_filter": None})
    text = shown(render(plan))
    assert (2, "nights of lights") in facts(plan, None)
    assert (2, "lights without a date") in facts(plan, None)
    assert "2025-08-15 to 2025-08-17, 2 nights and undated" in text


def test_one_of_a_thing_is_told_in_the_singular(tmp_path, planned):
    write_night(tmp_path / "raw", lights=1)
    plan = planned()
    words = [what for number, what in facts(plan, Standing(plan)) if number == 1]
    assert words == ["night of lights", "light to calibrate and solve"]
