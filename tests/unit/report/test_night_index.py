"""The list of nights: all that have a page, the latest first, with what each needs."""

import json

from browser import Page, asks_for
from nightfacts import light, night, poor_night
from plateworks.report.night.index import write_index
from plateworks.report.night.page import numbers_of


def index_of(folder, *nights):
    paths = []
    for facts in nights:
        paths.append(folder / f"{facts.session}.json")
        paths[-1].write_text(json.dumps(numbers_of(facts)), "utf-8")
    write_index(map(str, paths), (), folder / "index.html")
    return (folder / "index.html").read_text("utf-8")


def test_each_night_says_what_it_is_worth_and_what_to_do_first(tmp_path):
    good = night(light(0), light(1), session="20250816")
    undated = night(light(0), session="undated")
    page = Page(index_of(tmp_path, undated, poor_night(), good))
    assert [a["href"] for tag, a in page.elements if tag == "a"] == [
        "../plan/plan.html", "20250816.html", "20250815.html", "undated.html",
    ]  # fmt: skip
    assert "10 of 14 lights are usable, 0.3 hours" in page.shown()
    assert "2 lights refused: no master flat matches" in page.shown()
    assert "2025-08-16 2 of 2 lights are usable, 0.1 hours." in page.shown()
    assert "● nothing" in page.shown()
    assert "1 night with something to do" in page.shown()


def test_a_file_that_holds_no_numbers_of_a_night_is_passed_over(tmp_path, caplog):
    (tmp_path / "20200101.json").write_text('{"headline": 3}')
    (tmp_path / "20250815.json").write_text(json.dumps(numbers_of(poor_night())))
    write_index([str(one) for one in tmp_path.glob("*.json")], (), tmp_path / "index.html")
    assert "20200101.json is left out" in caplog.text
    assert "1 night" in Page((tmp_path / "index.html").read_text("utf-8")).shown()


def test_the_list_asks_for_nothing_and_shows_names_as_text(tmp_path):
    hostile = "</style><script>document.title='x'</script>"
    source = index_of(tmp_path, night(light(0, filter=hostile), session="20250816"))
    assert asks_for(source) == []
    assert "script" not in Page(source).tags()
    assert hostile in Page(source).text


def test_cameras_stand_above_the_nights_with_their_sentence_and_first_thing_to_do(tmp_path):
    told = {
        "setup": "cam#1_b1", "camera": "<b>ZWO</b>", "headline": "All 3 masters may be used.",
        "last": "20250815", "to_do": [{"what": "1 master expired", "remedy": "shoot new ones"}],
    }  # fmt: skip
    (tmp_path / "cam.json").write_text(json.dumps(told))
    write_index([], [str(tmp_path / "cam.json"), str(tmp_path / "gone.json")], tmp_path / "i.html")
    page = Page((tmp_path / "i.html").read_text("utf-8"))
    assert "cameras/cam%231_b1.html" in [a["href"] for tag, a in page.elements if tag == "a"]
    shown = page.shown()
    assert "<b>ZWO</b>" in shown and "▲ 1 master expired: shoot new ones" in shown
    assert shown.index("All 3 masters may be used.") < shown.index("No night has a page yet.")
