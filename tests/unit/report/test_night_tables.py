"""The tables of measures and of verdicts, and what a run says of them at its end."""

import csv
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from frames import ROOT
from measurednights import draw_night
from plateworks.errors import PlateworksError
from plateworks.quality import reading
from plateworks.quality.measured import COLUMNS, NO_STARS, ROWS, Measured
from plateworks.quality.reading import CARDS
from plateworks.report import nighttables
from plateworks.report.flagged import lines_on_verdicts
from plateworks.report.night.gather import _light
from plateworks.report.textcolumns import TEXTS

#: What is known of a light of which nothing was measured.
_HEADER = ("frame", "object", "camera", "filter", "width", "height", "exposure_s", "mjd")


@pytest.fixture
def lights() -> list[Measured]:
    return draw_night(3, faults=("focus",), fields=1, frames=(6, 7), share=0.1).lights


def write(lights, folder, monkeypatch, session="20260101", earlier=()):
    """Write both tables of a night; return the rows of the verdicts."""
    monkeypatch.setattr(reading, "read_measured", lights.__getitem__)
    measures, verdicts = folder / f"{session}.csv", folder / f"lights-{session}.csv"
    nighttables.write_measures(range(len(lights)), session, measures)
    nighttables.write_verdicts(str(measures), earlier, verdicts)
    with open(verdicts, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_each_light_has_a_row_and_what_is_not_known_is_empty(lights, tmp_path, monkeypatch):
    values = dict(lights[0].values) | {"object": "=1+1", "airmass": None, "zero_point": None}
    rows = write([replace(lights[0], values=values), *lights[1:]], tmp_path, monkeypatch)
    assert [row["frame"] for row in rows] == [light.values["frame"] for light in lights]
    assert {row["session"] for row in rows} == {"20260101"}
    assert (rows[0]["object"], rows[0]["airmass"], rows[0]["zero_point"]) == ("'=1+1", "", "")
    assert not {cell for row in rows for cell in row.values()} & {"nan", "inf", "None"}


def test_a_light_that_could_not_be_measured_has_a_row_with_its_reason(
    lights, tmp_path, monkeypatch
):
    reason = "=the file ends, too early"
    nothing = {name: None for name in lights[2].values if name not in _HEADER}
    values = dict(lights[2].values) | nothing | {"solved": False, "reason": reason}
    empty = replace(lights[2], values=values, stars=NO_STARS, sky=np.full(ROWS * COLUMNS, np.nan))
    rows = write([*lights[:2], empty, *lights[3:]], tmp_path, monkeypatch)
    assert (rows[2]["verdict"], rows[2]["cause"], rows[2]["why"]) == (
        "not judged",
        "",
        f"'{reason}",
    )
    assert rows[2]["sources"] == rows[2]["transparency"] == ""
    assert [row["verdict"] for row in rows].count("not judged") == 1


def test_the_page_of_the_verdicts_explains_every_column(lights, tmp_path, monkeypatch, root):
    page = (root / "docs" / "verdicts.md").read_text(encoding="utf-8")
    columns = {*write(lights, tmp_path, monkeypatch)[0], *CARDS}
    assert not sorted(name for name in columns if f"`{name}`" not in page)


def test_equal_measures_give_equal_bytes(lights, tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(lights, tmp_path / name, monkeypatch)
    for table in (tmp_path / "one").iterdir():
        assert table.read_bytes() == (tmp_path / "two" / table.name).read_bytes()


def test_the_end_of_a_run_counts_the_lights_that_need_a_look(lights, tmp_path, monkeypatch):
    rows = write(lights, tmp_path, monkeypatch)
    flagged = [row["cause"] for row in rows if row["verdict"] == "flagged"]
    assert flagged
    assert set(flagged) == {"focus"}
    table = tmp_path / "lights.csv"
    nighttables.gather([tmp_path / "lights-20260101.csv"], table)
    with open(table, newline="", encoding="utf-8") as stream:
        gathered = list(csv.DictReader(stream))
    assert [{name: row[name] for name in rows[0]} for row in gathered] == rows
    [line] = lines_on_verdicts(str(table))
    assert f" a look: {len(flagged)} focus; why: {table}" in line


def test_the_gathered_table_has_the_colour_term_that_the_lights_of_all_nights_tell(
    lights, tmp_path, monkeypatch
):
    tables = []
    for night, (term, error) in {"20260101": (0.1, 0.01), "20260102": (None, None)}.items():
        told = {"zero_point": 21.0, "zero_point_error": 0.01, "zero_point_colour": 0.5,
                "colour_term": term, "colour_term_error": error}  # fmt: skip
        night_of = [replace(light, values=dict(light.values) | told) for light in lights]
        write(night_of, tmp_path, monkeypatch, session=night)
        tables.append(str(tmp_path / f"lights-{night}.csv"))
    nighttables.gather(tables, tmp_path / "lights.csv")
    with open(tmp_path / "lights.csv", newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * len(lights)
    assert {row["pooled_colour_term"] for row in rows} == {"0.1"}
    assert {row["zero_point_at_0"] for row in rows} == {"20.95"}


def test_a_table_that_is_none_is_not_gathered(tmp_path):
    (tmp_path / "20260101.csv").write_bytes(b"frame,session\n1,2\n")
    with pytest.raises(PlateworksError, match=r"20260101\.csv is not the table that Plateworks"):
        nighttables.gather([str(tmp_path / "20260101.csv")], tmp_path / "lights.csv")


def test_without_lights_there_is_a_table_and_nothing_to_say(tmp_path):
    nighttables.gather([], tmp_path / "lights.csv")
    assert (tmp_path / "lights.csv").read_text().startswith("frame,session,object,filter,")
    assert lines_on_verdicts(str(tmp_path / "lights.csv")) == []
    assert lines_on_verdicts(str(tmp_path / "absent.csv")) == []


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", bytes(range(256)) * 9, b"x" * 200_000, "cut", "words", None]
)
def test_an_earlier_night_whose_table_is_damaged_tells_nothing_and_stops_no_other(
    lights, tmp_path, monkeypatch, caplog, content
):
    alone = write(lights, tmp_path, monkeypatch)
    text = (tmp_path / "20260101.csv").read_bytes()
    names, _, rows = text.partition(b"\n")
    content = {"cut": names[:100], "words": names + b"\n" + rows.replace(b",1,", b",wide,")}.get(
        content, content
    )
    earlier = tmp_path / "20250101.csv"
    earlier.mkdir() if content is None else earlier.write_bytes(content)
    caplog.clear()
    assert write(lights, tmp_path, monkeypatch, earlier=[str(earlier)]) == alone
    assert str(earlier) in caplog.text and " nothing of what is usual" in caplog.text


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", bytes(range(256)) * 9])
def test_damaged_measures_of_the_night_itself_are_a_sentence(tmp_path, content):
    table = tmp_path / "20260101.csv"
    table.write_bytes(content)
    with pytest.raises(PlateworksError, match=r"20260101\.csv is not the table that Plateworks"):
        nighttables.write_verdicts(str(table), (), tmp_path / "lights.csv")


def test_the_end_of_a_run_says_of_a_table_that_it_cannot_be_read(tmp_path):
    (tmp_path / "lights.csv").write_bytes(b"frame,session\n1,2\n")
    [line] = lines_on_verdicts(str(tmp_path / "lights.csv"))
    assert "lights.csv is not the table that Plateworks wrote" in line
    [line] = lines_on_verdicts(str(tmp_path))
    assert "the table cannot be read (Is a directory" in line


def test_the_page_of_a_night_takes_no_text_of_its_table_for_a_number(lights, tmp_path, monkeypatch):
    told = dict.fromkeys(TEXTS, "some words")
    [row, *_] = write(lights, tmp_path, monkeypatch)
    numbers = _light(row | told, None).numbers
    assert not numbers.keys() & told.keys() and numbers["fwhm_px"] == float(row["fwhm_px"])


def test_verdicts_are_told_without_what_reads_frames_and_most_of_scipy(
    lights, tmp_path, monkeypatch
):
    write(lights, tmp_path, monkeypatch)
    code = (
        "import sys; from plateworks.report.nighttables import write_verdicts; "
        f"write_verdicts({str(tmp_path / '20260101.csv')!r}, [], {str(tmp_path / 'again.csv')!r}); "
        "print({'astropy', 'scipy.stats'} & sys.modules.keys())"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
