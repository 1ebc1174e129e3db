"""The page of a night that still grows renews itself where it is open, until the watch ends."""

import pytest

from browser import Page
from nightfacts import light, night, poor_night
from plateworks.renewing import put_to_rest
from plateworks.report.night.page import render


@pytest.fixture
def page(tmp_path):
    """The place of the page of a night."""
    (tmp_path / "report").mkdir()
    return tmp_path / "report" / "20250815.html"


def renewals(source: str) -> list[str]:
    metas = [dict(attributes) for tag, attributes in Page(source).elements if tag == "meta"]
    return [one["content"] for one in metas if one.get("http-equiv") == "refresh"]


def test_the_page_renews_itself_and_says_so_only_while_it_is_asked_to():
    growing, finished = render(poor_night(), 10.0), render(poor_night())
    assert renewals(growing) == ["10"] and renewals(finished) == []
    assert "every 10 s this page renews itself" in Page(growing).shown()
    assert "renew" not in Page(finished).shown()


def test_a_page_at_rest_is_the_one_that_any_other_run_writes(page, tmp_path):
    page.write_text(render(poor_night(), 10.0), "utf-8")
    put_to_rest(tmp_path)
    assert page.read_text("utf-8") == render(poor_night())


def test_a_page_that_stands_still_is_not_written_again(page, tmp_path):
    page.write_text(render(poor_night()), "utf-8")
    before = page.stat()
    put_to_rest(tmp_path)
    assert (page.stat().st_ino, page.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_results_without_pages_are_at_rest(tmp_path):
    put_to_rest(tmp_path / "nowhere")


def test_a_reader_stays_at_the_place_where_the_new_light_has_come(page, browser):
    lights = [light(number) for number in range(40)]
    page.write_text(render(night(*lights), 1.0), "utf-8")
    opened = browser.open(page)
    opened.evaluate("scrollTo(0, 900)")
    page.write_text(render(night(*lights, light(40)), 1.0), "utf-8")
    opened.loads_again()
    assert "light_0040" in opened.evaluate("document.body.innerText")
    assert opened.evaluate("scrollY") == 900
    assert opened.complaints == []
