"""Lights of a night in three colours, file to file."""

import numpy as np
from astropy.io import fits

from plateworks.csvtable import read_table
from plateworks.interop.debayered import debayer_night
from plateworks.orders.debayering import DebayerOrder
from plateworks.pixels.debayer import debayered
from plateworks.products.calibrated import write_set_aside
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.report.handedover import lines_on_debayered

DATA = np.random.default_rng(4).uniform(100, 900, (12, 16)).astype(np.float32)
CARDS = {"BAYERPAT": "GBRG", "OBJECT": "NGC 1499", "CRPIX1": 8.5, "CD1_1": 1e-4}


def light(path, **cards):
    header = {key: value for key, value in (CARDS | cards).items() if value is not None}
    write_image(path, Image(DATA, fits.Header(header)))
    return str(path)


def made(tmp_path, lights, method="bilinear"):
    table = tmp_path / "debayered" / "20230714.csv"
    debayer_night(DebayerOrder(method=method), lights, str(table))
    return read_table(table)


def test_a_light_gets_a_file_of_three_planes_with_its_cards(tmp_path):
    for number, method in enumerate(("bilinear", "superpixel")):
        [row] = made(tmp_path, [light(tmp_path / "a.fits")], method)
        data, header = fits.getdata(tmp_path / "debayered" / row["file"], header=True)
        assert np.array_equal(data, debayered(DATA, "GBRG", method))
        assert (header["OBJECT"], header["DEBAYER"]) == ("NGC 1499", method)
        assert header["CRPIX1"] == (8.5, 4.5)[number]
        assert "BAYERPAT" not in header


def test_lights_of_one_name_get_files_of_their_own(tmp_path):
    lights = [light(tmp_path / folder / "a.xisf") for folder in ("east", "west")]
    assert [row["file"] for row in made(tmp_path, lights)] == [
        "20230714/a.fits", "20230714/a_2.fits",
    ]  # fmt: skip


def test_lights_without_a_mosaic_or_pixels_are_named_with_the_reason(tmp_path):
    write_set_aside(tmp_path / "b.fits", "it is cut short", may_pass=False)
    colours = Image(np.concatenate([DATA] * 3), fits.Header(CARDS), colours=3)
    write_image(tmp_path / "c.fits", colours)
    lights = [light(tmp_path / "a.fits", BAYERPAT=None)]
    lights += [str(tmp_path / name) for name in ("b.fits", "c.fits")]
    assert [(row["file"], row["why"]) for row in made(tmp_path, lights)] == [
        ("", "its header tells no pattern of colours (BAYERPAT)"), ("", "it was set aside"),
        ("", "it was debayered before it was saved, and has its three planes already"),
    ]  # fmt: skip


def test_files_of_lights_that_are_left_out_by_now_are_removed(tmp_path):
    both = [light(tmp_path / f"{name}.fits") for name in "ab"]
    made(tmp_path, both)
    folder = tmp_path / "debayered" / "20230714"
    light(folder / "stack.fits")  # of somebody else
    made(tmp_path, both[:1])
    assert sorted(path.name for path in folder.iterdir()) == ["a.fits", "stack.fits"]


def test_a_run_says_how_many_lights_are_in_three_colours_and_where(tmp_path):
    table = str(tmp_path / "debayered" / "20230714.csv")
    assert lines_on_debayered([table]) == []
    made(tmp_path, [light(tmp_path / "a.fits"), light(tmp_path / "b.fits", BAYERPAT=None)])
    [line] = lines_on_debayered([table, str(tmp_path / "debayered" / "20230715.csv")])
    assert line.split() == f"1 of 2 lights in three colours {tmp_path}/debayered/".split()
