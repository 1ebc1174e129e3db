"""From cards to the frame record, rule by rule; time and place stand apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cards import normalised as frame
from headerfiles import complete, header_block
from plateworks.errors import FrameError
from plateworks.metadata.dialects import WANTED
from plateworks.metadata.header import Header
from plateworks.metadata.normalise import frame_from_cards, read_frame


def test_what_no_card_tells_is_unknown():
    known = frame()
    for field in known.__dataclass_fields__:
        if field not in ("path", "width", "height", "bitpix", "raw_bits", "hdu", "planes"):
            assert getattr(known, field) in (None, False, ()), field


# --- kind ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "texts"),
    {
        "bias": "Bias|ZERO|offset|Bias Frame|bias_frame|Bias-Frame",
        "dark": "Dark|DARK  |Dark Frame|dark_frame",
        "flat": "Flat|FLAT FIELD|Flat Frame|SkyFlat|sky flat|Dome_Flat|twilight-flat|flatfield",
        "darkflat": "DarkFlat|flatdark|Flat Dark|DARK FLAT|dark-flat|Flat Dark Frame",
        "light": "Light|LIGHT|Light Frame|object|Science|science frame",
    }.items(),
)
def test_the_kind_is_known_by_many_names(kind, texts):
    for text in texts.split("|"):
        assert (frame(IMAGETYP=text).kind, frame(IMAGETYP=text).is_master) == (kind, False), text
        master = frame(IMAGETYP=f"Master {text}")
        assert (master.kind, master.is_master) == (kind, True), text


def test_a_kind_nobody_knows_is_unknown_and_noted():
    odd = frame(IMAGETYP="Snapshot")
    assert odd.kind is None
    assert "'Snapshot'" in odd.notes[0]


def test_the_kind_may_stand_in_another_keyword():
    assert frame(FRAME="Flat").kind == "flat"
    assert frame(IMAGETYP="odd", FRAME="Dark").kind == "dark"
    assert frame(CALFRAME="MasterFlat").is_master
    assert (frame(ACQTYPE="MASTERDARK").kind, frame(ACQTYPE="MASTERDARK").is_master) == (
        "dark",
        True,
    )


@pytest.mark.parametrize(
    "evidence",
    [
        {"NCOMBINE": 20}, {"STACKCNT": 2}, {"NUMFRAME": "30"}, {"SNAPSHOT": 4},
        {"history": ["Integration with ImageIntegration process"]},
    ],
)  # fmt: skip
def test_evidence_of_combining_makes_a_master(evidence):
    assert frame(IMAGETYP="DARK", **evidence).is_master


def test_one_snapshot_makes_no_master():
    assert not frame(
        IMAGETYP="DARK", SNAPSHOT=1, NCOMBINE=1, history=["Dark Subtraction"]
    ).is_master


@pytest.mark.parametrize(
    ("imagetyp", "field", "kind"),
    [
        ("Dark Frame", "Bias", "bias"),
        ("Dark Frame", "Dark", "dark"),
        ("Light Frame", "FlatDither00", "flat"),
        ("Light Frame", "M 42", "light"),
    ],
)
def test_pocs_tells_the_kind_by_the_field(imagetyp, field, kind):
    assert frame(CREATOR="POCSv0.1", IMAGETYP=imagetyp, FIELD=field).kind == kind
    stated = frame(IMAGETYP=imagetyp, FIELD=field)
    assert (stated.kind, stated.object) == (imagetyp.split()[0].lower(), None)


# --- camera settings ----------------------------------------------------------------------------


def test_gain_is_a_setting_and_egain_electrons_per_adu():
    both = frame(GAIN=100, EGAIN=0.25)
    assert (both.gain, both.egain) == (100.0, 0.25)
    assert frame(GAIN=1.5).egain is None
    assert frame(E__GAIN="2.06").egain == 2.06
    assert frame(EGAIN="3.62").egain == 3.62


@pytest.mark.parametrize("card", [{"GAIN": -1}, {"OFFSET": -1}, {"EGAIN": 0}, {"FOCALLEN": 0.0},
                                  {"XPIXSZ": 0}, {"SATURATE": 0}, {"RDNOISE": 0.0},
                                  {"GAIN": "auto"}, {"FOCALLEN": ""}])  # fmt: skip
def test_placeholders_for_not_known_are_unknown(card):
    assert frame(**card) == frame()


def test_zero_is_a_value_where_it_can_be_one():
    zero = frame(GAIN=0, OFFSET=0, EXPTIME=0, SET__TEMP=0, CCD__TEMP=0.0, PEDESTAL=0)
    assert (zero.gain, zero.offset, zero.exposure) == (0, 0, 0)
    assert (zero.set_temp, zero.temp, zero.pedestal) == (0, 0, 0)
    assert frame(GAIN=0.0, SOFTWARE="Astro Pixel Processor by Aries").gain is None


@pytest.mark.parametrize("key", ["CCD__TEMP", "SET__TEMP"])
@pytest.mark.parametrize("value", [-300, 999.0])
def test_an_impossible_temperature_is_unknown_and_noted(key, value):
    odd = frame(**{key: value})
    assert (odd.temp, odd.set_temp) == (None, None)
    assert str(value) in odd.notes[0]


def test_temperatures_may_carry_a_unit_and_kelvin_is_a_dialect():
    assert frame(CAMTEMP="11 C").temp == 11
    assert frame(CAMTEMP=271.0, CREATOR="MicroObservatory2014").temp == pytest.approx(-2.15)
    assert frame(TEMPERAT=-5.0).temp == -5
    assert frame(CCD__TEMP=-4.0, TEMPERAT=-5.0).temp == -4


def test_exposure_is_exptime_then_exposure_then_exp():
    assert frame(EXPTIME=1, EXPOSURE=2, EXP=3).exposure == 1
    assert frame(EXPOSURE=2, EXP=3).exposure == 2
    assert frame(EXP=3).exposure == 3
    assert "EXPOSURE = 2" in frame(EXPTIME=1, EXPOSURE=2).notes[0]
    assert frame(EXPTIME=2, EXPOSURE="2.0").notes == ()
    assert frame(EXPTIME=-1).exposure is None


@pytest.mark.parametrize(
    ("cards", "binning"),
    [
        ({"XBINNING": 2, "YBINNING": 3}, (2, 3)),
        ({"XBINNING": "1       ", "YBINNING": "1"}, (1, 1)),
        ({"CCDXBIN": 2, "CCDYBIN": 2}, (2, 2)),
        ({"BINNING": "2*2     "}, (2, 2)),
        ({"BINNING": "2x3"}, (2, 3)),
        ({"BINNING": 4}, (4, 4)),
        ({"CCDSUM": "2 2"}, (2, 2)),
        ({"XBINNING": 0, "YBINNING": 1.5}, (None, None)),
        ({"BINNING": ""}, (None, None)),
    ],
)
def test_binning_is_read_in_every_form(cards, binning):
    known = frame(**cards)
    assert (known.xbin, known.ybin) == binning


def test_pixel_size_is_that_after_binning():
    assert frame(XPIXSZ=9.26, PIXSIZE1=4.63, XBINNING=2).pixel_size == 9.26
    assert frame(PIXSIZE1=4.63, XBINNING=2).pixel_size == 9.26
    assert frame(PIXSIZE1=4.63).pixel_size is None


# --- filter, Bayer pattern ----------------------------------------------------------------------


@pytest.mark.parametrize("text", ["UNKNOWN", "None", "", "  ", "n/a"])
def test_a_filter_that_says_nothing_is_unknown(text):
    assert frame(FILTER=text).filter is None
    assert frame(FILTER=text, FILTERS="R").filter == "R"


def test_filter_goes_before_filters_and_a_difference_is_noted():
    both = frame(FILTER="R", FILTERS="B")
    assert both.filter == "R"
    assert "FILTERS = B" in both.notes[0]
    assert frame(FILTER="R", FILTERS=" R ").notes == ()
    assert frame(FILTER=3).filter == "3"


def shifted(pattern, dx, dy):
    """Say the colours of the first 2x2 pixels when the image begins dx, dy inside the pattern."""
    rows = [pattern[:2], pattern[2:]]
    return "".join(rows[(y + dy) % 2][(x + dx) % 2] for y in range(2) for x in range(2))


@pytest.mark.parametrize("pattern", ["RGGB", "BGGR", "GRBG", "GBRG"])
@pytest.mark.parametrize("dx", [0, 1, 2, 3])
@pytest.mark.parametrize("dy", [0, 1])
def test_the_bayer_pattern_is_that_of_the_first_stored_pixels(pattern, dx, dy):
    known = frame(BAYERPAT=pattern.lower() + " ", XBAYROFF=dx, YBAYROFF=dy, ROWORDER="top-down")
    assert known.bayer == shifted(pattern, dx, dy)
    assert known.row_order == "TOP-DOWN"


def test_no_bayer_pattern_where_there_is_none():
    assert frame(BAYERPAT="NONE").bayer is None
    assert frame(BAYERPAT="RGGB", COLORCCD=0).bayer is None
    assert frame(BAYERPAT="RGGB", COLORCCD=1).bayer == "RGGB"
    assert frame(BAYERPAT="RGGB", planes=3).bayer is None
    assert frame(COLORTYP=2).bayer is None
    assert frame(CFAIMAGE="no").bayer is None
    assert "CYGM" in frame(BAYERPAT="CYGM").notes[0]


def test_a_filter_named_like_a_bayer_pattern_is_one():
    for text in ("RGGB", "rggb"):
        assert (frame(FILTER=text).filter, frame(FILTER=text).bayer) == (None, "RGGB")
    assert frame(FILTER="RGGB", planes=3).bayer is None


# --- calibration state, limits ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cards", "inside"),
    [
        ({}, None), ({"CALSTAT": "F"}, None), ({"CALSTAT": "BDF"}, False),
        ({"CALSTAT": "D"}, False), ({"CALSTAT": " "}, None),
        ({"BIASSUB": True}, False), ({"BIASSUB": False}, True),
        ({"BIASSUB": False, "CALSTAT": "B"}, True), ({"BIASSUB": "maybe"}, None),
    ],
)  # fmt: skip
def test_whether_bias_is_inside_is_known_only_where_stated(cards, inside):
    assert frame(**cards).bias_inside is inside


def test_a_frame_calibrated_by_the_camera_program_says_so():
    assert "CALSTAT" in frame(CALSTAT="D").notes[0]
    assert "Auto Dark" in frame(history=["Auto Dark Subtraction"]).notes[0]


def test_datamax_is_the_saturation_only_where_the_program_means_it():
    assert frame(DATAMAX=65535).saturation is None
    assert frame(DATAMAX=65535, SWCREATE="CCDSoft Version 5").saturation == 65535
    assert frame(DATAMAX=65535, SATURATE=60000, SWCREATE="CCDSoft Version 5").saturation == 60000
    assert frame(MAXADU=4095).saturation == 4095


def test_pixinsight_states_the_pedestal_that_was_added():
    assert (frame(PEDESTAL=-100).pedestal, frame(PEDESTAL=-100).notes) == (-100, ())
    other = frame(PEDESTAL=100)
    assert other.pedestal == 100
    assert "PEDESTAL = 100 is added, as SBFITSEXT means the card" in other.notes[0]
    calibrated = ["Calibration with ImageCalibration process"]
    assert frame(PEDESTAL=100, history=calibrated).pedestal == -100


# --- whole files --------------------------------------------------------------------------------


def test_a_frame_without_imagetyp_is_a_frame_of_unknown_kind(tmp_path):
    path = tmp_path / "a.fits"
    path.write_bytes(header_block(complete(["EXPTIME = 2.0"])) + bytes(2880))
    known = read_frame(path)
    assert (known.kind, known.exposure, known.path) == (None, 2.0, str(path))


BASE = header_block(
    complete(
        ["IMAGETYP= 'LIGHT'", "EXPTIME = 2.0", "DATE-OBS= '2023-02-25T06:28:48'", "RA      = 10.0",
         "DEC     = 20.0", "SITELAT = '32 46 49'", "BINNING = '2*2'", "BAYERPAT= 'RGGB'",
         "XBAYROFF= 1", "JD      = 2460000.77", "CCD-TEMP= '11 C'"]
    )
) + bytes(2880)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 1400), st.integers(0, 255)), max_size=8),
       st.integers(0, len(BASE)))  # fmt: skip
def test_a_damaged_file_is_read_or_refused_and_never_stops_the_scan(
    tmp_path_factory, changes, length
):
    content = bytearray(BASE)
    for position, byte in changes:
        content[position] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.fits"
    path.write_bytes(content[:length])
    try:
        read_frame(path)
    except FrameError as error:
        assert error.reason


def test_every_card_of_any_type_is_survived():
    names = WANTED
    for value in (
        None,
        True,
        "",
        "text",
        "-",
        -1,
        0,
        1e308,
        10**400,
        float("nan"),
        "1e999",
        "9" * 70,
    ):
        frame_from_cards("a", Header(dict.fromkeys(names, value), 16, 16, 1, 16, history=["x"]))
