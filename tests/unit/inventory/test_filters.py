"""Which spellings mean the same filter."""

import pytest

from plateworks.inventory.filters import filter_identity


@pytest.mark.parametrize(
    ("names", "same"),
    [
        (("Ha 7nm", "H-Alpha (7 nm)", "ha7nm", "Halpha_7nm"), "ha-7nm"),
        (("O3 4,5nm", "OIII_4.5 nm"), "oiii-4.5nm"), (("S-II 6nm", "SII-6NM"), "sii-6nm"),
        (("R 100nm", "Red 100nm"), "R-100nm"), (("656nm",), "656nm"),
    ],
)  # fmt: skip
def test_the_width_of_a_band_may_be_written_in_many_ways(names, same):
    assert {filter_identity(name) for name in names} == {same}
    assert filter_identity(same) == same


def test_two_widths_are_two_filters():
    assert filter_identity("Ha 3nm") != filter_identity("Ha 7nm") != filter_identity("Ha")
