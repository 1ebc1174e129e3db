"""What a word may have meant."""

import pytest

from plateworks.likeness import nearest


@pytest.mark.parametrize(
    ("word", "near"),
    [("drak_60s", "dark_60s"), ("DARK_60S", "dark_60s"), ("Bias", "BIAS_m10c"), ("xyz", None)],
)
def test_the_word_most_like_it_in_any_case_is_found(word, near):
    assert nearest(word, ["dark_60s", "dark_600s", "BIAS_m10c"]) == near


def test_among_none_there_is_none():
    assert nearest("dark", []) is None
