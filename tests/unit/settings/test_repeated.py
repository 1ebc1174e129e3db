"""Keys that a configuration file says twice are refused, with the lines in which they stand."""

import pytest

from frames import ROOT
from plateworks.errors import ConfigError
from plateworks.settings.repeated import refuse_repeated


def refused(tmp_path, text, name="night.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(ConfigError) as caught:
        refuse_repeated(path)
    return str(caught.value).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raw: a\nresults: b\nraw: c\n", "raw twice, in line 1 and in line 3"),
        ("masters:\n  mem_gb: 1\nraw: a\nmasters: {}\n", "masters twice, in line 1 and in line 4"),
        ("masters:\n  sigma: 1\n  sigma: 2\n", "masters.sigma twice, in line 2 and in line 3"),
        ("raw: {a: 1, a: 2}", "raw.a twice, in line 1 and in line 1"),
        ("overrides:\n- {set: 1}\n- {set: 2, 'set': 3}\n", "overrides.1.set twice"),
        ('{"raw": "a", "raw": "b"}', "raw twice"),
        ("a: &x {b: 1, b: 2}\nc: *x\nd: *x\n", "a.b twice"),
        ('"\\e[2J": 1\n"\\e[2J": 2\n', r"\x1b[2J twice"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_lines(tmp_path, text, said):
    told = refused(tmp_path, text)
    assert f"night.yaml says {said}" in told
    assert told.endswith("take one of them out.") and told.count("\n") == 0


def test_of_very_many_the_first_are_named(tmp_path):
    assert refused(tmp_path, "raw: a\n" * 3000).count("\n") == 9


@pytest.mark.parametrize(
    "text",
    [
        "raw: a\nmasters: {raw: b}\ncalibrate: {raw: c}\n",
        "a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: {<<: *x, e: 1}\n",
        "a: &a [*a]\n",
        "raw: [\n",
        "raw: caf\udce9\n",
        "a: " + "[" * 3000 + "]" * 3000,
        "",
        "- raw\n- raw\n",
        "? [a]\n: 1\n? [a]\n: 2\n",
    ],
)
def test_what_says_nothing_twice_or_cannot_be_read_is_no_matter_here(tmp_path, text):
    path = tmp_path / "night.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    refuse_repeated(path)


def test_all_presets_say_everything_once():
    presets = [*(ROOT / "config").rglob("*.yaml")]
    assert presets
    for path in presets:
        refuse_repeated(path)
