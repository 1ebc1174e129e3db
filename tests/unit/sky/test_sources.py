"""Sources: where the stars are, to a hundredth of a pixel, and what is no star."""

import numpy as np
import pytest
import sep
from numpy.lib.stride_tricks import sliding_window_view

from plateworks.sky import detection
from plateworks.sky.sources import extract

from .conftest import draw, make_wcs


def test_centroids_are_those_that_were_drawn(field):
    found = extract(field.image)
    assert len(found) == len(field.xy)
    miss = np.hypot(*(found.fits_xy[:, None] - field.xy).transpose(2, 0, 1)).min(axis=0)
    assert np.sqrt(np.mean(miss**2)) < 0.01


def test_positions_count_from_zero_and_fits_positions_from_one(field):
    found = extract(field.image)
    row, column = np.unravel_index(np.argmax(field.image), field.image.shape)
    assert abs(found.x[0] - column) < 1 and abs(found.y[0] - row) < 1
    assert np.array_equal(found.fits_xy, np.column_stack([found.x + 1, found.y + 1]))


def test_sources_come_brightest_first_and_the_brightest_are_kept(field):
    found = extract(field.image)
    assert (np.diff(found.flux) <= 0).all()
    assert np.allclose(extract(field.image, max_sources=5).flux, found.flux[:5], rtol=1e-4)
    assert np.array_equal(found.brightest(5).flux, found.flux[:5])


@pytest.mark.parametrize("fwhm", [1.8, 2.6, 5.0])
def test_the_fwhm_is_that_of_the_drawn_stars(stars, fwhm):
    found = extract(draw(make_wcs(), stars, fwhm=fwhm).image)
    assert found.median_fwhm == pytest.approx(fwhm, rel=0.02)
    assert found.median_ellipticity < 0.03


def test_a_colour_mosaic_gives_the_same_places_in_full_frame_pixels(field):
    mosaic = field.image.copy()
    mosaic[::2, ::2] *= 0.5  # red
    mosaic[1::2, 1::2] *= 0.7  # blue
    found = extract(mosaic, bayer="RGGB")
    miss = np.hypot(*(found.fits_xy[:, None] - field.xy).transpose(2, 0, 1)).min(axis=0)
    assert len(found) == pytest.approx(len(field.xy), abs=1)
    assert np.median(miss) < 0.25  # the colours of a cell do not weigh the same


def test_cells_of_a_mosaic_are_mapped_back_to_their_middle(field):
    found = extract(field.image, bayer="RGGB")
    miss = found.fits_xy[:, None] - field.xy
    nearest = miss[np.arange(len(found)), np.hypot(*miss.transpose(2, 0, 1)).argmin(axis=1)]
    assert np.abs(nearest.mean(axis=0)).max() < 0.01


def test_hot_pixels_and_pairs_of_them_are_no_stars(field):
    image = field.image.copy()
    rng = np.random.default_rng(3)
    rows, columns = rng.integers(5, 890, 400), rng.integers(5, 1190, 400)
    image[rows, columns] += 20000
    image[rows[:50], columns[:50] + 1] += 9000
    found = extract(image)
    near = np.hypot(*(found.fits_xy[:, None] - field.xy).transpose(2, 0, 1)).min(axis=1) < 3
    assert (~near).sum() <= 2


def test_a_trail_is_no_star(field):
    image = field.image.copy()
    image[100:800, 600:603] += 500
    assert not (np.abs(extract(image).x - 601) < 2).any()


def test_masked_pixels_and_nan_are_not_looked_at(field):
    image = field.image.copy()
    image[:, :600] = np.nan
    mask = np.zeros(image.shape, np.uint8)
    mask[450:] = 1
    found = extract(image, mask)
    assert len(found) and (found.x > 598).all() and (found.y < 452).all()


def test_the_image_given_is_left_as_it_is(field):
    before = field.image.copy()
    extract(field.image)
    assert np.array_equal(before, field.image)


def test_detection_in_uneven_noise_is_that_of_sep_with_a_map_of_the_noise(field):
    uneven = np.linspace(0.5, 4.0, field.image.shape[1], dtype=np.float32)
    image = 300 + (field.image - 300) * uneven
    maps = detection.measure_sky(image.astype(np.float32), None)[:2]
    level, noise = (np.repeat(one, detection.SKY_ROWS, axis=0)[: len(image)] for one in maps)
    slow = sep.extract(image - level, 2.5, err=noise)
    slow = slow[slow["a"] < 5 * slow["b"]]
    found = extract(image, threshold=2.5)
    assert len(slow) > len(field.xy) + 100
    # Where faint sources touch, sep splits and cleans them by thresholds that differ a little.
    assert len(found) == pytest.approx(len(slow), rel=0.06)
    miss = np.hypot(slow["x"][:, None] - found.x, slow["y"][:, None] - found.y)
    assert (miss.min(axis=1) < 1).mean() > 0.95
    bright = slow["peak"] > 50 * uneven[slow["xpeak"]]
    assert np.allclose(found.flux[miss.argmin(axis=1)][bright], slow["flux"][bright], rtol=0.02)


def test_the_sky_has_its_level_noise_and_slope(field):
    sky = extract(field.image).sky
    assert sky.level == pytest.approx(318, abs=1)
    assert sky.rms == pytest.approx(5, rel=0.03)
    assert sky.gradient == pytest.approx(0.03 * 1200, rel=0.15)


@pytest.mark.parametrize("dtype", [">f4", "u2", "i4", "f8"])
def test_any_type_of_pixel_gives_the_same_places(field, dtype):
    image = field.image.round().clip(0, 60000)
    assert np.allclose(extract(image.astype(dtype)).x, extract(image).x, atol=1e-3)


@pytest.mark.parametrize(
    "image", [np.full((50, 60), 7.0), np.full((50, 60), np.nan), np.ones((2, 2))]
)
def test_an_empty_image_has_no_sources(image):
    found = extract(image)
    assert len(found) == 0 and np.isnan(found.median_fwhm)


def test_a_cube_is_refused():
    with pytest.raises(ValueError, match="shape"):
        extract(np.zeros((3, 20, 20)))


def test_a_crowded_patterned_frame_does_not_overflow():
    y, x = np.mgrid[:600, :600]
    image = np.where((x // 4 + y // 4) % 2, 1000.0, 0) + np.random.default_rng(0).normal(
        0, 1, x.shape
    )
    assert len(extract(image, max_sources=100)) <= 100


def test_more_pixels_than_there_is_room_for_at_first_change_nothing(field, monkeypatch):
    plain = extract(field.image)
    monkeypatch.setattr(detection, "ROOM", 20)
    found = extract(field.image)
    assert len(found) > 20
    assert np.array_equal(found.flux, plain.flux)


def test_rows_that_differ_by_turns_are_no_stars_and_no_sky(field):
    striped = field.image.astype(np.float32)
    striped[::2] += 12  # 2.4 times the noise
    plain, found = extract(field.image), extract(striped)
    assert found.sky.level == pytest.approx(plain.sky.level + 6, abs=1)
    assert len(found) <= len(plain)
    near = np.hypot(plain.x[:, None] - found.x, plain.y[:, None] - found.y).min(axis=0)
    assert (near < 1).mean() > 0.98


@pytest.mark.parametrize("shape", [(41, 50), (40, 51), (3, 3)])
@pytest.mark.parametrize("cell", [1, 2])
def test_a_level_is_subtracted_from_the_pixels_that_it_was_read_from(shape, cell):
    rows, columns = np.indices(shape)
    per = detection.SKY_ROWS * cell
    level = (rows // per * 1000 + columns // cell).astype(np.float32)
    data = level + 5
    data[1, 2] = np.nan
    ignore = np.isnan(data)
    detection.subtract(data, level[::per, ::cell], ignore, cell)
    assert data[1, 2] == 0
    assert (data[~ignore] == 5).all()


@pytest.mark.parametrize("shape", [(2, 2), (64, 70), (71, 33)])
@pytest.mark.parametrize("holes", [False, True])
def test_windows_and_cells_of_a_mosaic_are_plain_means(shape, holes):
    rng = np.random.default_rng(3)
    data = rng.normal(500, 30, shape).astype(np.float32)
    ignore = rng.random(shape) < 0.02 if holes else None
    means, lacking = detection.windows(data, ignore)
    around = sliding_window_view(data, (2, 2)).astype(np.float64)
    np.testing.assert_allclose(means, around.mean(axis=(2, 3)), rtol=1e-6)
    cells, empty = detection.superpixels(means, lacking)
    height, width = (side // 2 * 2 for side in shape)
    plain = data[:height, :width].reshape(height // 2, 2, width // 2, 2)
    np.testing.assert_allclose(cells, plain.mean(axis=(1, 3)), rtol=1e-6)
    if holes:
        assert (lacking == sliding_window_view(ignore, (2, 2)).any(axis=(2, 3))).all()
        assert (empty == lacking[::2, ::2]).all()
    else:
        assert lacking is None
        assert empty is None


def test_a_single_hole_far_from_any_star_changes_no_star(field):
    holed = field.image.astype(np.float32)
    y, x = np.unravel_index(np.argmin(holed), holed.shape)
    holed[y, x] = np.nan
    plain, found = extract(field.image), extract(holed)
    near = np.hypot(plain.x[:, None] - found.x, plain.y[:, None] - found.y).min(axis=1)
    assert (near < 0.01).mean() > 0.99
