"""Every number of the settings, tried with what no number can be; found by way of the schema."""

import math
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

import malformed
from plateworks.errors import ConfigError
from plateworks.pixels.combine import automatic
from plateworks.settings.configuration import complete, load_yaml
from plateworks.settings.masters import LEAST_OF_MINMAX
from plateworks.settings.schema import schema_of
from plateworks.settings.setting import NEXT, is_section, keys_of
from plateworks.settings.settings import Settings

NO_NUMBERS = [math.nan, math.inf, -math.inf, 10**400, -(10**400), 1e300]
#: The same from the command line, where all values are texts.
TEXTS = [".nan", "-.inf", "1e300"]


def forms_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return schema.get("anyOf", [schema])


def is_of(form: dict[str, Any], *kinds: str) -> bool:
    there = form.get("type", [])
    return bool(set(kinds).intersection([there] if isinstance(there, str) else there))


def numbers(schema: dict[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple]:
    """Yield the place of every number, and whether a text may stand there as well.

    A number in a place is that of the entries of a list.
    """
    texts = any(is_of(form, "string") for form in forms_of(schema))
    for form in forms_of(schema):
        if is_of(form, "number", "integer"):
            yield path, texts
        for name, one in form.get("properties", {}).items():
            yield from numbers(one, (*path, name))
        if "items" in form:
            yield from numbers(form["items"], (*path, form.get("minItems", 1)))
        if isinstance(form.get("additionalProperties"), dict):
            yield from numbers(form["additionalProperties"], (*path, "L"))


def given(path: tuple[str | int, ...], value: Any) -> Any:
    """Return a configuration with a value at a place; a number there stands for a list so long."""
    for name in reversed(path):
        value = [value] * name if isinstance(name, int) else {name: value}
    return value


def required(config: dict[str, Any]) -> dict[str, Any]:
    """Give entries of lists what they need."""
    for entry in config.get("path_rules", ()):
        entry.setdefault("match", "*")
    return {"raw": "frames", **config}


#: Place -> whether a text may stand there as well, such as a name.
PLACES = dict(numbers(schema_of(Settings)))


def test_there_are_numbers_to_try():
    assert len(PLACES) > 60
    assert ("masters", "rejection", "drop", 2) in PLACES
    assert ("overrides", 1, "use", "k") in PLACES


@pytest.mark.parametrize(
    ("path", "value"),
    # Where a text may stand, one that looks like such a number is a name.
    [(path, value) for path, texts in PLACES.items()
     for value in (NO_NUMBERS if texts else NO_NUMBERS + TEXTS)],
    ids=lambda one: ".".join(map(str, one)) if isinstance(one, tuple) else str(one)[:8],
)  # fmt: skip
def test_no_setting_takes_what_is_no_number(path, value):
    with pytest.raises(ConfigError, match=r"Config key ") as caught:
        complete(required(given(path, value)))
    assert len(str(caught.value)) < 2000


def reversible(section: type, path: tuple[str, ...] = ()) -> Iterator[tuple]:
    """Yield the place of each number that leads up to another, and the other."""
    for key in keys_of(section):
        if is_section(key.hint):
            yield from reversible(key.hint, (*path, key.name))
        elif key.meaning.upto:
            yield (*path, key.name), key.meaning.upto


@pytest.mark.parametrize(("path", "other"), list(reversible(Settings)), ids=lambda path: str(path))
def test_bounds_the_wrong_way_round_are_refused(path, other):
    if other == NEXT:
        complete({"raw": "frames", **given(path, [0.5, 2.0])})
        with pytest.raises(ConfigError, match=rf"{path[-1]}: \[2\.0, 0\.5\] cannot stand there"):
            complete({"raw": "frames", **given(path, [2.0, 0.5])})
        return
    complete({"raw": "frames", **given(path[:-1], {path[-1]: 0.5, other: 0.5})})
    with pytest.raises(ConfigError, match=rf"{path[-1]}: 3 is more than .*{other}, which is 2"):
        complete({"raw": "frames", **given(path[:-1], {path[-1]: 3.0, other: 2.0})})


@pytest.mark.parametrize(
    ("masters", "fits"),
    [
        ({"rejection": {"drop": [2, 2]}}, True),
        ({"rejection": {"drop": [2, 3]}}, False),
        ({"rejection": {"drop": [0, 100]}}, False),
        ({"rejection": {"drop": [9, 10]}, "min_frames": 20}, True),
        ({"rejection": {"drop": [2, 1]}, "method": {"dark": "minmax"}}, False),
        ({"rejection": {"drop": [2, 1]}, "method": {"dark": "minmax"}, "min_frames": 4}, True),
        ({"rejection": {"drop": [9, 9]},
          "method": dict.fromkeys(("bias", "dark", "darkflat", "flat"), "mean")}, True),
    ],
)  # fmt: skip
def test_no_more_values_are_dropped_than_there_are_frames(masters, fits):
    if fits:
        complete({"raw": "frames", "masters": masters})
        return
    with pytest.raises(ConfigError, match=r"masters\.rejection\.drop: .* leaves nothing of"):
        complete({"raw": "frames", "masters": masters})


def test_the_least_frames_of_minmax_are_those_of_auto():
    assert automatic(LEAST_OF_MINMAX) == "minmax"
    assert automatic(LEAST_OF_MINMAX - 1) != "minmax"


@pytest.mark.parametrize("key", ["raw", "library", "mem_gb", "masters", "overrides", "unknown"])
def test_a_yaml_that_means_a_billion_values_is_refused_in_a_sentence(tmp_path, key):
    text = malformed.laughing_yaml(9, key=key)
    assert len(text) < 700
    (tmp_path / "night.yaml").write_text(text)
    tracemalloc.start()
    with pytest.raises(ConfigError, match=r"more values than anyone writes, by aliases") as caught:
        complete(yaml.safe_load(text))
    with pytest.raises(ConfigError, match=r"night\.yaml holds more values than anyone writes"):
        load_yaml(tmp_path / "night.yaml")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(str(caught.value)) < 300
    assert peak < 1 << 21


def test_a_yaml_that_holds_itself_is_refused():
    with pytest.raises(ConfigError, match="more values than anyone writes"):
        complete(yaml.safe_load("raw: &a [*a]"))


@pytest.mark.parametrize("value", ["x" * 10**6, ["x" * 1000] * 1000, {"a": ["b"] * 10**5}])
def test_a_mistake_is_named_in_few_words_however_long_it_is(value):
    with pytest.raises(ConfigError, match=r"Config key mem_gb: ") as caught:
        complete({"raw": "frames", "mem_gb": value})
    assert len(str(caught.value)) < 4000


@pytest.mark.parametrize("kind", ["bias", "dark", "darkflat"])
def test_a_known_noise_serves_all_masters_but_flats(kind):
    complete({"raw": "frames", "masters": {"method": {kind: "variance"}}})
    with pytest.raises(ConfigError, match=r"masters\.method\.flat: variance rejects .* choose"):
        complete({"raw": "frames", "masters": {"method": {"flat": "variance"}}})
