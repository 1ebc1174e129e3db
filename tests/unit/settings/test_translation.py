"""The configuration of another system, read through a table of its keys."""

import pytest

from plateworks.errors import ConfigError
from plateworks.settings.translation import read_foreign, translate

TABLE = {
    "a.count": {"to": ["x.count", "y.z.count"], "default": 40},
    "a.folder": {"to": "raw", "folder": True},
    "b.folder": {"to": "raw", "folder": True},
    "b.word": {"to": "x.word", "values": {"theirs": "ours"}},
    "b.dead": {"dead": "nobody needs it"},
}


def test_a_key_may_become_several_and_has_the_default_of_theirs():
    assert translate({}, TABLE) == ({"x": {"count": 40}, "y": {"z": {"count": 40}}}, [])
    said, _ = translate({"a": {"count": 7}}, TABLE)
    assert said == {"x": {"count": 7}, "y": {"z": {"count": 7}}}


def test_folders_that_are_there_are_collected(tmp_path):
    (tmp_path / "darks").mkdir()
    here, absent = str(tmp_path / "darks"), str(tmp_path / "none")
    said, notes = translate({"a": {"folder": here}, "b": {"folder": absent}}, TABLE)
    assert said["raw"] == [here]
    assert notes == [f"b.folder has no effect: there is no folder {absent}."]


def test_a_default_folder_that_is_not_there_is_not_worth_a_word(tmp_path):
    table = {"a.folder": {"to": "raw", "folder": True, "default": str(tmp_path / "none")}}
    assert translate({}, table) == ({}, [])


def test_dead_and_unknown_keys_are_named():
    _, notes = translate({"b": {"dead": 1}, "c": {"d": {"e": 2}}}, TABLE)
    assert notes == ["b.dead has no effect: nobody needs it.",
                     "c.d.e is not known, and has no effect."]  # fmt: skip


def test_their_file_and_their_folders_may_lie_in_the_home_folder(tables, monkeypatch):
    monkeypatch.setenv("HOME", str(tables))
    (tables / "sys_keys.yaml").write_text("a.folder: {to: raw, folder: true}\n")
    (tables / "theirs.yaml").write_text("a: {folder: ~/darks}\n")
    (tables / "darks").mkdir()
    given = {"foreign_config": "~/theirs.yaml", "foreign_keys": "sys"}
    assert read_foreign(given, tables)[0]["raw"] == [str(tables / "darks")]


def test_a_word_is_translated_and_an_unknown_one_refused():
    assert translate({"b": {"word": "theirs"}}, TABLE)[0]["x"]["word"] == "ours"
    with pytest.raises(ConfigError, match=r"b\.word: 'other' is not known; it may be theirs"):
        translate({"b": {"word": "other"}}, TABLE)


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "sys_keys.yaml").write_text("a.count: {to: mem_gb}\n")
    return tmp_path


def test_what_the_user_gives_lies_above(tables):
    theirs = tables / "theirs.yaml"
    theirs.write_text("a: {count: 3}\n")
    given = {"foreign_config": str(theirs), "foreign_keys": "sys"}
    assert read_foreign(given, tables)[0] == given | {"mem_gb": 3}
    assert read_foreign(given | {"mem_gb": 5}, tables)[0]["mem_gb"] == 5
    assert read_foreign({"raw": "x"}, tables) == ({"raw": "x"}, [])


@pytest.mark.parametrize(
    ("text", "keys", "sentence"),
    [
        (None, "sys", r"foreign_config: .*theirs\.yaml cannot be read \(No such file"),
        ("a: [", "sys", r"theirs\.yaml cannot be read"),
        ("- 1", "sys", "holds no sections"),
        ("a: {}", "other", r"foreign_keys: 'other' is none of sys"),
        ("a: {}", None, "foreign_config needs foreign_keys"),
    ],
)
def test_mistakes_are_sentences(tables, text, keys, sentence):
    theirs = tables / "theirs.yaml"
    if text is not None:
        theirs.write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        read_foreign({"foreign_config": str(theirs), "foreign_keys": keys}, tables)
