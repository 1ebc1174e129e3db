"""Names of products: safe in paths, and never shared by two things."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plateworks.inventory.filters import filter_identity, filter_token
from plateworks.inventory.tokens import (
    exposure_token,
    frame_name,
    identity,
    slug,
    temperature_token,
)

SAFE = re.compile(r"[A-Za-z0-9.+_-]+")


@pytest.mark.parametrize(
    ("seconds", "token"),
    [
        (120.0, "120s"),
        (0.5, "500ms"),
        (2.5, "2500ms"),
        (0.001, "1ms"),
        (0.0049, "4900us"),
        (0.0001, "100us"),
        (0.0004, "400us"),
        (0.0, "0s"),
        (None, "na"),
    ],
)
def test_exposures_are_named_in_the_largest_whole_unit(seconds, token):
    assert exposure_token(seconds) == token


def test_temperatures_are_named_without_signs():
    assert [temperature_token(t) for t in (-10.0, 0.0, 2.5, None)] == ["m10c", "p0c", "p2.5c", "na"]


def test_spellings_of_one_camera_are_one():
    assert identity(" ZWO  ASI2600_Pro ") == identity("zwo asi2600-pro") == "zwo-asi2600-pro"


@pytest.mark.parametrize(
    "spelling", ["Ha", "HA", "H-alpha", "H Alpha", "Hydrogen-Alpha", "h_alpha"]
)
def test_spellings_of_one_filter_are_one(spelling):
    assert filter_identity(spelling) == "ha"
    assert filter_token(spelling) == "ha"


def test_a_filter_that_looks_like_a_path_cannot_leave_its_folder():
    token = filter_token("../../x")
    assert "/" not in token
    assert not token.startswith(".")
    assert token != filter_token("x")


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_texts_share_a_slug_only_if_they_are_the_same_text(one, other):
    if identity(one) != identity(other):
        assert slug(one) != slug(other)


@given(st.text(min_size=1, max_size=200))
def test_a_slug_is_always_safe_in_a_path(text):
    assert SAFE.fullmatch(slug(text))
    assert not slug(text).startswith((".", "-"))


@given(st.text(alphabet=st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1))
def test_a_frame_name_is_always_safe_in_a_path(text):
    name = frame_name(f"somewhere/{text}.fits")
    assert SAFE.fullmatch(name)
    assert not name.startswith(".")


def test_a_frame_keeps_the_name_of_its_raw_file():
    assert frame_name("a/LPSEB35_g_20250530_034359.fits") == "LPSEB35_g_20250530_034359"
    assert frame_name("a/Light_M 94_10.0s.fit.gz") == "Light_M-94_10.0s"
    assert frame_name("a/été.FITS").startswith("t-")
