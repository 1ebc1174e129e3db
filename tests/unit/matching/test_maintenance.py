"""The maintenance log: what its lines say, and the intervals between them."""

from datetime import UTC, datetime

import pytest

from plateworks.errors import ConfigError
from plateworks.matching.maintenance import MaintenanceLog, read_log

#: The example of PULSAR's guide.
GUIDE = """\
# maintenance.csv
# DATETIME_UTC,CAMERA_ID[,COMMENT]
2024-03-15T14:00:00,ASI2600MM,Initial setup
2024-05-18T12:30:00,ASI2600MM,Rotated camera
2024-07-01T10:00:00,ASI2600MM,Changed filter wheel
"""


def mjd(text: str) -> float:
    when = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (when - datetime(1858, 11, 17, tzinfo=UTC)).total_seconds() / 86400


@pytest.fixture
def log_of(tmp_path):
    """A function that reads a log of some text or bytes."""

    def read(content: str | bytes) -> MaintenanceLog:
        path = tmp_path / "log.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_log(str(path))

    return read


def entries(log: MaintenanceLog, camera: str = "asi2600mm") -> list[tuple[str, str]]:
    return [(change.when, change.comment) for change in log.changes_of(camera)]


def test_the_example_of_the_guide(log_of):
    log = log_of(GUIDE)
    assert entries(log) == [
        ("2024-03-15T14:00:00", "Initial setup"),
        ("2024-05-18T12:30:00", "Rotated camera"),
        ("2024-07-01T10:00:00", "Changed filter wheel"),
    ]
    assert not log.mistakes


@pytest.mark.parametrize(
    ("time", "interval"),
    [
        ("2020-01-01T00:00:00", 0),  # open to the left
        ("2024-03-15T13:59:59", 0),
        ("2024-03-15T14:00:00", 1),  # the start is inside
        ("2024-05-18T12:29:59", 1),  # the end is not
        ("2024-05-18T12:30:00", 2),
        ("2024-06-15T00:00:00", 2),
        ("2024-07-01T10:00:00", 3),
        ("2030-01-01T00:00:00", 3),  # open to the right
    ],
)
def test_intervals_are_half_open(log_of, time, interval):
    assert log_of(GUIDE).interval("asi2600mm", mjd(time)) == interval


def test_the_last_change_between_two_times_is_named_whichever_comes_first(log_of):
    log = log_of(GUIDE)
    early, late = mjd("2024-05-01T00:00:00"), mjd("2024-08-01T00:00:00")
    assert log.between("asi2600mm", early, late).comment == "Changed filter wheel"
    assert log.between("asi2600mm", late, early).comment == "Changed filter wheel"
    assert log.between("asi2600mm", late, late + 1) is None
    assert log.between("qhy600", early, late) is None
    assert log.between(None, early, late) is None


def test_lines_in_any_order_are_sorted_by_time(log_of):
    lines = GUIDE.splitlines()
    assert entries(log_of("\n".join(reversed(lines)))) == entries(log_of(GUIDE))


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + GUIDE,
        GUIDE.replace("\n", "\r\n"),
        GUIDE.replace("\n", "\n\n"),
        GUIDE.replace(",", " , "),
        GUIDE.rstrip("\n"),
        "DATETIME_UTC,CAMERA_ID,COMMENT\n" + GUIDE,
        "   # an indented comment\n" + GUIDE,
    ],
    ids=["mark of UTF-8", "CRLF", "empty lines", "blanks", "no end of line", "heading", "indented"],
)
def test_forms_of_one_log(log_of, content):
    log = log_of(content)
    assert entries(log) == entries(log_of(GUIDE))
    assert not log.mistakes


def test_commas_in_a_comment_with_and_without_quotes(log_of):
    log = log_of(
        '2024-01-01T00:00:00,ASI2600MM,"cleaned, turned"\n'
        "2024-01-02T00:00:00,ASI2600MM,cleaned, turned\n"
        '2024-01-03T00:00:00,ASI2600MM,"a ""new"" window"\n'
    )
    assert [comment for _, comment in entries(log)] == [
        "cleaned, turned", "cleaned, turned", 'a "new" window',
    ]  # fmt: skip


def test_a_comment_may_be_missing(log_of):
    log = log_of("2024-01-01T00:00:00,ASI2600MM\n2024-01-02T00:00:00,ASI2600MM,\n")
    assert [comment for _, comment in entries(log)] == ["", ""]


@pytest.mark.parametrize(
    "time",
    [
        "2024-05-18T12:30:00", "2024-05-18T12:30:00Z", "2024-05-18T12:30:00+00:00",
        "2024-05-18T14:30:00+02:00", "2024-05-18T05:30:00-07:00", "2024-05-18 12:30:00",
        "2024-05-18T12:30",
    ],
)  # fmt: skip
def test_times_are_utc_unless_they_name_an_offset(log_of, time):
    [change] = log_of(f"{time},ASI2600MM\n").changes_of("asi2600mm")
    assert change.mjd == mjd("2024-05-18T12:30:00")
    assert change.when == time


def test_bad_lines_are_named_by_number_and_the_others_count(log_of):
    log = log_of(
        "# a comment counts as a line\n"
        "2024-01-01T00:00:00,ASI2600MM,good\n"
        "yesterday,ASI2600MM,no time\n"
        "2024-01-03T00:00:00\n"
        "2024-01-04T00:00:00, ,no camera\n"
        "2024-13-01T00:00:00,ASI2600MM,no such month\n"
        "2024-01-05T00:00:00,ASI2600MM,good too\n"
    )
    assert [comment for _, comment in entries(log)] == ["good", "good too"]
    numbers = [mistake.split("line ")[1].split(":")[0] for mistake in log.mistakes]
    assert numbers == ["3", "4", "5", "6"]
    assert "no ISO time in 'yesterday,ASI2600MM,no time'" in log.mistakes[0]
    assert "no camera" in log.mistakes[1]
    assert "no camera" in log.mistakes[2]


def test_a_first_line_with_digits_is_no_heading(log_of):
    [mistake] = log_of("18/05/2024 12:30,ASI2600MM\n2024-06-01T00:00:00,ASI2600MM\n").mistakes
    assert "line 1: no ISO time" in mistake


def test_a_byte_that_is_not_utf_8_does_not_stop_the_log(log_of):
    log = log_of(b"2024-01-01T00:00:00,ASI2600MM,gedreht um 90\xb0\n")
    assert entries(log)[0][1].startswith("gedreht um 90")


def test_an_empty_log_divides_nothing(log_of):
    log = log_of("")
    assert log.changes_of("asi2600mm") == []
    assert log.interval("asi2600mm", 60000.0) == 0


def test_no_log_is_configured():
    assert read_log(None).changes_of("asi2600mm") == []


def test_a_log_that_is_not_there_is_said_by_its_key(tmp_path):
    with pytest.raises(ConfigError, match=r"matching\.maintenance_log.*absent\.csv"):
        read_log(str(tmp_path / "absent.csv"))


CAMERAS = "2024-01-01T00:00:00,{}\n"


@pytest.mark.parametrize(
    ("entry", "camera", "concerns"),
    [
        ("ASI2600MM", "asi2600mm", True),
        ("asi2600mm", "asi2600mm", True),
        ("ASI2600MM", "zwo-asi2600mm-pro", True),  # the entry within the camera
        ("ZWO ASI2600MM Pro", "asi2600mm", True),  # the camera within the entry
        ("ZWO_ASI2600MM-Pro", "zwo-asi2600mm-pro", True),
        ("ASI2600MC", "asi2600mm", False),
        ("QHY600", "asi2600mm", False),
        ("ASI2600MM", None, False),
    ],
)
def test_which_cameras_an_entry_concerns(log_of, entry, camera, concerns):
    assert bool(log_of(CAMERAS.format(entry)).changes_of(camera)) is concerns


def test_the_exact_name_of_a_camera_goes_before_parts_of_it(log_of):
    log = log_of(CAMERAS.format("ASI2600") + CAMERAS.format("ASI2600MM,exact"))
    assert entries(log, "asi2600mm") == [("2024-01-01T00:00:00", "exact")]
    assert len(entries(log, "asi2600mm-pro")) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"2025-01-02,Cam," + b"x" * 200_000, b"2" * 100_000 + b",Cam", b"\x1b[2J\0,Cam",
        bytes(range(256)) * 99, "2025-01-02,Cam".encode("utf-16"),
    ],
    ids=range(5),
)  # fmt: skip
def test_a_line_of_whatever_kind_costs_no_other_and_is_told_of_in_few_words(tmp_path, line):
    path = tmp_path / "log.csv"
    path.write_bytes(b"2025-01-01,Cam,before\n" + line + b"\n2025-01-03,Cam,after\n")
    log = read_log(str(path))
    assert [log.changes[0].comment, log.changes[-1].comment] == ["before", "after"]
    assert log.mistakes
    assert all(len(one) < 400 and one.isprintable() for one in log.mistakes)
