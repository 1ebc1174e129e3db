"""Records go to jobs as plain values, and come back as they were."""

import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.errors import PlateworksError
from plateworks.records import plain, record_of


@dataclass(frozen=True, slots=True)
class Dark:
    path: str
    k: float | Literal["optimise"] = 1.0


@dataclass(frozen=True)
class Constant:
    level: float


@dataclass(frozen=True)
class Order:
    raw: str
    passes: int
    sigma: float
    strict: bool
    kind: Literal["bias", "dark"]
    subtract: Dark | Constant | None = None
    darks: tuple[Dark, ...] = ()
    bounds: tuple[float, float] = (0.0, 5.0)
    names: Sequence[str] = ()
    said: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    of_frames: dict[str, Dark] = field(default_factory=dict)


ORDER = Order("light.fits", 3, 4.5, False, "dark")
FULL = replace(
    ORDER,
    subtract=Dark("dark.fits", "optimise"),
    darks=(Dark("a.fits"), Dark("b.fits", 2.0)),
    names=("L", "Ha"),
    said={"filter": "Ha", "gain": 100, "temp": -10.0, "bias_inside": False},
    of_frames={"one": Dark("c.fits")},
)

REMEDY = "  Was Plateworks changed during the run?  Then start the run again."


def refusal(mapping: object) -> str:
    with pytest.raises(PlateworksError) as problem:
        record_of(Order, mapping, "The order of this job")
    text = str(problem.value)
    assert text.startswith("The order of this job cannot be read: ") and text.endswith(REMEDY)
    return text.removeprefix("The order of this job cannot be read: ").removesuffix(REMEDY)


@pytest.mark.parametrize("order", [ORDER, FULL, replace(ORDER, subtract=Constant(300.0))])
def test_a_record_comes_back_as_it_was(order):
    assert record_of(Order, plain(order), "x") == order
    assert record_of(Order, json.loads(json.dumps(plain(order))), "x") == order


def test_what_a_rule_gets_is_dicts_lists_and_simple_values():
    assert plain(FULL) == {
        "raw": "light.fits",
        "passes": 3,
        "sigma": 4.5,
        "strict": False,
        "kind": "dark",
        "subtract": {"path": "dark.fits", "k": "optimise"},
        "darks": [{"path": "a.fits", "k": 1.0}, {"path": "b.fits", "k": 2.0}],
        "bounds": [0.0, 5.0],
        "names": ["L", "Ha"],
        "said": {"filter": "Ha", "gain": 100, "temp": -10.0, "bias_inside": False},
        "of_frames": {"one": {"path": "c.fits", "k": 1.0}},
    }


def test_what_a_rule_gets_shares_nothing_with_the_record():
    said = {"filter": "Ha"}
    given_to_rule = plain(replace(ORDER, said=said))
    said["filter"] = "L"
    assert given_to_rule["said"] == {"filter": "Ha"}


_paths = st.text(max_size=5)
_darks = st.builds(Dark, _paths, st.floats(allow_nan=False) | st.just("optimise"))
_said = st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans()


@given(
    st.builds(
        Order, raw=_paths, passes=st.integers(), sigma=st.floats(allow_nan=False),
        strict=st.booleans(), kind=st.sampled_from(["bias", "dark"]),
        subtract=st.none() | _darks | st.builds(Constant, st.floats(allow_nan=False)),
        darks=st.lists(_darks, max_size=2).map(tuple),
        names=st.lists(_paths, max_size=2).map(tuple),
        said=st.dictionaries(_paths, _said, max_size=2),
        of_frames=st.dictionaries(_paths, _darks, max_size=2),
    )
)  # fmt: skip
def test_any_record_comes_back_with_each_value_of_its_own_type(order):
    back = record_of(Order, pickle.loads(pickle.dumps(plain(order))), "x")
    assert back == order
    assert [type(one) for one in back.said.values()] == [type(one) for one in order.said.values()]


def test_a_whole_number_serves_as_a_number():
    back = record_of(Order, plain(ORDER) | {"sigma": 4, "bounds": [0, 5]}, "x")
    assert (back.sigma, back.bounds) == (4.0, (0.0, 5.0))
    assert type(back.sigma) is float


def test_an_unknown_key_is_refused():
    assert refusal(plain(ORDER) | {"cosmetc": "hot.lst"}) == (
        "Order has no cosmetc, which is 'hot.lst'; it has raw, passes, sigma, strict, kind, "
        "subtract, darks, bounds, names, said, of_frames."
    )


def test_an_unknown_key_within_is_refused_by_its_place():
    darks = [plain(Dark("a")), plain(Dark("b")) | {"K": 2}]
    assert refusal(plain(ORDER) | {"darks": darks}) == (
        "Dark has no darks[1].K, which is 2; it has path, k."
    )


def test_what_is_none_by_default_is_left_out_and_comes_back():
    given_to_rule = plain(ORDER)
    assert "subtract" not in given_to_rule
    back = record_of(Order, given_to_rule, "x")
    assert back.subtract is None
    assert record_of(Order, given_to_rule | {"subtract": None}, "x") == back


def test_a_none_that_is_no_default_is_told():
    @dataclass(frozen=True)
    class Told:
        level: float | None = 2.0

    assert plain(Told(None)) == {"level": None}


@pytest.mark.parametrize("key", plain(ORDER))
def test_a_missing_key_is_refused_even_where_there_is_a_default(key):
    mapping = plain(ORDER)
    del mapping[key]
    assert refusal(mapping) == f"Order needs {key}, which is missing."


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("raw", 3, "raw is 3, where a text belongs."),
        ("raw", None, "raw is None, where a text belongs."),
        ("passes", 3.0, "passes is 3.0, where a whole number belongs."),
        ("passes", True, "passes is True, where a whole number belongs."),
        ("sigma", "4", "sigma is '4', where a number belongs."),
        ("sigma", False, "sigma is False, where a number belongs."),
        ("strict", 1, "strict is 1, where true or false belongs."),
        ("kind", "flat", "kind is 'flat', where 'bias' or 'dark' belongs."),
        ("kind", ["bias"], "kind is ['bias'], where 'bias' or 'dark' belongs."),
        ("subtract", 3, "subtract is 3, where a Dark or a Constant or null belongs."),
        ("darks", "ab", "darks is 'ab', where a list belongs."),
        ("darks", ["a"], "darks[0] is 'a', where a Dark belongs."),
        ("bounds", [1], "bounds is [1], where a list of 2 belongs."),
        ("bounds", [1, "2"], "bounds[1] is '2', where a number belongs."),
        ("names", [1], "names[0] is 1, where a text belongs."),
        ("said", ["filter"], "said is ['filter'], where a mapping belongs."),
        ("said", {1: "L"}, "said is {1: 'L'}, where a mapping belongs."),
        (
            "said",
            {"temp": None},
            "said.temp is None, where a text or a whole number or a number or true or false "
            "belongs.",
        ),
        ("of_frames", {"one": {}}, "Dark needs of_frames.one.path, which is missing."),
    ],
)
def test_a_value_of_a_wrong_type_is_refused(key, value, sentence):
    assert refusal(plain(ORDER) | {key: value}) == sentence


def test_of_several_records_that_may_stand_somewhere_the_nearest_says_what_is_wrong():
    subtract = {"path": "dark.fits", "k": "fitted"}
    assert refusal(plain(ORDER) | {"subtract": subtract}) == (
        "subtract.k is 'fitted', where a number or 'optimise' belongs."
    )


def test_what_is_no_mapping_is_refused():
    assert refusal(["light.fits"]) == "it is ['light.fits'], where a Order belongs."


@pytest.mark.parametrize("value", [object(), b"bytes", {1: "x"}, {"a", "b"}, Dark])
def test_what_cannot_be_plain_is_a_mistake_in_the_program(value):
    with pytest.raises(TypeError):
        plain(replace(ORDER, raw=value))
    with pytest.raises(TypeError):
        plain(value)


def test_a_record_that_could_not_be_read_back_is_a_mistake_in_the_program():
    @dataclass(frozen=True)
    class Unreadable:
        anything: object

    with pytest.raises(TypeError, match="records cannot hold"):
        record_of(Unreadable, {"anything": 1}, "x")
