"""Whatever stands in a configuration: it is taken and means the same again, or a sentence says why.

Mappings are drawn from the types of the settings themselves, right in most places and wrong in
some; a new setting is drawn without a word here.
"""

import copy
import math
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import jsonschema
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from frames import ROOT
from plateworks.errors import ConfigError
from plateworks.settings.configuration import complete, load_yaml
from plateworks.settings.reading import read_section
from plateworks.settings.schema import schema_of
from plateworks.settings.setting import NEXT, Key, Meaning, is_section, keys_of
from plateworks.settings.settings import Settings
from plateworks.settings.wanted import kinds_of

SCHEMA = jsonschema.Draft202012Validator(schema_of(Settings))
#: As many characters say what is wrong with one key, however long it is.
LONGEST = 4000

# --- mappings as they are drawn -------------------------------------------------------------------


def _texts(value: Any) -> set[str]:
    """Return all texts within a configuration, its keys too."""
    if isinstance(value, dict):
        return set().union(*map(_texts, value), *map(_texts, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts, value))
    return {value} if isinstance(value, str) and value else set()


#: Texts that are right in one setting or another.
PRESETS = [load_yaml(path) for path in (ROOT / "config" / "presets").glob("*.yaml")]
KNOWN = st.sampled_from(sorted(_texts([Settings().as_dict(), *PRESETS])))
#: A schema cannot name signs that take no room, halves of signs, and what is no number: these are
#: tested of reading alone.
SIGNS = st.characters(exclude_categories=("Cf", "Cs"))
TEXTS = st.text(SIGNS, max_size=6)
UNSEEN = st.sampled_from(["a\u202eb", "\ufeff", "\ud800", math.nan])
WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS, KNOWN,
    st.sampled_from(["", "\x1b[2J", "a\nb", "a\n", "{x}", "~", "x" * 5000, 10**40, -1, 0]),
    st.lists(st.integers(-2, 3), max_size=3),
    st.lists(st.none() | st.text(SIGNS, max_size=2), max_size=3),
    st.dictionaries(st.text(SIGNS, max_size=3) | st.integers(-1, 1), st.integers(0, 1), max_size=2),
)  # fmt: skip


def _number(kind: type, meaning: Meaning) -> st.SearchStrategy:
    low = next((one for one in (meaning.over, meaning.least) if one is not None), -10)
    high = min(meaning.most if meaning.most is not None else low + 1000, 1e15)
    if kind is int:
        return st.integers(math.ceil(low), math.floor(high))
    return st.floats(low, high, allow_subnormal=False).flatmap(
        lambda number: st.sampled_from([number, math.floor(number)])
    )


def _of_kind(kind: Any, meaning: Meaning) -> st.SearchStrategy:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is NoneType:
        return st.none()
    if kind is bool:
        return st.booleans()
    if kind in (int, float):
        return _number(kind, meaning)
    if kind is str:
        return KNOWN | (
            st.from_regex(meaning.pattern, alphabet=SIGNS)
            if meaning.pattern
            else st.text(SIGNS, max_size=5)
        )
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is dict:
        return st.dictionaries(KNOWN, _of_hint(arguments[1], meaning), max_size=2)
    if is_section(kind):
        return _section(kind)
    items = _of_hint(arguments[0], meaning)
    if arguments[-1] is Ellipsis:
        return st.lists(items, max_size=3)
    return st.lists(items, min_size=len(arguments), max_size=len(arguments))


def _of_hint(hint: Any, meaning: Meaning) -> st.SearchStrategy:
    return st.one_of([_of_kind(kind, meaning) for kind in kinds_of(hint)])


@st.composite
def _value(draw, key: Key, wrong: bool) -> Any:
    """Draw a value for a key: one of its kind, or whatever there is."""
    if wrong and draw(st.integers(0, 9)) == 0:
        return draw(WRONG)
    return draw(_of_hint(key.hint, key.meaning))


@st.composite
def _section(draw, section: type = Settings, wrong: bool = True, most: int = 4) -> dict:
    keys = keys_of(section)
    required = [key for key in keys if key.required]
    chosen = draw(st.lists(st.sampled_from(keys), max_size=most, unique_by=lambda key: key.name))
    given_ = {key.name: draw(_value(key, wrong)) for key in [*required, *chosen]}
    if wrong and draw(st.integers(0, 19)) == 0:
        given_[draw(st.one_of(st.text(SIGNS, max_size=4), st.integers(), st.just("k" * 9000)))] = 1
    return given_


def _ordered(section: type = Settings) -> set[str]:
    """Return the lists whose numbers rise."""
    keys = keys_of(section)
    below = (_ordered(key.hint) for key in keys if is_section(key.hint))
    return set().union(*below, {key.name for key in keys if key.meaning.upto == NEXT})


ORDERED = _ordered()


# --- what holds of all of them -------------------------------------------------------------------


def reading_of(given_: dict) -> tuple[Settings | None, str]:
    try:
        return read_section(Settings, given_), ""
    except ConfigError as error:
        return None, str(error)


@settings(max_examples=250)
@given(_section())
def test_any_settings_are_taken_and_read_again_the_same_or_refused_by_the_key(given_):
    found, said = reading_of(copy.deepcopy(given_))
    if found is None:
        assert said
        for line in said.split("\n"):
            assert line.startswith("Config key ") and line.isprintable()
            assert len(line) <= LONGEST
        return
    plain = found.as_dict()
    assert read_section(Settings, plain) == found
    assert read_section(Settings, yaml.safe_load(yaml.safe_dump(plain))) == found


@settings(max_examples=250)
@given(_section())
def test_the_schema_takes_and_refuses_what_reading_does(given_):
    found, said = reading_of(given_)
    if "exchange them" in said or any(f"{name}: " in said for name in ORDERED):
        return  # a schema knows each number alone
    assert SCHEMA.is_valid(given_) == (found is not None), said


@given(st.sampled_from(keys_of(Settings)), UNSEEN)
def test_what_no_schema_can_name_is_refused_by_reading(key, value):
    found, said = reading_of({key.name: value})
    assert found is None
    assert said.startswith(f"Config key {key.name}: ") and said.isprintable()


@settings(max_examples=150)
@given(_section())
def test_any_settings_are_complete_or_a_sentence(given_):
    try:
        assert isinstance(complete({"raw": "frames"} | given_), Settings)
    except ConfigError as error:
        assert str(error)
        assert all(line.isprintable() and len(line) <= LONGEST for line in str(error).split("\n"))
