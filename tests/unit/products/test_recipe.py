"""The recipe of a light: each step does what its formula says, however they are carried out."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits

from orders import COSMICS, LIGHTS, light_order
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.lights import FlatChoice, MatchQuality
from plateworks.pixels import blocks
from plateworks.pixels.cfa import MONO, MOSAIC
from plateworks.pixels.cosmics import clean, unexplained_variance
from plateworks.pixels.masks import (
    BAD,
    COSMIC,
    HOT,
    LOW_FLAT,
    NEAR_SATURATED,
    NO_DATA,
    SATURATED,
)  # fmt: skip
from plateworks.products.buffers import Buffers, Loan
from plateworks.products.facts import CameraFacts
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.inputs import Inputs
from plateworks.products.lightsteps import LightContext
from plateworks.products.lists import write_list
from plateworks.products.recipe import FLAT_FRAME, LIGHT, TRIAL_FRAME, files_used
from plateworks.products.saturation import Saturation
from plateworks.products.steps import follow

SHAPE = (40, 36)
FULL = 30_000.0
FACTS = CameraFacts(egain=0.8, read_noise=4.0, saturation=Saturation(FULL, "setting"), cell=MONO)
K, FLOOR, MULT, PEDESTAL = 0.37, 0.2, 4321.0, 100.0


def a_light() -> dict[str, np.ndarray]:
    """A raw light, its masters and its faulty pixels, every pixel of them different."""
    rng = np.random.default_rng(3)
    flat = rng.normal(5000, 40, SHAPE)
    flat[7, 8], flat[9, 30] = 100, 0
    bad, hot = rng.random((2, *SHAPE)) < 0.03
    bad[20:26, 10:16] = True  # those in the middle have no good neighbours
    raw = rng.normal(3000, 40, SHAPE)
    raw[2, 3], raw[20, 12] = 30_000, 65_535
    for struck in ((31, 6), (12, 29)):  # by cosmic rays
        raw[struck], bad[struck], hot[struck] = 20_000, False, False
    return {
        "raw": np.rint(raw).astype(np.uint16),
        "bias": rng.normal(500, 5, SHAPE).astype(np.float32),
        "dark": rng.normal(80, 20, SHAPE).astype(np.float32),
        "flat": flat.astype(np.float32),
        "hot": hot,
        "bad": bad,
    }


@pytest.fixture
def light(tmp_path):
    """A function that gives a raw light and the context of its steps, files and all."""

    def make(uses, *, cell=MONO, mult=None, **settings):
        frame = a_light()
        for name in ("bias", "dark", "flat"):
            image = Image(frame[name], fits.Header({"PWMEDIAN": float(np.median(frame[name]))}))
            write_image(tmp_path / f"{name}.fits", image)
        hot_pixels = np.argwhere(frame["hot"])[:, ::-1]
        write_list(tmp_path / "hot.lst", hot_pixels, hot_pixels[:0], rows=SHAPE[0])
        write_image(tmp_path / "bad.fits", Image(frame["bad"].astype(np.uint8), fits.Header()))
        path = {name: str(tmp_path / f"{name}.fits") for name in ("bias", "dark", "flat", "bad")}
        dark = ScaledDark(path=path["dark"], k=K if "bias" in uses else 1.0, bias_inside=False)
        hot = str(tmp_path / "hot.lst") if "hot" in uses else None
        order = replace(
            light_order(
                "raw.fits", "out.fits", cosmetic=hot,
                subtraction=Subtraction(
                    bias=path["bias"] if "bias" in uses else None,
                    dark=dark if "dark" in uses else None,
                ),
            ),
            mult=mult,
            flat=FlatChoice(
                path=path["flat"], match=MatchQuality(level=0, reason="exact"),
                badpix=path["bad"] if "bad" in uses else None,
            ) if "flat" in uses else None,
        )  # fmt: skip
        context = LightContext(
            order=order.frame,
            inputs=Inputs(),
            facts=FACTS._replace(cell=cell, bayer="RGGB" if cell.colours else None),
            neighbours="median",
            divisor=order.flat,
            light=order,
            settings=replace(LIGHTS, flat_floor=FLOOR, pedestal=PEDESTAL, **settings),
            dtype=frame["raw"].dtype,
        )
        return Image(frame["raw"], fits.Header()), context

    return make


# --- the steps once more, plainly -----------------------------------------------------------------


class Plain:
    """A light in float64 that takes its steps one by one, without regard to time."""

    def __init__(self, context: LightContext, uses: tuple[str, ...]):
        self.frame, self.context, self.uses = a_light(), context, uses
        self.image, self.mask = self.frame["raw"].astype(float), np.zeros(SHAPE, np.uint8)
        self.type_of_pixels = np.float32

    def factor_of_the_dark(self):
        self.k = K if "bias" in self.uses else 1.0

    def bias_and_dark(self):
        for name, factor in (("bias", 1.0), ("dark", self.k)):
            if name in self.uses:
                self.image = self.image - factor * self.frame[name].astype(float)

    def saturation(self):
        self.mask[self.frame["raw"] >= FULL] |= SATURATED

    def cosmetic(self):
        for name, bit in (("hot", HOT), ("bad", BAD)):
            if name in self.uses:
                self.mask[self.frame[name]] |= bit
        self.faulty = self.mask & (HOT | BAD) != 0
        values = self.of_neighbours(self.image)
        self.replaced = self.faulty & ~np.isnan(values)
        self.image = np.where(self.replaced, values, self.image)

    def flat(self):
        if "flat" not in self.uses:
            return
        flat = self.frame["flat"].astype(float)
        median, mult = np.median(self.frame["flat"]), self.context.light.mult
        with np.errstate(divide="ignore"):
            self.own = np.where(flat > FLOOR * median, median / flat, np.nan)
        bridged = self.replaced & (self.mask & BAD != 0)
        by = np.where(bridged, self.of_neighbours(self.own), self.own)
        self.image = self.image * by * (1.0 if mult is None else mult / median)

    def clean_up(self):
        missing = ~np.isfinite(self.image)
        self.image[missing] = np.nan
        low = np.isnan(self.own) if "flat" in self.uses else np.zeros(SHAPE, bool)
        self.mask[missing & low] |= LOW_FLAT
        self.mask[missing & ~low] |= BAD

    def cosmic_rays(self):
        if self.context.settings.cosmics is not None:
            camera = {"egain": 0.8, "read_noise": 4.0, "cell": self.context.facts.cell}
            image, factors = self.image.astype(np.float32), np.sort(self.own, axis=None)
            level = (FULL - float(np.median(self.frame["dark"]))) * factors[1]
            self.image, struck = clean(
                image, saturation_adu=level, mask=self.mask != 0, sigclip=4.5, niter=4, objlim=20,
                extra=unexplained_variance(image, **camera), **camera,
            )  # fmt: skip
            self.mask[struck] |= COSMIC

    def sky(self):
        pass

    def uncertainty(self):
        pass  # the pixels stay; their errors are held against the truth in test_uncertainty.py

    uncertainty_of_repaired_pixels = uncertainty

    def marks(self):
        full = np.pad(self.mask & SATURATED != 0, 1)
        near = np.zeros(SHAPE, bool)
        for dy, dx in np.ndindex(3, 3):
            near |= full[dy : dy + SHAPE[0], dx : dx + SHAPE[1]]
        self.mask = self.mask.astype(np.uint16)
        self.mask[near & (self.mask & SATURATED == 0)] |= NEAR_SATURATED
        self.mask[np.isnan(self.image)] |= NO_DATA

    def units(self):
        if self.context.settings.units == "electron":
            self.image = self.image * FACTS.egain

    def output_type(self):
        if self.context.settings.output_type == "raw":
            rounded = np.clip(np.rint(self.image + PEDESTAL), 0, 65_535)
            self.image = np.where(np.isnan(rounded), 0, rounded)
            self.type_of_pixels = np.uint16

    def of_neighbours(self, image: np.ndarray) -> np.ndarray:
        """The median of the good neighbours of every pixel; NaN where there are none."""
        step, out = self.context.facts.cell.step, np.full(SHAPE, np.nan)
        for y, x in np.ndindex(SHAPE):
            for reach in (1, 2):
                around = [
                    image[y + dy * step, x + dx * step]
                    for dy in range(-reach, reach + 1)
                    for dx in range(-reach, reach + 1)
                    if (dy or dx)
                    and 0 <= y + dy * step < SHAPE[0]
                    and 0 <= x + dx * step < SHAPE[1]
                    and not self.faulty[y + dy * step, x + dx * step]
                ]
                good = [value for value in around if np.isfinite(value)]
                if good:
                    out[y, x] = np.median(good)
                    break
        return out


#: What a light uses, and its settings; between them every step has something to do.
CASES = {
    "nothing": ((), {}),
    "a dark and a list": (("dark", "hot"), {}),
    "a flat and its mask": (("dark", "flat", "bad"), {"units": "electron"}),
    "all": (("bias", "dark", "flat", "hot", "bad"), {"output_type": "raw"}),
    "all, in colour": (("bias", "dark", "flat", "hot", "bad"), {"cell": MOSAIC, "mult": MULT}),
    "cosmic rays": (("dark", "flat", "hot", "bad"), {"cosmics": COSMICS, "units": "electron"}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_steps_of_a_light_are_those_of_the_plain_one_taken_one_by_one(light, name, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 5 * SHAPE[1])
    uses, settings = CASES[name]
    raw, context = light(uses, **settings)
    plain = Plain(context, uses)
    for number, step in enumerate(LIGHT, 1):
        getattr(plain, step.name.replace(" ", "_").replace("-", "_"))()
        if step is LIGHT[0]:
            continue  # which makes no image yet
        image = follow(LIGHT[:number], raw, context, Loan())
        assert image.data.dtype == plain.type_of_pixels, step.name
        unit = 1 if image.data.dtype == np.uint16 else 1e-3  # halves may be rounded otherwise
        np.testing.assert_allclose(image.data, plain.image, rtol=2e-6, atol=unit)
        np.testing.assert_array_equal(image.mask, plain.mask, step.name)


def test_between_them_the_cases_have_every_bit_of_the_mask(light):
    bits = 0
    for uses, settings in CASES.values():
        raw, context = light(uses, **settings)
        bits |= int(np.bitwise_or.reduce(follow(LIGHT, raw, context, Loan()).bits(), axis=None))
    assert bits == BAD | HOT | SATURATED | LOW_FLAT | COSMIC | NEAR_SATURATED | NO_DATA


@pytest.mark.parametrize("recipe", [FLAT_FRAME, TRIAL_FRAME])
def test_flats_and_trials_begin_as_a_light_does(recipe):
    left = iter(LIGHT)
    assert all(step in left for step in recipe)  # in the same order


def test_a_step_is_told_by_the_files_that_there_are():
    assert files_used(LIGHT, {"flat", "bias", "cosmetic"}) == ["bias", "cosmetic", "flat"]
    everything = {"badpix", "flat", "cosmetic", "dark", "bias"}
    assert files_used(LIGHT, everything) == ["bias", "dark", "cosmetic", "badpix", "flat"]


def test_names_and_formulas_are_one_line_each_and_differ():
    assert len({step.name for step in LIGHT}) == len({step.formula for step in LIGHT}) == len(LIGHT)
    assert not [step for step in LIGHT if "\n" in step.formula or "|" in step.formula]


# --- arrays that are lent -------------------------------------------------------------------------


def test_what_a_light_has_borrowed_comes_back_whatever_becomes_of_its_pixels(light):
    buffers = Buffers()
    seen = set()
    for _ in range(3):
        raw, context = light(("dark", "flat"), output_type="raw", units="electron")
        loan = Loan(buffers)
        pixels = loan.take(SHAPE, np.uint16)
        pixels[:] = raw.data
        image = follow(LIGHT, replace(raw, data=pixels), context, loan)
        assert image.data is not pixels
        loan.end()
        seen.add(id(pixels))
    assert len(seen) == 1
    lent = [buffers.take(SHAPE, dtype) for dtype in (np.uint16, np.float32, np.uint8)]
    assert id(lent[0]) in seen


def test_an_array_of_someone_else_is_left_alone():
    buffers = Buffers()
    mine = np.zeros((2, 2))
    with Loan(buffers) as loan:
        loan.give(mine)
        lent = loan.take((2, 2), np.float64)
        assert lent is not mine
        loan.give(lent)
        loan.give(lent)
    assert buffers.take((2, 2), np.float64) is lent
    assert buffers.take((2, 2), np.float64) is not lent
