"""Headers give the frames that a person reads in them: ours, and real ones where they are here."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from astropy.coordinates import Angle

from headerfiles import PLAIN_XISF, cards_of_text, complete, write_header, write_sparse, write_xisf
from plateworks.metadata.frame import Frame
from plateworks.metadata.imagenames import is_image_name
from plateworks.metadata.normalise import read_frame

GOLDEN = Path(__file__).parent
HEADERS = yaml.safe_load((GOLDEN / "headers.yaml").read_text())
FRAMES = yaml.safe_load((GOLDEN / "frames.yaml").read_text())
WRITTEN = yaml.safe_load((GOLDEN / "written.yaml").read_text())
ANGLES = ("ra", "dec", "site_lat", "site_lon")


def resolve(fields: dict) -> dict:
    """Give the expected fields of an entry, those of the entry it is like included."""
    fields = dict(fields)
    like = fields.pop("like", None)
    return (resolve((WRITTEN | FRAMES | HEADERS)[like]) | fields) if like else fields


def expected_frame(fields: dict, path: str) -> Frame:
    """Build the frame that the hand-read fields describe, by other means than the reader's."""
    fields = {key: value for key, value in fields.items() if value is not None}
    fields.pop("notes", None)
    if fields["bitpix"] > 0:
        fields["raw_bits"] = fields["bitpix"]
    for key in set(ANGLES) & set(fields):
        if isinstance(fields[key], str):
            fields[key] = Angle(fields[key]).deg
    for key in {"jd", "mjd", "utc"} & set(fields):
        value = fields.pop(key)
        if key == "jd":
            value -= 2400000.5
        elif key == "utc":
            value = (datetime.fromisoformat(value) - datetime(1858, 11, 17)).total_seconds() / 86400
        fields["mjd"] = value
    return Frame(path=path, **fields)


def assert_same(frame: Frame, fields: dict) -> None:
    """Compare field by field, numbers to a part in a thousand million."""
    found = asdict(frame)
    notes = found.pop("notes")
    wanted = asdict(expected_frame(fields, frame.path))
    wanted.pop("notes")
    for field, value in wanted.items():
        if isinstance(value, float | int) and not isinstance(value, bool):
            assert found[field] == pytest.approx(value, rel=1e-9, abs=1e-9), field
        else:
            assert found[field] == value, field
    words = fields.get("notes") or []
    assert len(notes) == len(words), notes
    for word, note in zip(words, notes, strict=True):
        assert word in note


@pytest.mark.parametrize("name", WRITTEN)
def test_a_header_as_a_program_writes_it_gives_the_frame_read_by_eye(name, tmp_path):
    fields = resolve(WRITTEN[name])
    text = GOLDEN / "headers" / name.partition(" without ")[0]
    path = write_header(text, tmp_path / "frame", fields.pop("without", ()))
    assert_same(read_frame(path), fields)


def test_every_written_header_is_in_its_table():
    texts = {path.name for path in (GOLDEN / "headers").iterdir()}
    assert texts == {name.partition(" without ")[0] for name in WRITTEN}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_text_gives_the_frame_read_by_eye(name, shared_data, tmp_path):
    text = (shared_data / "headers" / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        keywords = [
            (key, card["value"], card["comment"])
            for key, cards in json.loads(text).items()
            for card in cards
        ]
        path = write_xisf(tmp_path / "header.xisf", PLAIN_XISF, data=bytes(1024), keywords=keywords)
    else:
        path = write_sparse(tmp_path / "header.fits", complete(cards_of_text(text.splitlines())))
    assert_same(read_frame(path), HEADERS[name])


@pytest.mark.parametrize("name", FRAMES)
def test_a_real_frame_gives_the_frame_read_by_eye(name, shared_data):
    assert_same(read_frame(shared_data / name), resolve(FRAMES[name]))


def test_every_header_text_and_every_frame_is_in_the_golden_tables(shared_data):
    texts = {path.name for path in (shared_data / "headers").iterdir()}
    frames = {
        str(path.relative_to(shared_data))
        for path in shared_data.rglob("*")
        if is_image_name(path.name) and "index" not in path.parts
    }
    assert texts == set(HEADERS)
    assert frames == set(FRAMES)
