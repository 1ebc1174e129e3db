"""The cosmetic list of a master dark by harm: from our own with its table, and from another's."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import HOT, master_order
from plateworks.pixels.defects import FLICKERS
from plateworks.pixels.defects import HOT as IS_HOT
from plateworks.products.cosmetics import make_cosmetic_list
from plateworks.products.lists import read_list
from plateworks.products.masters import make_master
from plateworks.products.pixeltable import read_pixels
from plateworks.products.tables import read_table

SHAPE = (300, 400)
NOISE = 6.0  # ADU and e⁻
ALL = replace(HOT, max_fraction=1.0)


class Sensor:
    """Draws darks: warm pixels, and some that flicker."""

    def __init__(self, seed=1, part=0.02):
        self.rng = rng = np.random.default_rng(seed)
        self.current = np.zeros(SHAPE)
        warm = rng.random(SHAPE) < part
        self.current[warm] = rng.exponential(100, warm.sum())
        self.flickers = rng.random(SHAPE) < 1e-3
        self.step = np.where(self.flickers, rng.uniform(8, 30, SHAPE) * NOISE, 0)
        self.duty = rng.uniform(0.2, 0.8, SHAPE)

    def dark(self):
        electrons = self.rng.poisson(self.current) + self.rng.normal(0, NOISE, SHAPE)
        electrons += self.step * (self.rng.random(SHAPE) < self.duty)
        return np.clip(np.rint(300 + electrons), 0, 65535).astype(np.uint16)

    @property
    def harm(self):
        return np.sqrt(1 + self.current / NOISE**2) - 1


@pytest.fixture
def master(tmp_path):
    """A function that writes a master dark of some frames of a sensor."""

    def make(sensor, frames, name="dark.fits", **more):
        raws = []
        for number in range(frames):
            raws.append(tmp_path / f"raw_{number}.fits")
            cards = [("IMAGETYP", "dark"), ("EXPTIME", 60.0), ("INSTRUME", "ASI"), *more.items()]
            fits.writeto(raws[-1], sensor.dark(), fits.Header(cards), overwrite=True)
        path = str(tmp_path / name)
        make_master(master_order("dark", raws), path)
        return path

    return make


def listed(dark, order=ALL):
    """The pixels that a list names, as a mask, and the comments at its head."""
    path = f"{dark}.lst"
    make_cosmetic_list(order, dark, path)
    mask = np.zeros(SHAPE, bool)
    pixels = read_list(path, SHAPE).pixels
    mask[pixels[:, 1], pixels[:, 0]] = True
    with open(path) as stream:
        return mask, [line for line in stream.read().splitlines() if line.startswith("#")]


def test_a_master_dark_tells_its_defects_in_standard_words(master):
    sensor = Sensor()
    sensor.current[0, 0] = sensor.current[7, 5] = 5_000.0
    dark = master(sensor, 12)
    with fits.open(dark) as hdus:
        table, header = hdus["PIXELS"].data, hdus["PIXELS"].header
        assert [header[f"TUNIT{n}"] for n in (1, 2, 3, 4)] == ["pixel", "pixel", "adu", "adu"]
        assert header["SIGMA1"] == pytest.approx(NOISE, rel=0.03)
        assert header["SHOTVAR"] == pytest.approx(1, rel=0.08)
        places = set(zip(table["X"].tolist(), table["Y"].tolist(), strict=True))
        assert {(1, 1), (6, 8)} <= places  # counted from 1, as FITS does
        assert {header["KIND0"], header["KIND2"]} == {IS_HOT, FLICKERS}
        row = table[(table["X"] == 6) & (table["Y"] == 8)][0]
        assert row["EXCESS"] == pytest.approx(5000, rel=0.02)
        assert row["SCATTER"] == pytest.approx(5000**0.5, rel=0.7)


@pytest.mark.parametrize("frames", [3, 5, 9, 20])
def test_the_list_names_what_harms_and_leaves_the_rest_to_the_dark(master, frames):
    sensor = Sensor()
    mask, comments = listed(master(sensor, frames))
    harmless = (sensor.harm < 0.15) & ~sensor.flickers
    assert (mask & harmless).sum() < 0.03 * mask.sum()
    assert (mask & (sensor.harm > 0.4)).sum() > 0.97 * (sensor.harm > 0.4).sum()
    assert "harm above 0.25" in comments[0]
    said = " ".join(comments)
    assert ("too little" in said) == (frames == 3 or frames == 5)
    assert ("too few to tell the scatter" in said) == (frames == 9)
    if frames == 20:
        assert (mask & sensor.flickers).sum() > 0.95 * sensor.flickers.sum()
        assert "flickering" in said


def test_more_darks_do_not_make_the_list_longer(master):
    few, many = (listed(master(Sensor(), count))[0].sum() for count in (6, 24))
    assert abs(many - few) < 0.1 * few + Sensor().flickers.sum()
    by_sigma = replace(ALL, hot_sigma=8.0)
    few, many = (listed(master(Sensor(), count), by_sigma)[0].sum() for count in (6, 24))
    assert many > few + 150  # what is listed more does less harm


def test_a_higher_limit_lists_fewer(master):
    dark = master(Sensor(), 12)
    counts = [listed(dark, replace(ALL, harm=harm))[0].sum() for harm in (0.1, 0.25, 1.0)]
    assert counts[0] > counts[1] > counts[2] > 0


def test_the_worst_come_first_and_a_list_that_is_cut_short_says_so(master):
    dark = master(Sensor(), 12)
    mask, comments = listed(dark, replace(HOT, max_fraction=0.002))
    assert mask.sum() == 0.002 * mask.size
    assert any("cut short" in one and "0.20%" in one for one in comments)
    rows = read_pixels(dark)
    worst = rows.harm[mask[rows.y, rows.x]]
    assert np.nanmin(worst) >= np.nanmax(rows.harm[~mask[rows.y, rows.x] & (rows.kinds == IS_HOT)])
    assert not any("cut short" in one for one in listed(dark)[1])


def test_rules_by_sigma_and_by_number_stay(master):
    dark = master(Sensor(), 12)
    mask, comments = listed(dark, replace(ALL, hot_sigma=20.0))
    assert "(20 sigma)" in comments[0] and 0 < mask.sum() < 2400
    mask, comments = listed(dark, replace(ALL, count=17))
    assert mask.sum() == 17 and "(17 hottest)" in comments[0]


def test_another_programs_dark_is_judged_by_its_level_and_gain(tmp_path):
    sensor = Sensor()
    pixels = np.mean([sensor.dark() for _ in range(16)], axis=0).astype(np.float32)
    cards = [("IMAGETYP", "Master Dark"), ("EXPTIME", 60.0), ("NCOMBINE", 16), ("EGAIN", 1.0)]
    for more in ([], [("RDNOISE", NOISE)]):
        path = str(tmp_path / f"foreign{len(more)}.fits")
        fits.writeto(path, pixels, fits.Header([*cards, *more]))
        mask, comments = listed(path)
        steady = ~sensor.flickers
        assert (mask & steady & (sensor.harm < 0.15)).sum() < 0.03 * mask.sum()
        assert (mask & (sensor.harm > 0.4)).sum() > 0.97 * (sensor.harm > 0.4).sum()
        assert any("how its frames scatter is not known" in one for one in comments)


def test_without_any_gain_another_programs_dark_is_judged_by_sigma_and_the_list_says_so(tmp_path):
    pixels = np.mean([Sensor().dark() for _ in range(4)], axis=0).astype(np.float32)
    path = str(tmp_path / "foreign.fits")
    fits.writeto(path, pixels, fits.Header([("IMAGETYP", "Master Dark")]))
    by_harm, comments = listed(path)
    by_sigma, _ = listed(path, replace(ALL, hot_sigma=8.0))
    assert np.array_equal(by_harm, by_sigma) and by_harm.any()
    assert any("nothing tells the shot noise" in one and "8 sigma" in one for one in comments)


def test_masters_in_xisf_tell_their_defects_too(master):
    fits_rows, xisf_rows = (read_pixels(master(Sensor(), 8, f"dark.{e}")) for e in ("fits", "xisf"))
    for ours, theirs in zip(fits_rows, xisf_rows, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert len(xisf_rows.x) > 500


def test_bias_frames_have_no_such_table(master, tmp_path):
    raws = [tmp_path / f"bias_{number}.fits" for number in range(4)]
    sensor = Sensor(part=0)
    for raw in raws:
        fits.writeto(raw, sensor.dark(), fits.Header([("IMAGETYP", "bias")]))
    make_master(master_order("bias", raws), str(tmp_path / "bias.fits"))
    assert read_table(tmp_path / "bias.fits", "PIXELS") == {}
    assert read_pixels(tmp_path / "bias.fits") is None
