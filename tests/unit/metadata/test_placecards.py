"""Which pixels of the sensor an image holds, in the words of many programs."""

import pytest

from plateworks.metadata.placecards import Origin, read_flip, read_origin, read_row_order

WIDTH, HEIGHT = 128, 96


@pytest.mark.parametrize(
    "keys",
    [
        ("XORGSUBF", "YORGSUBF"), ("STARTX", "STARTY"), ("FRAMEX", "FRAMEY"), ("ROI_X", "ROI_Y"),
        ("CROP-X", "CROP-Y"), ("XORIGIN", "YORIGIN"), ("SUBFRM_X", "SUBFRM_Y"),
        ("COLSTART", "ROWSTART"), ("ROISTRTX", "ROISTRTY"),
    ],
)  # fmt: skip
def test_the_origin_of_a_subframe_goes_by_several_names(keys):
    cards = dict(zip(keys, (200, 150), strict=True))
    assert read_origin(cards, WIDTH, HEIGHT, 1, 1) == (200, 150, False)


def test_the_origin_of_a_binned_frame_is_in_a_unit_that_is_not_said():
    cards = {"XORGSUBF": 200, "YORGSUBF": 150}
    assert read_origin(cards, WIDTH, HEIGHT, 2, 2) == Origin(200, 150, binned=True)
    assert read_origin(dict.fromkeys(cards, 0), WIDTH, HEIGHT, 2, 2) == Origin(0, 0)


@pytest.mark.parametrize(
    ("cards", "origin"),
    [
        ({"DETSEC": "[201:328,151:246]"}, (200, 150)),
        ({"DETSEC": "[328:201,246:151]"}, (200, 150)),  # read from the other end
        ({"CCDSEC": "[1:4096,1:4096]", "DETSEC": "[201:328,151:246]"}, (200, 150)),
        ({"SUBRECT": "201, 328, 246, 151"}, (200, 150)), ({"ROI": "200,150,128,96"}, (200, 150)),
        ({"DETROI": "(201, 151, 328, 246)"}, (200, 150)),
        ({"LTV1": -200.0, "LTV2": -150.0}, (200, 150)),
        ({"ESO DET WIN1 STRX": 201, "ESO DET WIN1 STRY": 151}, (200, 150)),
    ],
)  # fmt: skip
def test_a_section_of_the_sensor_tells_it_too(cards, origin):
    assert read_origin(cards, WIDTH, HEIGHT, 1, 1) == (*origin, False)


def test_a_section_counts_the_pixels_of_the_sensor():
    cards = {"DETSEC": "[201:456,151:342]"}
    assert read_origin(cards, WIDTH, HEIGHT, 2, 2) == Origin(100, 75)


@pytest.mark.parametrize(
    "cards",
    [{}, {"XORGSUBF": 200}, {"XORGSUBF": -1, "YORGSUBF": 0}, {"DETSEC": "somewhere"},
     {"ROI": "1, 2, 3, 4"}, {"STARTX": 3.5, "STARTY": 2.0}],
)  # fmt: skip
def test_what_is_no_place_on_the_sensor_tells_none(cards):
    assert read_origin(cards, WIDTH, HEIGHT, 1, 1) is None


def test_a_card_that_says_the_image_is_as_it_was_differs_from_no_card():
    assert read_flip({}) is None
    assert read_flip({"FLIPSTAT": "  "}) == "none"
    assert read_flip({"FLIPSTAT": "Flip/Mirror"}) == read_flip({"FLIPSTAT": "mirrored flipped"})
    assert read_flip({"FLIPSTAT": "Flip/Rotate 90 CW"}) == "flip rotate 90 cw"


@pytest.mark.parametrize(
    ("text", "order"),
    [("TOP-DOWN", "TOP-DOWN"), ("topdown", "TOP-DOWN"), ("Bottom Up", "BOTTOM-UP"),
     ("bottom_up", "BOTTOM-UP"), (None, None), ("unknown", None)],
)  # fmt: skip
def test_the_order_of_the_rows_is_read_in_any_spelling(text, order):
    notes: list[str] = []
    assert read_row_order(text, notes) == order
    assert notes == []


def test_an_order_of_the_rows_that_is_not_understood_is_named():
    notes: list[str] = []
    assert read_row_order("sideways", notes) is None
    assert "ROWORDER says 'sideways'" in notes[0]
