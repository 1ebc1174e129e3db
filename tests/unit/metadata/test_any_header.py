"""Whatever stands in a header: it is a frame within bounds, or refused with a sentence."""

import dataclasses
import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frames import settings as configuration
from headerfiles import PLAIN_XISF, header_block, write_xisf
from plateworks.errors import FrameError
from plateworks.metadata import dialects
from plateworks.metadata.bounds import BOUNDS, MAX_SIDE
from plateworks.metadata.frame import Frame
from plateworks.metadata.kinds import KINDS
from plateworks.metadata.normalise import read_frame
from plateworks.planning.run import plan_run
from plateworks.products.headers import original_header
from plateworks.products.reading import FrameReader
from plateworks.report.preview import summarise

pytestmark = pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")

#: Fields of a frame -> the bounds of each where they go by another name.
NAMED = {
    "xbin": "binning", "ybin": "binning", "x_origin": "origin", "y_origin": "origin",
    "site_lat": "latitude", "site_lon": "longitude", "combined": "frames",
}  # fmt: skip
#: No sentence on one card is longer, nor on a file.
LONGEST = 1000

# --- headers as they are drawn -------------------------------------------------------------------

STRUCTURAL = (
    "SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "EXTEND", "XTENSION", "PCOUNT",
    "GCOUNT", "GROUPS", "BZERO", "BSCALE", "BLANK", "END", "ZIMAGE", "ZNAXIS1", "DATASUM",
    "CHECKSUM", "DATAMIN", "INHERIT", "EXTNAME", "TFIELDS", "TFORM1", "THEAP", "NAXIS4",
)  # fmt: skip
KEYWORDS = st.one_of(
    st.sampled_from(sorted(dialects.WANTED)),
    st.sampled_from(STRUCTURAL),
    st.sampled_from(["HISTORY", "COMMENT", "CONTINUE", "HIERARCH", "", "WCSAXES", "CTYPE1"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8),
)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.integers(min_value=-9, max_value=300).map(str),
    st.floats().map(repr),
    st.sampled_from(
        [
            "NaN",
            "-inf",
            "1e400",
            "1D5",
            "-1.5D-3",
            "0x10",
            "1_000",
            "+.5",
            "-",
            "1.",
            "1e",
            "9" * 70,
        ]
    ),
)
TEXTS = st.text(st.characters(max_codepoint=255), max_size=75)
KNOWN = st.sampled_from(
    [
        "BIAS", "Dark Frame", "FLAT", "Light", "master dark", "2025-08-15T20:00:00.123",
        "0001-01-01", "9999-12-31T25:61:61", "2025-02-30", "15/08/25", "-12:34:56.7", "1e3 s",
        "RGGB", "Ha", "TOP-DOWN", "[1:16,1:16]", "[16:1,*]", "K", "-10 C", "2x2", "1 1 1 1",
    ]
)  # fmt: skip
QUOTED = st.one_of(TEXTS, KNOWN).map(lambda text: "'" + text.replace("'", "''") + "'")
VALUES = st.one_of(
    NUMBERS, QUOTED, TEXTS, st.sampled_from(["T", "F", "", "(1,2)", "'unclosed", "''", "'long&'"])
)
COMMENTS = st.sampled_from(["", " / a comment", " / [s] of 1e99", "/", " / 'quoted'"])


def card(keyword: str, value: str, comment: str) -> str:
    if keyword == "HIERARCH":
        return f"HIERARCH ESO DET {value}{comment}"[:80]
    between = "  " if keyword in ("HISTORY", "COMMENT", "CONTINUE", "") else "= "
    return f"{keyword:8}{between}{value:>20}{comment}"[:80]


CARDS = st.one_of(
    st.builds(card, KEYWORDS, VALUES, COMMENTS),
    st.text(st.characters(max_codepoint=255), max_size=80),
)
PLAIN = [
    ("SIMPLE", "T"), ("BITPIX", "16"), ("NAXIS", "2"), ("NAXIS1", "16"), ("NAXIS2", "16"),
]  # fmt: skip
#: The array is there and is one, in most; else whatever is drawn stands before it.
FRONTS = st.one_of(
    st.sampled_from(["8", "16", "32", "-32", "-64"]).map(
        lambda bits: [card(*one, "") for one in (PLAIN[0], ("BITPIX", bits), *PLAIN[2:])]
    ),
    st.just([card("SIMPLE", "T", "")]),
)


@st.composite
def fits_files(draw) -> bytes:
    """Draw a file whose data unit is large enough for an array of 16 x 16 pixels, or nearly."""
    cards = draw(FRONTS) + draw(st.lists(CARDS, max_size=12))
    if cards[5:] and draw(st.booleans()):  # a keyword twice, with the same value or another
        cards.append(draw(st.sampled_from(cards[5:])))
    return header_block(cards) + bytes(draw(st.sampled_from([2880, 2048, 100, 0])))


XML_TEXT = st.text(
    st.characters(max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc")), max_size=30
)
XISF_KEYWORDS = st.lists(st.tuples(KEYWORDS, st.one_of(NUMBERS, XML_TEXT), XML_TEXT), max_size=12)


# --- what holds of all of them -------------------------------------------------------------------


def assert_told_well(text: str) -> None:
    """A sentence goes to a terminal and into tables."""
    assert text and text.isprintable()
    assert len(text) <= LONGEST


def assert_within_bounds(frame: Frame) -> None:
    for field in dataclasses.fields(Frame):
        value = getattr(frame, field.name)
        if isinstance(value, float):
            assert math.isfinite(value), field.name
        bounds = BOUNDS.get(NAMED.get(field.name, field.name))
        if bounds is not None and value is not None:
            assert bounds.hold(value), (field.name, value)
        if isinstance(value, str) and field.name != "path":
            assert_told_well(value)
    for note in frame.notes:
        assert_told_well(note)
    assert frame.kind is None or frame.kind in KINDS
    assert 0 < frame.width <= MAX_SIDE and 0 < frame.height <= MAX_SIDE


def assert_read_or_refused(path: Path) -> None:
    """Read the header, the pixels and the cards that go into a product."""
    try:
        assert_within_bounds(read_frame(path))
        original_header(str(path))
        with FrameReader(str(path)) as reader:
            assert reader.read().shape == reader.shape
    except FrameError as error:
        assert_told_well(str(error).replace(str(path), "a.fits"))
        assert path.name in str(error)


HEADERS = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@HEADERS
@given(fits_files())
def test_any_header_of_fits_is_a_frame_within_bounds_or_refused_with_a_sentence(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.fits")
        path.write_bytes(data)
        assert_read_or_refused(path)


@HEADERS
@given(XISF_KEYWORDS)
def test_any_keywords_of_xisf_are_a_frame_within_bounds_or_refused_with_a_sentence(keywords):
    with tempfile.TemporaryDirectory() as folder:
        path = write_xisf(Path(folder, "a.xisf"), PLAIN_XISF, data=bytes(1024), keywords=keywords)
        assert_read_or_refused(path)


@settings(max_examples=25)
@given(st.lists(fits_files(), min_size=1, max_size=5))
def test_frames_of_any_headers_are_planned_and_each_is_told_of(files):
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw")
        raw.mkdir()
        for number, data in enumerate(files):
            (raw / f"{number}.fits").write_bytes(data)
        good = [*(card(*one, "") for one in PLAIN), card("IMAGETYP", "'BIAS'", "")]
        (raw / "good.fits").write_bytes(header_block(good) + bytes(2880))
        plan = plan_run(configuration(raw, Path(folder, "results")), rescan=True)
        told = {one.path for one in (*plan.frames, *plan.rejects)}
        assert {Path(path).name for path in told} == {path.name for path in raw.iterdir()}
        assert all(line.isprintable() for line in summarise(plan).splitlines())


@pytest.mark.parametrize("value", [2_000_000_000, -1, 1000])
def test_no_header_has_astropy_count_to_whatever_it_says(tmp_path, value):
    """Astropy takes cards of so many columns out of the header of any image."""
    front = [card("SIMPLE", "T", ""), card("BITPIX", "16", ""), card("NAXIS", "0", "")]
    image = [
        card("XTENSION", "'IMAGE   '", ""), card("BITPIX", "16", ""), card("NAXIS", "2", ""),
        card("NAXIS1", "16", ""), card("NAXIS2", "16", ""), card("PCOUNT", "0", ""),
        card("GCOUNT", "1", ""),
    ]  # fmt: skip
    wrong = card("TFIELDS", str(value), "")
    for cards in ([*front, wrong], image), (front, [*image, wrong]):
        path = tmp_path / "a.fits"
        path.write_bytes(b"".join(map(header_block, cards)) + bytes(2880))
        with pytest.raises(FrameError, match=f"has TFIELDS = {value}, which cannot be"):
            read_frame(path)
    alone = [card("SIMPLE", "T", ""), *image[1:5], card("OBJECT", "'M 31'", ""), wrong]
    path.write_bytes(header_block(alone) + bytes(2880))
    with pytest.raises(FrameError, match="TFIELDS"):
        original_header(str(path))


@pytest.mark.parametrize("value", ["'abc'", "0.0", "1D3", "T", "2000000000"])
@pytest.mark.parametrize("key", ["NAXIS", "TFIELDS"])
def test_no_keyword_of_xisf_has_astropy_count(tmp_path, key, value):
    keywords = [("OBJECT", "'M 31'", ""), (key, value, "")]
    path = write_xisf(tmp_path / "a.xisf", PLAIN_XISF, data=bytes(1024), keywords=keywords)
    assert [*original_header(str(path))] == ["OBJECT"]
