"""Camera and mode, in the keywords of many programs."""

import pytest

from plateworks.metadata import identity
from plateworks.metadata.header import Header


def header(repeated=None, **cards):
    cards = {key.replace("__", "-"): value for key, value in cards.items()}
    return Header(cards, 16, 16, 1, 16, repeated=repeated or {})


@pytest.mark.parametrize(
    ("cards", "gain"),
    [({"ISO": "ISO800"}, 800), ({"ISOSPEED": "iso 1600"}, 1600), ({"GAIN": "100,5"}, 100.5),
     ({"GAIN": -1, "ISO": 400}, 400), ({"GAIN": "High"}, None), ({"GAIN": 0}, 0)],
)  # fmt: skip
def test_a_gain_may_be_a_text(cards, gain):
    assert identity.read_gain(header(**cards), []) == gain


def test_a_gain_that_stands_twice_is_none():
    notes: list[str] = []
    assert identity.read_gain(header({"GAIN": 200}, GAIN=100), notes) is None
    assert "100 and 200" in notes[0]


@pytest.mark.parametrize(
    ("cards", "mode"),
    [
        ({"LOWNOISE": True, "FULLWELL": 0}, "fullwell=0 lownoise=1"), ({"HCG": "On"}, "hcg=1"),
        ({"GAIN": "High"}, "gain=high"), ({"GAIN": 100}, None), ({"ISO": "ISO800"}, None),
        ({"CONVGAIN": "LCG mode"}, "convgain=lcg-mode"), ({"GAIN": "auto"}, None),
    ],
)  # fmt: skip
def test_switches_of_the_driver_make_one_mode(cards, mode):
    assert identity.read_mode(header(**cards).cards) == mode


def test_modes_are_compared_in_what_both_of_them_name():
    assert identity.other_modes("fullwell=0 lownoise=1", "lownoise=1 hcg=1") == []
    assert identity.other_modes("fullwell=0 lownoise=1", "lownoise=0") == [
        ("lownoise=1", "lownoise=0")
    ]


@pytest.mark.parametrize("key", ["CAM-MODE", "CAMMODE", "CONVERSION GAIN", "READ_SPEED", "EM-GAIN"])
def test_a_mode_goes_by_many_keywords(key):
    assert (
        identity.read_mode({key: "Low"})
        == f"{key.lower().replace('-', '').replace('_', '').replace(' ', '')}=low"
    )
