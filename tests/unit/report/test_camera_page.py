"""The page of a camera: how it is, what changed, what expires, and where its defects lie."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

import cameratables
from browser import Page, asks_for
from cameratables import LAST, STEP
from plateworks.csvtable import write_table
from plateworks.errors import PlateworksError
from plateworks.orders.camerapages import CameraOrder
from plateworks.quality import quantities as q
from plateworks.report.camera.charts import groups_of
from plateworks.report.camera.defectmap import NIGHTS, defect_map
from plateworks.report.camera.headline import headline, tasks
from plateworks.report.camera.page import numbers_of, render, write_camera
from plateworks.report.planviews import date

HOSTILE = "</style><script>document.title='x'</script>\"><img src=x onerror=alert(1)>{{ 7 * 6 }}"


@pytest.fixture(scope="module")
def camera(tmp_path_factory):
    """A year of a camera whose bias level steps up, and whose last flats and bias are in doubt."""
    verdicts = {"bias": ("doubtful", "level: 540 ADU"), "flat": ("poor", f"lamp: {HOSTILE}")}
    return cameratables.camera(tmp_path_factory.mktemp("camera"), verdicts=verdicts)


def ending(camera, until):
    """The same camera with good masters, of which the latest bias expires in a night."""
    masters = [one._replace(verdict="good", until="") for one in camera.masters]
    place = next(i for i, x in enumerate(masters) if x.current and x.master.kind == "bias")
    masters[place] = masters[place]._replace(until=until, why="maintenance")
    return replace(camera, masters=tuple(masters))


def test_the_first_sentence_says_how_it_is_what_changed_last_and_what_expires_next(camera):
    said = headline(camera)
    assert said.startswith("Of 5 current masters 3 are in doubt; what changed last, on ")
    assert f"on {date(STEP)}, is the bias level: 500" in said
    assert f"next to expire is the dark of 300 s at -10 °C of {date(LAST)}, on " in said
    steady = replace(ending(camera, ""), changes=())
    assert headline(steady) == (
        "All 5 current masters may be used; no level is known to have changed; "
        "nothing tells of a master that expires next."
    )
    assert headline(replace(camera, masters=())).startswith("No master tells of this camera; ")


def test_what_is_to_be_done_names_poor_masters_before_doubtful_ones_with_a_remedy_each(camera):
    said = [task.what for task in tasks(camera)]
    assert [one.partition(" of ")[0] for one in said] == ["flat in l", "flat in r", "bias"]
    assert "is poor: lamp" in said[0] and "is doubtful: level: 540 ADU" in said[2]
    assert all(task.remedy for task in tasks(camera))


@pytest.mark.parametrize(
    ("until", "said"),
    [(LAST, "1 current master expired: bias of"), (str(int(LAST) + 3), "about to expire: bias of")],
)
def test_a_current_master_that_expires_is_shot_again_and_a_former_one_is_not(camera, until, said):
    one = ending(camera, until)
    [task] = tasks(one)
    assert said in task.what and "shoot new ones" in task.remedy
    assert tasks(ending(camera, "20990101")) == []
    former = [x._replace(until="" if x.current else LAST) for x in one.masters]
    assert tasks(replace(one, masters=tuple(former))) == []


def test_a_change_of_the_last_weeks_is_to_be_looked_at_and_an_old_one_is_not(camera):
    steady = ending(camera, "")
    lately = steady.changes[0]._replace(night=LAST)
    [task] = tasks(replace(steady, changes=(lately,)))
    assert task.what.startswith(f"since {date(LAST)} bias level") and "bias" in task.remedy
    assert not tasks(steady)


def test_a_change_is_named_on_the_chart_of_its_quantity_at_its_night(camera):
    sensor, *filters = groups_of(camera)
    assert [one.title for one in filters] == ["Optics and flats: l", "Optics and flats: r"]
    charts = {one.title: one for one in sensor.charts}
    assert list(charts)[:5] == [
        "bias level, ADU", "read noise, ADU", "read noise, e-", "gain, e-/ADU", "dark rate, ADU/s",
    ]  # fmt: skip
    [change] = charts["bias level, ADU"].changes
    assert change.text.startswith(f"▼ {date(STEP)}: 500")
    [there] = [one.x for one in charts["bias level, ADU"].points if one.page == STEP]
    assert change.x == there
    assert not charts["gain, e-/ADU"].changes
    assert f"{date(STEP)}: 500" in Page(render(camera)).shown()


def test_texts_of_changes_that_follow_each_other_do_not_lie_on_each_other(camera):
    [one] = camera.changes
    nights = camera.course_of(q.BIAS).nights
    many = replace(camera, changes=tuple(one._replace(night=night) for night in nights[20:26]))
    changes = groups_of(many)[0].charts[0].changes
    places = [(change.y, change.at, change.at + 6 * len(change.text)) for change in changes]
    for row in {y for y, *_ in places}:
        ends = sorted((begin, end) for y, begin, end in places if y == row)
        assert all(a[1] <= b[0] for a, b in pairwise(ends))


def test_births_and_healed_pixels_are_marked_by_shapes_on_the_map(camera):
    lay = defect_map(camera)
    assert (lay.there, lay.born, lay.healed) == (60, NIGHTS, 1)
    assert lay.births[0].text.endswith(f"first seen {LAST}")
    source = Page(render(camera))
    classes = [attributes.get("class") for tag, attributes in source.elements if tag == "path"]
    assert classes.count("born") == NIGHTS
    assert [a["class"] for t, a in source.elements if t == "circle"].count("gone") == 1
    assert "since" in source.shown() and "5 new, 1 healed" in source.shown()
    assert "Defects" not in Page(render(replace(camera, defects=None))).shown()


def test_nights_with_a_page_are_linked_and_others_are_not(camera):
    links = {a["href"] for tag, a in Page(render(camera)).elements if tag == "a" and "href" in a}
    assert {one for one in links if not one.startswith("#")} == {
        "../index.html", "../../plan/plan.html", f"../{STEP}.html",
    }  # fmt: skip


def test_a_camera_of_which_nothing_is_known_has_a_page_too(camera):
    bare = replace(camera, courses=(), changes=(), masters=(), defects=None, camera="")
    shown = Page(render(bare)).shown()
    assert "unknown camera" in shown and "There are none." in shown
    assert json.loads(json.dumps(numbers_of(bare)))["last"] == ""


def test_the_page_asks_for_nothing_and_shows_names_as_text(camera):
    source = render(replace(camera, camera=HOSTILE))
    assert asks_for(source) == []
    page = Page(source)
    assert not {"script", "img"} & page.tags()
    assert not {name for name in page.attributes() if name.startswith("on")}
    assert HOSTILE in page.text and "42" not in page.shown().split("lamp")[0]


def test_the_same_tables_give_the_same_bytes_and_the_numbers_beside_them(tmp_path):
    masters = cameratables.camera(tmp_path).masters
    order = CameraOrder(
        setup="cam", camera="ZWO", width=cameratables.SIDE, height=cameratables.SIDE,
        masters=tuple(one.master for one in masters), nights=(), days_ahead=14.0,
    )  # fmt: skip

    def written():
        write_camera(
            order, **cameratables.tables(tmp_path), page=tmp_path / "p", numbers=tmp_path / "n"
        )
        return (tmp_path / "p").read_bytes(), (tmp_path / "n").read_bytes()

    first = written()
    assert written() == first
    told = json.loads(first[1])
    assert told["headline"] in first[0].decode()
    assert told["changes"][0]["night"] == STEP and len(told["masters"]) == len(masters)
    write_table(tmp_path / "changes.csv", ("night",), [(STEP,)])
    with pytest.raises(PlateworksError, match="not the table"):
        written()
