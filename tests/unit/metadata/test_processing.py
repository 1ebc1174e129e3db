"""What was done to a frame before it came here."""

import pytest

from plateworks.metadata.header import Header
from plateworks.metadata.processing import in_words, read_state


def state(stem="a", kind="light", is_master=False, bitpix=16, history=(), **cards):
    cards = {key.replace("__", "-"): value for key, value in cards.items()}
    header = Header(cards, 16, 16, 1, bitpix, history=list(history))
    return read_state(header, kind, is_master, stem)


@pytest.mark.parametrize(
    ("cards", "done"),
    [
        ({"CALSTAT": "DF"}, "DF"), ({"CALSTAT": "FDB"}, "BDF"), ({"CALSTAT": "BD "}, "BD"),
        ({"ZEROCOR": "Jan  5 12:00 Zero level correction image is Zero.fits"}, "B"),
        ({"DARKCOR": "done", "FLATCOR": "Jan 5"}, "DF"),
        ({"L1STATBI": 1, "L1STATDA": 1, "L1STATFL": 0}, "BD"),
        ({"BIASCORR": "COMPLETE", "FLATCORR": "PERFORM"}, "B"),
        ({"SUBBIAS": "subtract_bias"}, "B"), ({"DARKIM": "dark.fits"}, "D"),
        ({"OVERSCAN": "Overscan section is [1:50,1:900] with mean=501"}, "O"),
        ({"DARK_CNT": 30, "FLAT_CNT": 20}, "DF"), ({"AUTODARK": True}, "D"),
        ({"CALSTAT": "Bias, Dark"}, "BD"), ({"CALSTAT": "calibrated"}, "?"),
        ({"MASTDARK": "d60.fits"}, "D"), ({"L1IDFLAT": "flat_V.fits"}, "F"),
        ({"DARK-FILE": "d60.fits"}, "D"), ({"SUB_ZERO": "T"}, "B"),
        ({"REDUCTN": "AutoDark"}, "D"), ({"IMAGE_REDUCTION": "Auto Dark"}, "D"),
        ({"RLEVEL": 91}, "?"), ({"CCDPROC": "Mar 3 21:00 CCD processing done"}, "?"),
        ({"ESO PRO CATG": "SCIENCE_REDUCED"}, "?"), ({"BUNIT": "electron"}, "?"),
        ({"BUNIT": "adu/s"}, "?"), ({"REDUCED": True}, "?"),
    ],
)  # fmt: skip
def test_cards_of_many_programs_tell_the_steps(cards, done):
    found = state(**cards)
    assert found.done == done
    assert next(iter(cards)) in found.told_by


@pytest.mark.parametrize(
    "cards",
    [{"CALSTAT": " "}, {"FLATCOR": False}, {"DARKCOR": "OMIT"}, {"L1STATBI": 0}, {"ZEROCOR": "no"},
     {"AUTODARK": 0}, {"DARKSUB": "None"}, {"CALSTAT": "None"}, {"CALSTAT": "no"},
     {"CALSTAT": "pending"}, {"REDUCTN": "None"}, {"RLEVEL": 0},
     {"PROCTYPE": "raw"}, {"BUNIT": "ADU"}, {"BUNIT": "counts"},
     {"DARKCORR": "PERFORM", "DARKFILE": "uref$d1.r0h"}],
)  # fmt: skip
def test_cards_that_say_no_tell_nothing(cards):
    assert state(**cards).done is None


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("Bias corrected with mbias.fits", "B"), ("Dark corrected with mdark60.fits", "D"),
        ("Flat corrected with mflat.fits", "F"), ("Auto Dark Subtraction", "D"),
        ("CCDSoft Auto-Dark Subtraction", "D"), ("  Dark Subtraction (Dark 10, 4864 x 3232)", "D"),
        ("Flat Field (Flat SII 1, SII)", "F"), ("Bias Subtraction (Bias 1)", "B"),
        ("ImageCalibration.masterFlat.enabled: true", "F"),
        ("Calibration with ImageCalibration process", "?"),
        ("AutoDark: image reduction applied", "D"), ("Subtracted master dark d60.fits", "D"),
        ("Divided by the normalised flat fV.fits", "F"), ("dark frame removed by the camera", "D"),
        ("Master dark subtracted: d60.fits", "D"), ("FLAT applied", "F"),
        ("LocalNormalization.version: 1", "?"), ("Preprocessed in three passes", "?"),
    ],
)  # fmt: skip
def test_lines_of_history_tell_the_steps(line, done):
    assert state(history=[line]).done == done


@pytest.mark.parametrize(
    "line", ["Flat Field Frame taken at dusk", "Previous Filename = dark.fit", "dark site",
             "WCS added by PinPoint", "ImageCalibration.masterDark.enabled: false",
             "No dark subtraction", "Dark subtraction: none", "flat field = off",
             "photometrically calibrated", "Not calibrated", "dark nebula", "bias voltage 3.3"]
)  # fmt: skip
def test_other_lines_of_history_tell_nothing(line):
    assert state(history=[line]).done is None


@pytest.mark.parametrize("stem", ["pp_light_00001", "r_pp_light_00001", "bkg_pp_M31_0001"])
def test_the_names_that_siril_gives_calibrated_frames_are_known(stem):
    found = state(stem)
    assert (found.done, stem in found.told_by) == ("?", True)


@pytest.mark.parametrize(
    "stem", ["calibrated-T24-M51.fit", "M51_reduced.fits", "cpt1m010-e91.fits", "M51_darksub.fits"]
)
def test_names_that_say_so_are_believed(stem):
    assert (state(stem).done, state(stem, kind="dark").done) == ("?", None)


@pytest.mark.parametrize("stem", ["cal_star_1.fits", "M51_c.fits", "cpt1m010-e00.fits"])
def test_names_that_may_mean_anything_are_not(stem):
    assert state(stem).done is None


def test_the_ends_that_pixinsight_gives_names_count_in_floating_point():
    assert state("M51_c_cc.xisf", bitpix=-32).done == "?"


def test_what_siril_wrote_in_floating_point_was_worked_on_and_its_integers_were_not():
    assert state(PROGRAM="Siril v1.0.6", bitpix=-32).done == "?"
    assert state(PROGRAM="Siril v1.0.6").done is None


def test_a_master_counts_its_own_frames_and_is_not_worked_on_for_that():
    assert state(kind="dark", is_master=True, DARK_CNT=30).done is None
    assert state(kind="flat", is_master=True, FLAT_CNT=20, DARK_CNT=30).done == "D"
    assert (
        state("pp_flat_stacked", "flat", is_master=True, PROGRAM="Siril", bitpix=-32).done is None
    )


def test_a_frame_may_name_itself_and_a_master_its_own_letter():
    assert state(kind="dark", DARKFILE="dark_001.fits").done is None
    assert state(kind="flat", DARKFILE="dark_001.fits").done == "D"
    assert state(kind="dark", is_master=True, CALSTAT="BDM").done == "B"


def test_steps_are_told_in_words():
    assert in_words("BD") == "bias and dark are taken out already"
    assert in_words("F") == "flat is taken out already"
    assert in_words("?") == "it was worked on already"
