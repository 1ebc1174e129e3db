"""Tables that a spreadsheet shows and does not run, and that we read as they were."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.csvtable import read_rows, read_table, write_table
from plateworks.errors import PlateworksError
from plateworks.printable import printable


def cell(tmp_path, value) -> str:
    write_table(tmp_path / "t.csv", ["one", "other"], [(value, "x")])
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))[1][0]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "-", "--5", "＝1", "-Inf.fits", "'=1"],
)
def test_what_a_spreadsheet_would_run_is_text(tmp_path, text):
    assert cell(tmp_path, text) == f"'{text}"


@pytest.mark.parametrize("value", [-12.5, 3, "-12.5", "+4", "-1e-05", "-.5", "Ha", "a=b", "'t Hof"])
def test_numbers_and_plain_texts_stay_as_they_are(tmp_path, value):
    assert cell(tmp_path, value) == str(value)


@pytest.mark.parametrize(("text", "shown"), [("\t=1", r"\t=1"), ("a\r\nb", r"a\r\nb")])
def test_control_characters_are_written_as_escapes(tmp_path, text, shown):
    assert cell(tmp_path, text) == shown


def test_nothing_is_an_empty_cell(tmp_path):
    assert cell(tmp_path, None) == ""


@given(st.text(alphabet=st.characters(categories=None)) | st.from_regex(r"'*[=+@-]\w*"))
def test_what_is_read_is_what_was_written_and_it_stays_in_its_line(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    write_table(path, ["one", "other"], [(text, "x")])
    assert list(read_table(path)) == [{"one": printable(text), "other": "x"}]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n3,x\n", "line 3: ValueError"),
        (b"a,c\n1,2\n", "line 2: KeyError.'b'"),
        (b"a,b\n1\n", "line 2: KeyError.'b'"),
        (b"a,b\n1," + b"2" * 200_000, "field larger than field limit"),
        (bytes(range(256)) * 9, "line 2: KeyError"),
    ],
)
def test_a_table_of_another_hand_is_named_with_its_line(tmp_path, content, said):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(PlateworksError, match=said) as caught:
        list(read_rows(path, lambda row: int(row["b"])))
    assert str(caught.value).startswith(f"{path} is not the table that Plateworks wrote (")
    assert str(caught.value).isprintable()
