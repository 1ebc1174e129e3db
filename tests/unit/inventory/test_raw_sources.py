"""The forms in which files are named: folder, pattern, list, sequence, exactly one."""

from pathlib import Path

import pytest

from plateworks.errors import ConfigError
from plateworks.inventory.sources import folders_of, raw_sources, sources


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (
        "light0001.fit", "light0002.fit", "light0003.fit", "light0005.fit", "light01.fit",
        "notes.txt~", "deep/er/x.FITS", "deep/y.fit", "deep/z.jpg", "single7.fit", "plain.fit",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def files(text: str) -> tuple[str, ...]:
    [source] = sources([text], "raw")
    return source.files


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("light*.fit", ("light0001.fit", "light0002.fit", "light0003.fit", "light0005.fit",
                        "light01.fit")),
        ("light000[12].fit", ("light0001.fit", "light0002.fit")),
        ("deep/**", ("deep/er/x.FITS", "deep/y.fit")),
        ("**/*.[fF]*", ("deep/er/x.FITS", "deep/y.fit", "light0001.fit", "light0002.fit",
                        "light0003.fit", "light0005.fit", "light01.fit", "plain.fit",
                        "single7.fit")),
        ("**/er/**/x*", ("deep/er/x.FITS",)),
        ("d*/**/*.fit", ("deep/y.fit",)),
        ("./deep/**/y.fit", ("deep/y.fit",)),
        ("light0001.fit", ("light0001.fit", "light0002.fit", "light0003.fit")),
        ("light0002.fit", ("light0002.fit", "light0003.fit")),
        ("light0005.fit", ("light0005.fit",)),
        ("light01.fit", ("light01.fit",)),
        ("single7.fit", ("single7.fit",)),
        ("=light0001.fit", ("light0001.fit",)),
        ("plain.fit", ("plain.fit",)),
    ],
)  # fmt: skip
def test_files_are_found(here, text, meant):
    assert files(text) == meant


@pytest.mark.parametrize("to", ["..", "/", "/proc/self", "deep"])
def test_no_link_leads_a_pattern_in_a_circle_or_to_the_whole_computer(here, to):
    (here / "deep" / "link").symlink_to(here / to)
    (here / "night").mkdir()
    (here / "deep" / "other").symlink_to(here / "night")
    (here / "night" / "w.fit").touch()
    assert files("deep/**/*.*") == ("deep/er/x.FITS", "deep/other/w.fit", "deep/y.fit")


def test_a_pattern_may_be_absolute(here):
    assert files(f"{here}/deep/**") == (f"{here}/deep/er/x.FITS", f"{here}/deep/y.fit")


def test_a_run_ends_where_the_digits_do_not_suffice(here):
    for name in ("a8.fit", "a9.fit", "a10.fit"):
        (here / name).touch()
    assert files("a8.fit") == ("a8.fit", "a9.fit")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("../{here}/deep/y.fit", ("../{here}/deep/y.fit",)),
        ("../{here}/light000*.fit", tuple(f"../{{here}}/light000{n}.fit" for n in (1, 2, 3, 5))),
        ("=../{here}/light0001.fit", ("../{here}/light0001.fit",)),
    ],
)
def test_a_path_may_lead_out_of_the_working_folder(here, text, meant):
    assert files(text.format(here=here.name)) == tuple(one.format(here=here.name) for one in meant)


def test_a_hidden_file_is_none_of_those_a_pattern_means(here):
    (here / "deep" / ".y.fit").touch()
    assert files("deep/*y.fit") == ("deep/y.fit",)


def test_names_in_a_list_may_begin_in_the_home_folder(here, monkeypatch):
    monkeypatch.setenv("HOME", str(here / "deep"))
    (here / "night.txt").write_text("~/y.fit\n./light01.fit\n")
    assert files("night.txt") == (f"{here}/deep/y.fit", "light01.fit")


@pytest.mark.parametrize("text", ["@night.txt", "night.txt", "@lists/night"])
def test_a_list_names_files_relative_to_itself(here, text):
    path = here / text.removeprefix("@")
    path.parent.mkdir(exist_ok=True)
    path.write_text("# comment\n\n  light0001.fit  \nmissing.fit\n")
    folder = "lists/" if "lists" in text else ""
    assert files(text) == (f"{folder}light0001.fit", f"{folder}missing.fit")


def test_a_folder_is_searched_whatever_its_name(here):
    (here / "night0001.fits").mkdir()
    for text in ("deep", "deep/", "night0001.fits", "absent"):
        [source] = sources([text], "raw")
        assert (source.folder, source.files) == (text, None)


def test_path_rules_count_from_the_folder_before_the_pattern(here):
    for text, folder in (("deep/*.fit", "deep"), ("*.fit", "."), ("light0001.fit", ".")):
        assert sources([text], "raw")[0].folder == folder


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("none*.fit", r"key raw: no frame fits the pattern none\*\.fit"),
        ("@none.txt", r"the list none\.txt cannot be read \(No such file"),
        ("none.fit", r"The file none\.fit does not exist; it is named in the config key raw"),
        ("=none0001.fit", r"The file none0001\.fit does not exist"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(here, text, sentence):
    with pytest.raises(ConfigError, match=sentence):
        sources([text], "raw")


def test_an_empty_list_is_a_mistake(here):
    (here / "empty.txt").write_text("# nothing\n")
    with pytest.raises(ConfigError, match="names no frame"):
        sources(["empty.txt"], "raw")


def test_a_file_beside_those_named_is_none_of_them(here):
    [source] = sources(["=plain.fit"], "library")
    assert source.holds("plain.fit")
    assert not source.holds("light0001.fit")


def test_the_folder_for_captured_frames_stands_for_all_folders_in_it(here):
    def folders(raw, captured):
        return folders_of(raw_sources(raw, captured))

    assert folders(["deep", "deep/er"], None) == ["deep", "deep/er"]
    assert folders(["deep", "deep/er"], ".") == [str(here)]
    assert folders(["deep", "deep/er/"], "deep/er") == ["deep", "deep/er"]
    assert folders(["deep"], "to-be-made") == ["deep"]
