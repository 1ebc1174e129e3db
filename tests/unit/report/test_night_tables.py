"""The tables of measures and of verdicts, and what a run says of them at its end."""

import csv
from dataclasses import replace

import pytest

from measurednights import draw_night
from plateworks.quality.measured import Measured
from plateworks.report import nighttables
from plateworks.report.flagged import lines_on_verdicts


@pytest.fixture
def lights() -> list[Measured]:
    return draw_night(3, faults=("focus",), fields=1, frames=(6, 7), share=0.1).lights


def write(lights, folder, monkeypatch, session="20260101", earlier=()):
    """Write both tables of a night; return the rows of the verdicts."""
    monkeypatch.setattr(nighttables, "read_measured", lights.__getitem__)
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
    assert table.read_bytes() == (tmp_path / "lights-20260101.csv").read_bytes()
    [line] = lines_on_verdicts(str(table))
    assert f" a look: {len(flagged)} focus; why: {table}" in line


def test_without_lights_there_is_a_table_and_nothing_to_say(tmp_path):
    nighttables.gather([], tmp_path / "lights.csv")
    assert (tmp_path / "lights.csv").read_text().startswith("frame,session,object,filter,")
    assert lines_on_verdicts(str(tmp_path / "lights.csv")) == []
    assert lines_on_verdicts(str(tmp_path / "absent.csv")) == []
