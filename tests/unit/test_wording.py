"""Counts and numbers as people write them."""

import pytest

from plateworks.wording import counted, figures, ranged, with_error


@pytest.mark.parametrize(("number", "words"), [(0, "0 lights"), (1, "1 light"), (22, "22 lights")])
def test_things_are_counted_in_words(number, words):
    assert counted(number, "light") == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1960.0, "1960"),
        (2004.0, "2000"),
        (0.000041, "0.000041"),
        (3.14159, "3.14"),
        (1e7, "10000000"),
    ],
)
def test_a_number_has_no_power_of_ten(value, text):
    assert figures(value) == text


def test_numbers_that_differ_are_told_from_which_to_which():
    assert ranged([60.0, 10.0, 300.0], "s") == "10 to 300 s"
    assert ranged([-10.0, -10.0], "°C") == "-10 °C"
    assert ranged([], "s") == ""


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.2496, 0.00037, "0.2496 ± 0.0004"),
        (1.4989, 0.0033, "1.499 ± 0.003"),
        (5.0, 0.098, "5.0 ± 0.1"),
        (51234.0, 78.0, "51234 ± 80"),
        (0.24961, 0.0, "0.2496"),
    ],
)
def test_a_measured_number_has_the_figures_that_its_error_lets_count(value, error, text):
    assert with_error(value, error) == text
