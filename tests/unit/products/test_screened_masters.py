"""Poor frames are left out of masters, and named: files in, files out."""

import gzip
import io
import logging
import math
from dataclasses import fields

import numpy as np
import pytest
from astropy.io import fits
from xisf import XISF

from drawnsets import Sensor, draw_set
from orders import mask_order, master_order
from plateworks.errors import PlateworksError
from plateworks.metadata.frametable import FrameRow, read_frames
from plateworks.orders.masters import Screening
from plateworks.products.cosmetics import make_bad_pixel_mask
from plateworks.products.frametable import frame_tables
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.masters import make_master
from plateworks.products.reading import FrameReader
from plateworks.products.sums import write_hdu
from plateworks.products.tables import table_hdu

SHAPE = (96, 128)
NOISE = 7.6  # ADU, of a pixel of the drawn darks


def drawn(kind, count, seed=4):
    return draw_set(kind, Sensor(), count, SHAPE, seed)


@pytest.fixture
def made(tmp_path):
    """A function that combines frames; it returns pixels, header and the table of frames."""

    def make(kind, frames, name="master.fits", *, threads=1, memory=math.inf, cards=(), **changes):
        raws = []
        for number, frame in enumerate(frames):
            header = fits.Header([("IMAGETYP", kind), ("INSTRUME", "ASI"), ("EXPTIME", 2.0)])
            header.update(cards)
            raws.append(tmp_path / f"{kind}_{number}.fits")
            fits.writeto(raws[-1], frame, header, overwrite=True)
        order = master_order(kind, raws, **changes)
        make_master(order, str(tmp_path / name), threads=threads, memory=memory)
        image = read_image(tmp_path / name)
        return image.data, image.header, read_frames(tmp_path / name)

    return make


def left_out(rows):
    return [place for place, row in enumerate(rows) if not row.used]


# -- what went wrong without a word ----------------------------------------------------------------


def test_two_bad_darks_of_seven_do_not_touch_the_master(made, caplog):
    frames = drawn("dark", 7)
    frames[2] = 65_535
    frames[5] = drawn("flat", 1)[0]
    with caplog.at_level(logging.WARNING):
        pixels, header, rows = made("dark", frames)
    clean, _, _ = made("dark", np.delete(frames, (2, 5), axis=0))
    assert np.array_equal(pixels, clean)
    assert left_out(rows) == [2, 5]
    assert header["NCOMBINE"] == 5
    assert header["COMBMETH"] == "minmax"  # that of five, as auto has it
    assert "dark_2.fits: 100.0% of its pixels are saturated" in caplog.text
    assert "dark_5.fits: its level is" in caplog.text


def test_the_method_follows_the_number_of_frames_that_are_left(made):
    frames = drawn("dark", 6)
    frames[:2] += 400
    assert made("dark", frames)[1]["COMBMETH"] == "median"


def test_five_white_frames_of_ten_leave_the_other_five(made):
    frames = drawn("bias", 10)
    frames[::2] = 65_535
    pixels, header, rows = made("bias", frames)
    assert left_out(rows) == [0, 2, 4, 6, 8]
    assert np.median(pixels) == pytest.approx(500, abs=3)
    assert header["PWNOISE"] == pytest.approx(5 / 5**0.5, rel=0.3)


def test_four_of_ten_darks_two_sigma_up_are_left_out(made):
    frames = drawn("dark", 10)
    raised = frames.copy()
    raised[3:7] += round(2 * NOISE)
    pixels, _, rows = made("dark", raised)
    assert left_out(rows) == [3, 4, 5, 6]
    assert np.median(pixels) == pytest.approx(np.median(frames), abs=0.5)


def test_a_set_of_two_halves_makes_no_master_and_says_so(made, tmp_path):
    frames = drawn("dark", 8)
    frames[4:] += 60
    with pytest.raises(PlateworksError, match=r"8 frames make no master.*\(4 at .* 4 at .*screen"):
        made("dark", frames)
    assert not (tmp_path / "master.fits").exists()


@pytest.mark.parametrize("kind", ["bias", "dark", "flat"])
def test_six_identical_frames_make_no_master(made, kind):
    with pytest.raises(PlateworksError, match=r"Only 1 of the 6 frames.*those of frame 1 of the"):
        made(kind, np.repeat(drawn(kind, 1), 6, axis=0))


def test_saturated_flats_make_no_master_of_ones(made):
    frames = np.full((5, *SHAPE), 65_535, np.uint16)
    frames[:, :3] = drawn("flat", 5)[:, :3]
    with pytest.raises(PlateworksError, match=r"Only 0 of the 5.*pixels are saturated"):
        made("flat", frames)


def test_what_a_person_says_of_saturation_holds_for_flats_and_so_does_a_header(made):
    frames = drawn("flat", 6)
    top = int(np.quantile(frames[4], 0.9))
    frames[:4] = np.rint(500 + (frames[:4] - 500.0) * 0.7)
    rows = made("flat", frames[:5], screening=Screening(saturation=top))[2]
    assert left_out(rows) == [4]
    rows = made("flat", frames[:5], cards=[("SATURATE", top)])[2]
    assert left_out(rows) == [4]
    assert left_out(made("flat", frames[:5])[2]) == []


def test_flats_without_light_are_not_divided_by(made):
    rng = np.random.default_rng(1)
    dim = np.clip(np.rint(rng.normal(0.6, 3, (5, *SHAPE))), 0, None).astype(np.uint16)
    with pytest.raises(PlateworksError, match=r"Only 0 of the 5.*light"):
        made("flat", dim)


def test_dim_flats_do_not_spoil_the_good_ones(made):
    good = drawn("flat", 5)
    noise = np.random.default_rng(1).normal(0, 30, (4, *SHAPE))
    dim = np.rint((drawn("flat", 4, seed=4) - 500.0) / 60 + noise + 100).astype(np.uint16)
    pixels, _, rows = made("flat", np.concatenate([good[:3], dim, good[3:]]))
    assert left_out(rows) == [3, 4, 5, 6]
    assert np.array_equal(pixels, made("flat", good)[0])


def test_a_dark_flat_among_flats_marks_no_part_of_the_sensor_as_bad(made, tmp_path):
    frames = drawn("flat", 12)
    frames[7] = np.rint((frames[7] - 500.0) * 0.004 + 500)
    frames[:, 40, 50] = 2000
    flat, raws = tmp_path / "flat.fits", [tmp_path / f"flat_{place}.fits" for place in range(12)]

    def mask():
        make_bad_pixel_mask(mask_order(raws), str(flat), str(tmp_path / "bad.fits"))
        return read_image(tmp_path / "bad.fits").data

    rows = made("flat", frames, flat.name, method="median")[2]
    assert left_out(rows) == [7]
    found = mask()
    # A master that does not say how its levels lie has the flats themselves judged.
    with fits.open(flat, mode="update") as hdus:
        del hdus[0].header["LEVELMIN"]
    assert np.array_equal(mask(), found)
    made("flat", np.delete(frames, 7, axis=0), flat.name, method="median")
    assert np.array_equal(mask(), found)
    assert found[40, 50] and np.count_nonzero(found) < 0.003 * found.size


# -- the user's word, and the limits of it ---------------------------------------------------------


def test_with_screening_off_frames_are_combined_as_they_are_and_still_listed(made):
    frames = drawn("dark", 7)
    frames[2:4] = 20_000
    _, header, rows = made("dark", frames, screening=None)
    assert header["NCOMBINE"] == 7 and left_out(rows) == []
    assert all(math.isnan(row.level) and row.hot == -1 for row in rows)
    assert len({row.digest for row in rows}) == 6


def test_the_least_number_of_frames_counts_those_that_are_left(made):
    frames = drawn("dark", 4)
    frames[1:3] = 65_535
    with pytest.raises(PlateworksError, match=r"Only 2 of the 4 .*dark_1\.fits, for one, is left"):
        made("dark", frames)
    assert made("dark", frames, min_frames=2)[1]["NCOMBINE"] == 2


# -- the table -------------------------------------------------------------------------------------


def test_every_frame_has_a_row_those_that_could_not_be_read_too(made, tmp_path):
    frames = drawn("dark", 6)
    frames[3] += 200
    made("dark", frames)
    raws = [tmp_path / f"dark_{number}.fits" for number in range(6)]
    raws[1].write_bytes(raws[1].read_bytes()[:5000])
    order = master_order("dark", raws, method="winsorized", rejection_map=True)
    make_master(order, str(tmp_path / "master.fits"))
    rows = read_frames(tmp_path / "master.fits")
    assert [row.name for row in rows] == [raw.name for raw in raws]
    assert [row.used for row in rows] == [True, False, True, False, True, True]
    assert rows[1].reason and math.isnan(rows[1].level) and not rows[1].digest
    assert "its level is" in rows[3].reason and rows[3].lost == -1
    for place in (0, 2, 4, 5):
        assert rows[place].reason == ""
        assert rows[place].level == pytest.approx(np.mean(frames[place]), rel=0.02)
        assert rows[place].noise == pytest.approx(NOISE, rel=0.3)
        assert rows[place].lost >= 0 and rows[place].saturated == 0
    header = fits.getheader(tmp_path / "master.fits")
    assert sum(row.lost for row in rows if row.used) == header["NREJECT"]


def test_the_table_is_the_same_in_fits_and_xisf(made):
    frames = drawn("flat", 6)
    frames[2] = 65_535
    as_fits = made("flat", frames, "master.fits")[2]
    as_xisf = made("flat", frames, "master.xisf")[2]
    assert as_fits == as_xisf
    assert left_out(as_fits) == [2]


@pytest.mark.parametrize("ending", ["fits", "xisf"])
def test_names_and_reasons_of_any_letters_can_be_told(tmp_path, ending):
    name = "Dark 'eins', caf\N{LATIN SMALL LETTER E WITH ACUTE}\udcff\x01.fits"
    row = FrameRow(name=name, used=False, reason='it is "x", <y> & z', hot=3)
    path = tmp_path / f"one.{ending}"
    write_image(
        path, Image(np.zeros((2, 3), np.float32), fits.Header(), tables=frame_tables((row,)))
    )
    (found,) = read_frames(path)
    assert found.name == r"Dark 'eins', caf\xe9\udcff\x01.fits"
    assert (found.used, found.reason, found.hot) == (False, row.reason, 3)
    assert math.isnan(found.level)


def test_a_file_without_the_table_has_no_rows(tmp_path):
    assert read_frames(tmp_path / "none.fits") == ()
    fits.writeto(tmp_path / "one.fits", np.zeros((2, 2), np.float32))
    assert read_frames(tmp_path / "one.fits") == ()
    (tmp_path / "two.fits").write_bytes(b"no FITS")
    assert read_frames(tmp_path / "two.fits") == ()


def test_the_digest_is_of_the_data_whatever_the_header_and_the_packing(tmp_path):
    frame = drawn("dark", 1)[0]
    fits.writeto(tmp_path / "a.fits", frame)
    fits.writeto(tmp_path / "b.fits", frame, fits.Header([("OBJECT", "another")]))
    with gzip.open(tmp_path / "c.fits.gz", "wb") as packed:
        packed.write((tmp_path / "a.fits").read_bytes())
    tiles = fits.CompImageHDU(frame, compression_type="RICE_1")
    fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(tmp_path / "d.fits.fz")
    write_image(tmp_path / "e.xisf", Image(frame, fits.Header()), "zlib+sh")
    other = frame.copy()
    other[0, 0] += 1
    fits.writeto(tmp_path / "f.fits", other)
    digests = {}
    for path in sorted(tmp_path.iterdir()):
        with FrameReader(str(path)) as reader:
            digests[path.name[0]] = reader.digest()
            expected = other if path.name[0] == "f" else frame
            assert np.array_equal(reader.read(), expected) and reader.dtype == np.uint16
    assert len({digests[name] for name in "abcde"}) == 1
    assert digests["f"] != digests["a"] and len(digests["a"]) == 32


# -- bytes, and other programs ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dark", "flat"])
def test_the_bytes_are_the_same_for_any_threads_and_memory(made, tmp_path, kind):
    frames = drawn(kind, 11)
    frames[3] = 65_535
    made(kind, frames, "plain.fits", method="winsorized")
    bytes_of = (tmp_path / "plain.fits").read_bytes()
    for threads, memory in ((2, math.inf), (4, math.inf), (1, 300_000.0), (3, 0.0)):
        made(kind, frames, "other.fits", method="winsorized", threads=threads, memory=memory)
        assert (tmp_path / "other.fits").read_bytes() == bytes_of


def test_other_programs_open_the_master_and_find_the_table(made, tmp_path):
    frames = drawn("dark", 6)
    frames[4] = 65_535
    pixels, _, rows = made("dark", frames)
    made("dark", frames, "master.xisf")
    with fits.open(tmp_path / "master.fits") as hdus:
        hdus.verify("exception")
        table = hdus["FRAMES"].data
        assert list(table["NAME"]) == [row.name for row in rows]
        assert list(table["USED"]) == [True] * 4 + [False, True]
        assert np.array_equal(hdus[0].data, pixels)
    theirs = XISF(str(tmp_path / "master.xisf"))
    assert np.array_equal(theirs.read_image(0)[..., 0], pixels)
    told = theirs.get_images_metadata()[0]["XISFProperties"]["Plateworks:Frames"]["value"]
    assert told.splitlines()[5].startswith("dark_4.fits,False,")


def test_the_table_is_written_in_the_bytes_of_astropy(made):
    rows = made("flat", drawn("flat", 3))[2]
    formats = {"str": "A", "bool": "L", "float": "D", "int": "K"}
    columns = []
    for one in fields(FrameRow):
        values = [getattr(row, one.name) for row in rows]
        letter = formats[str(one.type)]
        width = max(1, *map(len, values)) if letter == "A" else ""
        unit = "adu" if one.name == "level" else None
        columns.append(fits.Column(one.name.upper(), f"{width}{letter}", unit, array=values))
    stream = io.BytesIO()
    table = fits.BinTableHDU.from_columns(columns, name="FRAMES")
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(stream)
    written = io.BytesIO()
    write_hdu(written, *table_hdu(frame_tables(rows)[0]))
    cards, theirs = fits.Header.fromstring(written.getvalue()), table.header
    assert [str(card) for card in cards.cards][:-2] == [str(card) for card in theirs.cards]
    start = len(cards.tostring())
    assert written.getvalue()[start:] == stream.getvalue()[2880 + len(theirs.tostring()) :]


# -- no noise ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bias", "dark", "flat"])
def test_a_master_of_frames_with_the_same_pixels_warns_of_itself_where_none_is_judged(
    made, caplog, kind
):
    frames = drawn(kind, 4)
    _, header, _ = made(kind, [frames[0], frames[1], frames[0], frames[0]], screening=None)
    said = "2 of its 4 frames have the pixels of another, to the last"
    named = f"({kind}_2.fits those of {kind}_0.fits, {kind}_3.fits those of {kind}_0.fits)"
    assert f"{said} {named}" in header["PWWARN"]
    assert said in caplog.text
    _, header, _ = made(kind, frames, screening=None)
    assert "PWWARN" not in header


def test_a_master_without_any_noise_warns_of_itself(made):
    def coarse(seed):
        pixels = np.full(SHAPE, 500, np.uint16)
        pixels[seed, seed] += 1
        return pixels

    _, header, _ = made("bias", [coarse(seed) for seed in range(3)])
    assert header["PWNOISE"] == pytest.approx(12**-0.5, rel=1e-3)
    assert "counts too coarsely to show its noise" in header["PWWARN"]
