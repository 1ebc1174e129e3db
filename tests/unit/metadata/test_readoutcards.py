"""How a frame is put together of what its amplifiers read, as headers of observatories say it."""

import pytest

from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import read_readout
from plateworks.metadata.severalimages import choose_image


def image(width=1100, height=1000, hdu=0, **cards):
    own = {key.replace("_", "-"): value for key, value in cards.items()}
    return Header(own, width=width, height=height, planes=1, bitpix=16, hdu=hdu, own=own)


def several(*images):
    images[0].parts = images
    return images[0]


def sections(header):
    return [(one.data, *one.bias) for one in read_readout(header).amplifiers]


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        (
            {"TRIMSEC": "[  51:1100,   1:1000]", "BIASSEC": "[   4:  40,   1:1000]"},
            ((50, 1100, 0, 1000), (3, 40, 0, 1000)),
        ),
        (
            {"DATASEC": "[1:1050,3:990]", "OVERSEC": "1061:1100,1:1000"},
            ((0, 1050, 2, 990), (1060, 1100, 0, 1000)),
        ),
        ({"BIASSEC": "(1100:1051,1:1000)"}, ((0, 1050, 0, 1000), (1050, 1100, 0, 1000))),
        ({"PRESEC": "[1:50,2:1000]"}, ((50, 1100, 0, 1000), (0, 50, 1, 1000))),
        ({"BIASSEC": "[1:1100,981:1000]"}, ((0, 1100, 0, 980), (0, 1100, 980, 1000))),
        ({"TRIMSEC": "[1:1100,1:1000]", "BIASSEC": "[1:30,1:1000]"},
         ((30, 1100, 0, 1000), (0, 30, 0, 1000))),
        ({"TRIMSEC": "[11:1090,1:1000]"}, ((10, 1090, 0, 1000),)),
        # They share two columns, which saw light.
        ({"TRIMSEC": "[1:1052,1:1000]", "BIASSEC": "[1051:1100,1:1000]"},
         ((0, 1052, 0, 1000), (1052, 1100, 0, 1000))),
        # An overscan upon the picture is none.
        ({"TRIMSEC": "[1:1050,1:1000]", "BIASSEC": "[1:1050,1:1000]"}, ((0, 1050, 0, 1000),)),
        ({"DATASEC": "[1:1050,1:1000]", "BIASSEC": "[1:40,1:1000]"}, ((0, 1050, 0, 1000),)),
    ],
)  # fmt: skip
def test_one_amplifier_is_told_by_its_sections(cards, expected):
    assert sections(image(**cards)) == [expected]


@pytest.mark.parametrize(
    "cards",
    [
        {},
        {"TRIMSEC": "[1:1100,1:1000]", "DATASEC": "[1:1100,1:1000]"},
        {"BIASSEC": "[1101:1150,1:1000]"},
        {"BIASSEC": "[1:50,1:1000]", "TRIMSEC": "[51:1150,1:1000]"},  # trimmed since
        {"BIASSEC": "[0:0,0:0]", "DATASEC": "UNKNOWN"},
        {"BIASSEC1": "[1:20,1:1000]", "BIASSEC2": "[1081:1100,1:1000]"},  # which end nowhere
        {"OVERSCNX": 50},
        {"BIASSEC": "[500:510,400:410]"},
        {"BIASSEC": "[1:1100,1:1000]", "TRIMSEC": "[1:1100,1:1000]"},
        {"BIASSEC": "[1:1090,1:1000]"},  # the most of the image
        {"TRIMSEC": "[1:1,1:1]"},
        {"DATASEC": "[301:500,1:1000]"},  # less than half of it
        {"TRIMSEC": "[1:2100,1:2000]", "BIASSEC": "[2101:2200,1:2000]"},  # binned by nobody
        {"TRIMSEC": "[1:2200,1:2000]", "CCDSUM": "2 2"},
        {"DATASEC1": "[1:600,1:1000]", "DATASEC2": "[500:1100,1:1000]"},  # upon each other
    ],
)
def test_what_tells_nothing_that_fits_is_left_as_it_is(cards):
    assert read_readout(image(**cards)) is None


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ({"TRIMSEC": "[1:2100,1:2000]", "BIASSEC": "[2101:2200,1:2000]", "CCDSUM": "2 2"},
         ((0, 1050, 0, 1000), (1050, 1100, 0, 1000))),
        ({"DATASEC": "[102:3301,1:1000]", "PRESEC": "[1:101,1:1000]", "XBINNING": 3, "YBINNING": 1},
         ((34, 1100, 0, 1000), (0, 33, 0, 1000))),
        ({"TRIMSEC": "[1:1050,1:1000]", "BIASSEC": "[1051:1100,1:1000]", "CCDSUM": "2 2"},
         ((0, 1050, 0, 1000), (1050, 1100, 0, 1000))),
    ],
)  # fmt: skip
def test_sections_of_a_binned_image_may_count_pixels_of_the_sensor(cards, expected):
    assert sections(image(**cards)) == [expected]


def test_an_overscan_that_was_subtracted_is_only_trimmed():
    header = image(BIASSEC="[1051:1100,1:1000]", TRIMSEC="[1:1050,1:1000]")
    [one] = read_readout(header, done="OB").amplifiers
    assert (one.data, one.bias) == ((0, 1050, 0, 1000), ())
    assert read_readout(image(TRIMSEC="[1:1100,1:1000]"), done="O") is None


def test_amplifiers_of_one_image_are_moved_together_as_they_lie_in_it():
    found = read_readout(
        image(
            DATASEC1="[1:500,1:1000]", BIASSEC1="[501:550,1:1000]", GAIN1=1.5, RDNOISE1=4.0,
            DATASEC2="[601:1100,1:1000]", BIASSEC2="[551:600,1:1000]", GAIN2=2.5, RDNOISE2=3.0,
        )
    )  # fmt: skip
    left, right = found.amplifiers
    assert (left.corner, right.corner) == ((0, 0), (500, 0))
    assert (found.width, found.height, found.gain) == (1000, 1000, 2.0)
    assert (right.data, right.bias, right.gain) == (
        (600, 1100, 0, 1000), ((550, 600, 0, 1000),), 2.5,
    )  # fmt: skip
    assert found.read_noise == pytest.approx(12.5**0.5)


def test_an_overscan_upon_another_amplifier_tells_no_level():
    found = read_readout(
        image(
            DATASEC1="[1:500,1:1000]", BIASSEC1="[501:1000,1:1000]",
            DATASEC2="[501:1000,1:1000]", BIASSEC2="[1001:1100,1:1000]",
        )
    )  # fmt: skip
    assert [one.bias for one in found.amplifiers] == [(), ()]  # of all, or of none


def test_rows_and_columns_number_the_amplifiers_of_noirlab():
    quarters = {"11": (0, 0), "12": (1, 0), "21": (0, 1), "22": (1, 1)}
    cards = {}
    for key, (i, j) in quarters.items():
        x, y = i * 600, j * 500
        cards[f"TSEC{key}"] = f"[{x + 1}:{x + 500},{y + 1}:{y + 500}]"
        cards[f"BSEC{key}"] = f"[{501 + 50 * i}:{550 + 50 * i},{y + 1}:{y + 500}]"
        cards[f"CSEC{key}"] = f"[{i * 500 + 1}:{i * 500 + 500},{y + 1}:{y + 500}]"
        cards[f"GTGAIN{key}"], cards[f"GTRON{key}"] = 2.0 + i, 5.0
    found = read_readout(image(**cards))
    assert [one.corner for one in found.amplifiers] == [(0, 0), (500, 0), (0, 500), (500, 500)]
    assert (found.width, found.height, found.gain) == (1000, 1000, 2.5)


def quadrant(hdu, detsec, **more):
    cards = {"DATASEC": "[1:512,1:512]", "BIASSEC": "[520:540,1:512]", "CCDSUM": "2 2"}
    return image(544, 522, hdu, **cards, DETSEC=detsec, **more)


def test_images_lie_where_each_says_turned_and_binned():
    found = read_readout(
        several(
            quadrant(1, "[1025:2048,3072:2049]", GAIN=6.42),
            quadrant(2, "[1025:2048,1025:2048]", GAIN=6.23),
            quadrant(3, "[3072:2049,1025:2048]", GAIN=6.27),
            quadrant(4, "[3072:2049,3072:2049]", GAIN=6.26),
        )
    )
    assert [(one.hdu, one.corner, one.flip_x, one.flip_y) for one in found.amplifiers] == [
        (1, (0, 512), False, True),
        (2, (0, 0), False, False),
        (3, (512, 0), True, False),
        (4, (512, 512), True, True),
    ]
    assert (found.width, found.height, found.origin) == (1024, 1024, (512, 512))
    assert found.gain == pytest.approx(6.295)


@pytest.mark.parametrize(("lit", "size"), [("[1:1024,1:1024]", (1024, 512)), ("[1:1,1:1]", None)])
def test_images_may_count_pixels_of_the_sensor_and_are_most_of_what_they_hold(lit, size):
    images = [quadrant(1, "[1:1024,1:1024]"), quadrant(2, "[2048:1025,1:1024]")]
    for one in images:
        one.own |= {"DATASEC": lit, "BIASSEC": "[1039:1080,1:1024]"}
        one.width, one.height = 540, 512
    found = read_readout(several(*images))
    assert (found and (found.width, found.height)) == size


def test_a_small_image_beside_those_of_amplifiers_is_passed_over():
    images = [quadrant(1, "[1:1024,1:1024]"), quadrant(2, "[2048:1025,1:1024]")]
    chosen = choose_image([*images, image(20, 20, hdu=3, EXTNAME="GUIDER")])
    assert [one.hdu for one in chosen.parts] == [1, 2]
    assert chosen.notes == ["a smaller image beside the frame (20x20) is passed over"]


def test_crosstalk_is_told_from_one_onto_the_other():
    one = quadrant(1, "[1:1024,1:1024]")
    one.cards |= {"CRSTLK12": 0.00053, "CRSTLK21": 0.0, "CRSTLK34": 0.1}
    found = read_readout(several(one, quadrant(2, "[2048:1025,1:1024]")))
    [crosstalk] = found.crosstalk
    assert (crosstalk.source, crosstalk.onto, crosstalk.part) == (0, 1, 0.00053)


@pytest.mark.parametrize(
    "places",
    [
        ("[1:1024,1:1024]", None),
        ("[1:1024,1:1024]", "[513:1536,1:1024]"),  # upon each other
        ("[1:1024,1:1024]", "[9217:10240,1:1024]"),  # another chip
        ("[1:1024,1:1024]", "[1025:2000,1:1024]"),  # of another size
    ],
)
def test_images_that_make_no_picture_are_not_put_together(places):
    assert read_readout(several(*map(quadrant, (1, 2), places))) is None


def test_what_the_primary_header_says_of_all_is_not_taken_for_one():
    images = [quadrant(1, "[1:1024,1:1024]"), quadrant(2, "[2048:1025,1:1024]")]
    for one in images:
        one.cards = {"TRIMSEC": "[1:500,1:500]", "GAIN": 0.0, "RDNOISE": 7.0} | one.own
    found = read_readout(several(*images))
    assert (found.width, found.gain, found.read_noise) == (1024, None, 7.0)
