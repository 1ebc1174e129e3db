"""What the pages say of the files of the project, and the picture of its rooms."""

import re
from pathlib import Path

import pytest

import draw_rooms
import list_bounds
import list_steps
from draw_rooms import GROUND, RULES
from frames import ROOT
from plateworks import __version__
from plateworks.products.recipe import LIGHT

PACKAGE = ROOT / "scripts" / "plateworks"
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "config/**/*.md", "profiles/*.md", "benchmarks/*.md")
    for page in ROOT.glob(pattern)
)
FOLDERS = "benchmarks|config|docs|envs|profiles|rules|scripts|tests"

#: A link to a file of the project.
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
#: A path below one of the project's folders, perhaps with stars; ``profiles/NAME`` is none.
PATH = re.compile(rf"(?<![\w/.~{{<>-])(?:{FOLDERS})/[\w./*+-]*[\w*]")
#: A file of the package, as the page of its architecture names it.
PACKAGE_FILE = re.compile(r"`([\w/*]+\.(?:py|js|css|html))`")


def pages(*names: str) -> list[Path]:
    return [page for page in PAGES if not names or page.name in names]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_no_file_that_is_not_there(page):
    text = page.read_text(encoding="utf-8")
    gone = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    gone += [path for path in PATH.findall(text) if not any(ROOT.glob(path))]
    assert not gone


def test_the_first_page_leads_to_every_other():
    linked = {ROOT / link for link in LINK.findall((ROOT / "README.md").read_text("utf-8"))}
    assert not [page.name for page in sorted((ROOT / "docs").glob("*.md")) if page not in linked]


@pytest.mark.parametrize("page", pages("architecture.md", "CONTRIBUTING.md"), ids=lambda p: p.name)
def test_the_pages_for_those_who_carry_on_name_no_file_of_the_package_that_is_not_there(page):
    named = PACKAGE_FILE.findall(page.read_text(encoding="utf-8"))
    assert named
    assert not [path for path in named if not any(ROOT.glob(path)) and not any(PACKAGE.glob(path))]


def test_the_page_of_the_architecture_gives_every_room_with_its_question():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [room for room in draw_rooms.ORDER if room not in (GROUND, RULES)]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", text, re.MULTILINE)
    assert [room for room, _ in rows] == list(draw_rooms.ORDER)
    assert {room: dict(rows)[room] for room in rooms} == {
        room: draw_rooms.question(room) for room in rooms
    }


def test_the_picture_of_the_rooms_is_what_the_imports_say():
    drawn = draw_rooms.draw(draw_rooms.uses())
    assert draw_rooms.PICTURE.read_text(encoding="utf-8") == drawn, "run: make docs"


def test_the_picture_of_the_rooms_has_a_dot_for_each_room_that_another_uses():
    drawn = draw_rooms.draw({"ground": set(), "pixels": set(), "sky": {"pixels", "ground"}})
    titles = re.findall(r"<title>(\w+ uses \w+)</title>", drawn)
    assert titles == ["sky uses ground", "sky uses pixels"]


def test_the_newest_version_among_the_changes_is_ours():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[?(\S+?)\]?(?: - .*)?$", changes, re.MULTILINE)
    assert versions[:2] == ["Unreleased", __version__]
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in cited


def test_the_first_page_tells_the_steps_of_a_light_as_they_are():
    for page in list_steps.PAGES:
        assert list_steps.with_steps(page) == page.read_text(encoding="utf-8"), "run: make docs"
    first = (ROOT / "README.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| \d+ \| ([\w -]+) \|", first, re.MULTILINE)
    assert names == [step.name for step in LIGHT]


def test_the_page_on_damage_tells_the_bounds_of_numbers_as_they_are():
    page = list_bounds.PAGE.read_text(encoding="utf-8")
    assert list_bounds.with_bounds(page) == page, "run: make docs"


def test_each_program_that_is_read_has_a_header_in_the_golden_ones():
    text = (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8")
    table = text.split("| Program |", 1)[1].split("\n\n", 1)[0]
    headers = {path.name.removesuffix(".txt") for path in (ROOT / "tests/golden/headers").iterdir()}
    for row in table.splitlines()[2:]:
        said = row.strip("| ").rsplit("|", 1)[-1].strip()
        named = [one.replace("…", "") for one in re.findall(r"`([^`]+)`", said)]
        assert named or said == "by their names", row
        for one in named:
            assert any(header.startswith(one) for header in headers), one
