"""Flats of twilight have an exposure each, and the dark of each is scaled by another factor."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import frame_order, master_order
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.products import flatcontext
from plateworks.products.inputs import Inputs
from plateworks.products.masters import make_master

FACTORS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


@pytest.fixture
def flats(tmp_path):
    """The orders of six flats, of as many exposures, with hot pixels to repair."""
    rng = np.random.default_rng(3)
    shape = (96, 80)
    current = rng.gamma(0.5, 60, shape)
    for name, pixels in (("bias", np.full(shape, 300.3)), ("dark", 300.3 + current)):
        header = fits.Header([("IMAGETYP", f"Master {name}")])
        fits.writeto(tmp_path / f"{name}.fits", pixels.astype(np.float32), header)
    (tmp_path / "hot.lst").write_text("P 5 7\nP 60 11\n")
    bias, dark = str(tmp_path / "bias.fits"), str(tmp_path / "dark.fits")
    orders = []
    for number, k in enumerate(FACTORS):
        raw = 2000 + rng.normal(0, 45, shape) + 300 + k * current
        path = tmp_path / f"flat_{number}.fits"
        header = fits.Header([("IMAGETYP", "FLAT"), ("INSTRUME", "ASI"), ("EXPTIME", 20 * k)])
        fits.writeto(path, raw.round().astype(np.uint16), header)
        scaled = ScaledDark(path=dark, k=k, bias=bias, bias_inside=True)
        taken = Subtraction(bias=bias, dark=scaled)
        orders.append(frame_order(path, subtraction=taken, cosmetic=str(tmp_path / "hot.lst")))
    return orders


def test_sums_are_reckoned_once_for_each_flat_and_give_the_same_master_held_or_not(
    flats, tmp_path, monkeypatch
):
    made, asked, real = {}, [], Inputs._read_sum
    monkeypatch.setattr(
        Inputs, "_read_sum", lambda self, order: asked.append(order) or real(self, order)
    )
    for held in (flatcontext.SUMS, 0):  # some of them, and none
        monkeypatch.setattr(flatcontext, "SUMS", held)
        output = tmp_path / f"held_{held}.fits"
        make_master(master_order("flat", flats, method="median"), str(output), memory=2e4)
        made[held] = output.read_bytes()
        assert len(asked) <= 2 * len(FACTORS)  # and not for each block of rows
        asked.clear()
    assert len(set(made.values())) == 1


def test_masters_that_were_added_up_are_let_go_and_what_they_told_stays_known(flats, tmp_path):
    inputs, orders = Inputs(), {one.subtraction for one in flats[:2]}
    sums = {order: inputs.taken_off(order).copy() for order in orders}
    tell = (inputs.pedestal, inputs.noise_taken, inputs.dark_level)
    known = [one(order) for order in orders for one in tell]
    inputs.keep_sums_alone(orders)
    (tmp_path / "bias.fits").unlink()
    (tmp_path / "dark.fits").unlink()
    for order in orders:
        np.testing.assert_array_equal(inputs.taken_off(order), sums[order])
    assert [one(order) for order in orders for one in tell] == known


def test_masters_that_are_subtracted_as_they_are_stay_in_memory(flats, tmp_path):
    inputs, [order] = Inputs(), {replace(flats[0].subtraction, dark=None)}
    bias = inputs.taken_off(order)
    inputs.keep_sums_alone({order})
    (tmp_path / "bias.fits").unlink()
    assert inputs.taken_off(order) is bias
