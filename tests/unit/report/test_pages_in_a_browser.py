"""The pages in a browser: what a reader sees there, and what the browser is asked to do."""

import json

import pytest

import cameratables
from nightfacts import light, night, poor_night
from plateworks.report.camera.page import render as render_camera
from plateworks.report.night.index import write_index
from plateworks.report.night.page import numbers_of, render

#: The least contrast of small text (WCAG 2.2, 1.4.3), and a script that finds what has less.
CONTRAST = 4.5
TOO_FAINT = """
(() => {
  const channels = text => text.match(/[\\d.]+/g).map(Number);
  const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) =>
    0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = one => {
    for (let at = one; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const hasText = one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("body *")].filter(one => {
    if (one.closest("svg") || !hasText(one)) return false;
    const [a, b] = [light(channels(getComputedStyle(one).color)), light(ground(one))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < LEAST;
  }).map(one => `${one.className}: ${one.textContent.trim().slice(0, 40)}`);
})()
""".replace("LEAST", str(CONTRAST))


@pytest.fixture
def pages(tmp_path):
    """The page of a night with all that can be wrong, and the list of this night and a good one."""
    for facts in (poor_night(), night(light(0), light(1), session="20250814")):
        (tmp_path / f"{facts.session}.html").write_text(render(facts), "utf-8")
        (tmp_path / f"{facts.session}.json").write_text(json.dumps(numbers_of(facts)), "utf-8")
    write_index(map(str, tmp_path.glob("*.json")), (), tmp_path / "index.html")
    return tmp_path


@pytest.fixture(scope="module")
def camera_page(tmp_path_factory):
    """The page of a camera with a change, masters in doubt, and new defects."""
    folder = tmp_path_factory.mktemp("camera")
    doubts = {"bias": ("doubtful", "level"), "flat": ("poor", "lamp")}
    page = folder / "camera.html"
    page.write_text(render_camera(cameratables.camera(folder, verdicts=doubts)), "utf-8")
    return page


@pytest.mark.parametrize(("width", "dark"), [(360, True), (900, False)])
def test_the_page_of_a_camera_is_read_at_any_width_and_asks_for_nothing(
    camera_page, browser, width, dark
):
    opened = browser.open(camera_page, width=width, dark=dark)
    seen = " ".join(opened.evaluate("document.body.innerText").split())
    assert seen.index("what changed last") < seen.index("What to do") < seen.index("Trends")
    assert opened.evaluate("document.documentElement.scrollWidth") == width
    assert opened.evaluate(TOO_FAINT) == []
    assert opened.complaints == opened.requests == []


def test_on_a_telephone_the_newest_nights_are_seen_first_and_what_is_shown(camera_page, browser):
    opened = browser.open(camera_page, width=360)
    right = "getBoundingClientRect().right"
    seen = f"""[...document.querySelectorAll(".newest")].map(one =>
        [one.scrollWidth > one.clientWidth, one.{right}, one.firstChild.{right},
         ...[...one.querySelectorAll(".title.near")].map(title => title.{right})])"""
    for scrolls, edge, newest, *titles in opened.evaluate(seen):
        assert scrolls and newest == pytest.approx(edge, abs=1)
        assert titles and max(titles) < edge
    hidden = "[...document.querySelectorAll('.near')].every(one => !one.checkVisibility())"
    assert browser.open(camera_page, width=1000).evaluate(hidden)


@pytest.mark.parametrize("width", [360, 900, 1400])
def test_readers_find_the_answers_to_five_questions(pages, browser, width):
    opened = browser.open(pages / "20250815.html", width=width)
    seen = " ".join(opened.evaluate("document.body.innerText").split())
    assert "10 of 14 lights are usable" in seen
    table = seen[seen.index("Worst first") :]
    assert table.index("41% of the light comes through, limit 90%") < table.index("light_0000")
    assert "◐ 6 days older" in seen
    assert "20 × flat in L, gain 100" in seen
    assert "Made by Plateworks 0.1.0" in seen
    assert opened.complaints == opened.requests == []
    assert opened.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["20250815.html", "index.html"])
def test_all_text_stands_out_from_its_ground_by_day_and_by_night(pages, browser, name, dark):
    opened = browser.open(pages / name, dark=dark)
    assert opened.evaluate(TOO_FAINT) == []


def test_the_list_of_nights_is_read_on_a_telephone_and_leads_to_each(pages, browser):
    opened = browser.open(pages / "index.html", width=360)
    assert opened.evaluate("document.documentElement.scrollWidth") == 360
    links = opened.evaluate("[...document.querySelectorAll('main a')].map(one => one.href)")
    assert [one.rpartition("/")[2] for one in links] == ["20250815.html", "20250814.html"]
    assert opened.complaints == opened.requests == []


def test_a_fold_is_opened_by_keyboard_alone(pages, browser):
    opened = browser.open(pages / "20250815.html")
    for _ in range(60):
        opened.press("Tab")
        if opened.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    assert not opened.evaluate("document.activeElement.parentElement.open")
    opened.press("Enter")
    assert opened.evaluate("document.activeElement.parentElement.open")


def test_a_night_is_printed_with_its_folds_open_and_nothing_cut_off(pages, browser):
    printed = browser.open(pages / "20250815.html", width=718)  # of A4
    printed.ask("Emulation.setEmulatedMedia", media="print")
    visible = """[...document.querySelectorAll("details > :last-child")]
        .map(one => one.checkVisibility())"""
    seen = printed.evaluate(visible)
    assert seen and all(seen)
    assert printed.printed().startswith(b"%PDF")
    assert printed.evaluate("document.documentElement.scrollWidth") == 718
