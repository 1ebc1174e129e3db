"""Zero point, faintest star and sky of fields whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from knownsky import KnownField
from plateworks.sky.depth import Depth, measure_depth
from plateworks.sky.pairing import pair
from plateworks.sky.sources import extract
from plateworks.sky.sourcetable import source_table


def measured(field, image=None, mask=None, stars=None):
    image = field.image if image is None else image
    mask = field.mask if mask is None else mask
    sources = extract(image, mask, bayer=field.bayer)
    depth = measure_depth(sources, mask, field.lens, 0.1, stars or field.known)
    return depth, sources.sky.level


@pytest.mark.parametrize(
    "field",
    [
        KnownField(),
        KnownField(scale=8.0, fwhm=1.8, zero_point=20.5, brightest=7.0, seed=2),
        KnownField(scale=0.6, fwhm=6.5, brightest=11.0, seed=3),
        KnownField(bayer="GBRG", fwhm=2.8, seed=4),
        KnownField(stars=8, catalogued=8, brightest=11.0, error=0.01, seed=5),
        KnownField(stars=2500, catalogued=300, seed=6),
        KnownField(cloud=1.7, seed=7),
        KnownField(beta=2.5, seed=8),
        KnownField(sky=17.5, egain=2.5, seed=9),
        KnownField(stars=12_000, catalogued=800, seed=20),
        KnownField(stars=6000, catalogued=500, fwhm=1.6, seed=21),
        KnownField(stars=6000, catalogued=500, fwhm=1.8, bayer="RGGB", seed=22),
        KnownField(stars=12_000, catalogued=800, bayer="GRBG", seed=0),
        KnownField(stars=500, catalogued=400, fwhm=6.0, seed=23),
        KnownField(stars=4000, catalogued=400, sky=17.5, seed=24),
        KnownField(fwhm=9.0, brightest=8.0, seed=1),
    ],
    ids=[
        "usual",
        "coarse",
        "fine",
        "mosaic",
        "8 stars",
        "crowded",
        "cloud",
        "wings",
        "Moon",
        "very crowded",
        "crowded and sharp",
        "crowded mosaic",
        "very crowded mosaic",
        "crowded and wide",
        "crowded under the Moon",
        "defocused",
    ],
)
def test_all_figures_are_true(field):
    depth, level = measured(field)
    point = depth.zero_point
    assert depth.zero_point_of(field.exposure) == pytest.approx(field.seen_zero_point, abs=0.02)
    assert depth.limit == pytest.approx(field.limit, abs=0.1)
    assert depth.surface(level) == pytest.approx(field.sky, abs=0.1)
    assert 0.3 * field.error < point.scatter < 0.06 and point.error < 0.015


@pytest.mark.parametrize(
    "field",
    [KnownField(seed=31), KnownField(stars=5000, catalogued=400, seed=32),
     KnownField(bayer="RGGB", seed=33), KnownField(fwhm=6.0, brightest=11.0, seed=34)],
    ids=["usual", "crowded", "mosaic", "wide"],
)  # fmt: skip
def test_magnitudes_by_the_table_of_sources_and_the_zero_point_are_those_of_the_catalogue(field):
    sources = extract(field.image, field.mask, bayer=field.bayer, egain=field.egain)
    depth = measure_depth(sources, field.mask, field.lens, 0.1, field.known)
    table = {column.name: column.values for column in source_table(
        sources, field.lens, "adu", field.image.nbytes).columns}  # fmt: skip
    magnitude = depth.zero_point_of(field.exposure) - 2.5 * np.log10(
        table["FLUX"].astype(float) / field.exposure
    )
    stars = field.known
    rows, which = pair(field.lens, np.column_stack([table["X"], table["Y"]]), stars.radec, 1.0)
    good = (table["FLAGS"][rows] == 0) & (table["FLUX"] > 30 * table["FLUX_ERR"])[rows]
    miss = (magnitude[rows] - stars.magnitude[which])[good]
    assert good.sum() > 30
    assert np.median(miss) == pytest.approx(0.0, abs=0.01)
    error = np.hypot(1.0857 * (table["FLUX_ERR"] / table["FLUX"])[rows][good], field.error)
    assert np.median(np.abs(miss / error)) / 0.6745 == pytest.approx(1.0, abs=0.35)


@pytest.mark.parametrize("term", [-0.18, 0.07])
def test_the_colour_term_is_found(term):
    depth, _ = measured(KnownField(colour_term=term, colours=True, seed=11))
    point = depth.zero_point
    assert point.colour_term == pytest.approx(term, abs=0.025) and point.colour == 0.0


def test_what_the_unit_is_makes_no_difference_but_for_its_size():
    field = KnownField(seed=12)
    depth, level = measured(field)
    electrons, more = measured(field, image=field.image * np.float32(field.egain))
    shift = 2.5 * np.log10(field.egain)
    assert electrons.zero_point.value - depth.zero_point.value == pytest.approx(shift, abs=0.001)
    assert electrons.limit == pytest.approx(depth.limit, abs=0.01)
    assert electrons.surface(more) == pytest.approx(depth.surface(level), abs=0.01)


def test_saturated_stars_are_left_out_even_where_no_mask_tells():
    field = KnownField(saturation=12_000.0, seed=13)
    depth, _ = measured(field, mask=np.zeros(field.image.shape, np.uint8))
    assert depth.zero_point_of(field.exposure) == pytest.approx(22.0, abs=0.025)


def test_stars_on_masked_pixels_are_left_out():
    field = KnownField(seed=14)
    image, mask = field.image.copy(), field.mask
    image[:350] *= 1.3  # a half that nothing is right of
    mask[:350] |= 2
    depth, _ = measured(field, image=image, mask=mask)
    assert depth.zero_point_of(field.exposure) == pytest.approx(22.0, abs=0.02)


def test_pixels_without_value_do_no_harm():
    field = KnownField(seed=15)
    image = field.image.copy()
    image[np.random.default_rng(1).random(image.shape) < 0.002] = np.nan
    image[:, 400] = np.nan
    depth, _ = measured(field, image=image)
    assert depth.zero_point_of(field.exposure) == pytest.approx(22.0, abs=0.02)


def test_pairs_that_the_catalogue_has_apart_and_the_image_has_not_are_left_out():
    field = KnownField(seed=16)
    stars = field.known
    beside = stars.radec + np.array([0.5 * field.scale / 3600, 0])
    double = stars._replace(
        radec=np.concatenate([stars.radec, beside[:100]]),
        magnitude=np.concatenate([stars.magnitude, stars.magnitude[:100] + 0.1]),
        error=np.concatenate([stars.error, stars.error[:100]]),
        colour=np.concatenate([stars.colour, stars.colour[:100]]),
    )
    depth, _ = measured(field, stars=double)
    single, _ = measured(field)
    assert isinstance(depth, str) or depth.zero_point.stars < single.zero_point.stars / 2


def test_a_catalogue_of_nothing_says_so():
    field = KnownField(seed=17)
    none = field.known.where(np.zeros(0, int))
    unknown = field.known._replace(magnitude=np.full(field.catalogued, np.nan))
    for stars in (none, unknown):
        assert measured(field, stars=stars)[0] == (
            "0 stars of known magnitude can be measured, and 3 are needed"
        )


def test_an_image_without_stars_says_so():
    field = replace(KnownField(seed=18), stars=0, catalogued=0)
    depth, _ = measured(field, stars=KnownField(seed=18).known)
    assert isinstance(depth, str)


def test_the_same_image_gives_the_same_figures():
    field = KnownField(seed=19)
    assert measured(field) == measured(field) and isinstance(measured(field)[0], Depth)
