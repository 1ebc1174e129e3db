"""Whatever headers, names, settings and devices say, no terminal, log or table obeys it."""

import re
import unicodedata
from pathlib import Path

import pytest

from exposed import expose_night
from night import reduce
from plateworks.camera.answers import in_alpaca_form
from plateworks.logs import job_log

#: Escape, title of a window, bell, line ends, C1 controls, turned text, unseen ones: as bytes.
EVIL = [
    b"\x1b[2J", b"\x1b]0;t\x07", b"\r\nINFO: forged", b"\x9b31m", b"\xc2\x9b31m", b"\x08\x08\x7f",
    "\u202egnp".encode(), "a\u200bb".encode(), "\u2028x".encode(), b"\xc2\x85x", b"\x00\x0c",
]  # fmt: skip
#: Cards of text that the frames have; the pixels of their product are the same whatever they say.
CARDS = ("OBJECT", "TELESCOP", "OBSERVER", "SWCREATE", "READOUTM", "FILTER", "CAMERAID")
#: Of these, each has a frame to itself, which may be set aside.
STRONG = ("DATE-OBS", "IMAGETYP", "EXPTIME", "XBINNING", "BAYERPAT", "CALSTAT", "SET-TEMP", "BZERO")


def obeyed(text: str) -> set[str]:
    """Return the characters of a text that are no plain text, but for the ends of its lines."""
    unseen = ("Cc", "Cf", "Zl", "Zp", "Cs")
    return {c for c in text if c not in "\n" and unicodedata.category(c) in unseen}


def add_cards(path: Path, cards: dict[str, bytes]) -> None:
    """Put cards with whatever bytes before the END of a header that has room for them."""
    data = bytearray(path.read_bytes())
    end = re.search(rb"(?<=.)END {77}", bytes(data[:2880]))
    for number, (keyword, value) in enumerate(cards.items()):
        place = end.start() + 80 * number
        before = re.search(rb"(?:^|.{80})" + keyword.ljust(8).encode() + b"=", bytes(data[:2880]))
        if before:
            place = (before.end() - 9) // 80 * 80
        quoted = b"'" + value + b"'"
        data[place : place + 80] = (keyword.ljust(8).encode() + b"= " + quoted).ljust(80)[:80]
    last = max(end.start(), *(data.rfind(key.ljust(8).encode() + b"=", 0, 2880) for key in cards))
    if last >= end.start():
        data[last + 80 : last + 160] = b"END".ljust(80)
    path.write_bytes(bytes(data))


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A night of which every header and many a name says what no terminal should hear."""
    folder = tmp_path_factory.mktemp("evil")
    raw = expose_night(folder / "raw", lights=3)
    frames = sorted(raw.iterdir())
    data = frames[-1].read_bytes()
    for path in frames:
        add_cards(path, {key: EVIL[i] for i, key in enumerate(CARDS) if key != "FILTER"})
        if path.name.startswith(("flat", "light")):
            add_cards(path, {"FILTER": b"L\x1b]0;owned\x07"})
    for number, evil in enumerate(EVIL):
        (raw / f"text{number}").mkdir()
        for keyword in STRONG:
            path = raw / f"text{number}" / f"{keyword}.fits"
            path.write_bytes(data)
            add_cards(path, {keyword: evil})
        if b"\x00" not in evil:
            named = bytes(raw) + b"/" + evil.replace(b"/", b"") + b".fits"
            Path(named.decode("utf-8", "surrogateescape")).write_bytes(data)
    (raw / "broken\x1b]0;t\x07.fits").write_bytes(b"SIMPLE  = \x1b")
    return reduce(folder, raw="raw")


def test_the_night_is_made_all_the_same(night):
    assert night.run.code == 0, ascii(night.run.text)
    assert len(list(night.results.glob("calibrated/**/light*.fits"))) >= 3
    assert len(night.table("plan/rejects.csv")) >= len(EVIL)
    frames = night.table("plan/frames.csv")
    assert {row["object"] for row in frames} >= {r"\x1b[2J"}
    assert {row["filter"] for row in frames} >= {r"L\x1b]0;owned\x07"}
    assert any(r"\x1b" in row["reason"] for row in night.table("plan/rejects.csv"))


def test_the_terminal_is_told_nothing_that_it_obeys(night):
    assert obeyed(night.run.text) == set()
    assert not re.search(r"^INFO: forged", night.run.text, re.MULTILINE)


def test_logs_tables_and_pages_hold_nothing_of_it(night):
    written = [
        path
        for pattern in ("logs/**/*.log", "**/*.csv", "**/*.html", "**/*.json", "**/*.lst")
        for path in night.results.glob(pattern)
    ]
    assert {path.suffix for path in written} >= {".log", ".csv", ".html"}
    for path in written:
        text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        assert obeyed(text) == set(), path
        assert not re.search(r"^INFO: forged", text, re.MULTILINE), path


@pytest.mark.parametrize("evil", ["\x1b]0;t\x07", "\u202egnp", "a\nINFO: forged", "\x9b31m"])
@pytest.mark.parametrize("key", ["raw", "results", "exclude", "ra\x1bw", "site"])
def test_a_setting_that_a_terminal_would_obey_is_refused_in_plain_text(tmp_path, key, evil):
    value = {"exclude": [evil], "site": {"timezone": evil, f"x{evil}": 1}}.get(key, evil)
    refused = reduce(tmp_path, "-n", **{"raw": ".", key: value})
    assert refused.run.code == 1
    assert "Config key" in refused.run.text
    assert obeyed(refused.run.text) == set()
    assert not re.search(r"^INFO: forged", refused.run.text, re.MULTILINE)


def test_what_a_device_says_is_plain_text():
    for evil in (text.decode("utf-8", "replace") for text in EVIL):
        said = in_alpaca_form({"Value": None, "ErrorMessage": evil})["ErrorMessage"]
        assert obeyed(said) == set()
        assert "\n" not in said


def test_an_entry_of_a_log_cannot_be_forged_by_an_error(tmp_path, capsys):
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as ended, job_log(log):
        print("a library says \x1b[2J")
        raise RuntimeError("x\nINFO: all is well\x1b]0;t\x07")
    said = f"{ended.value}{log.read_text()}{capsys.readouterr().out}"
    assert obeyed(said) == set()
    assert "RuntimeError" in said
    assert not re.search("^INFO: all is well", log.read_text(), re.MULTILINE)
