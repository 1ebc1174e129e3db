"""Numbers come out in the order of the machine, wherever they are put."""

import numpy as np
import pytest
from astropy.io import fits

from plateworks.products.fitsio import read_fits
from plateworks.products.reading import FrameReader


@pytest.mark.parametrize(
    "dtype", ["uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"]
)
def test_rows_are_the_same_in_memory_of_any_order(tmp_path, dtype):
    path, rng = tmp_path / "a.fits", np.random.default_rng(3)
    image = rng.integers(0, 250, (9, 40)).astype(dtype)
    if image.dtype.kind in "iu":
        image[0, 0], image[0, 1] = np.iinfo(dtype).min, np.iinfo(dtype).max
    else:
        image += 300
    fits.writeto(path, image)
    with FrameReader(str(path)) as reader:
        apart = np.empty((9, 80), reader.dtype)[:, ::2]  # which nothing can be read into at once
        seen = []
        np.testing.assert_array_equal(reader.rows(0, 9), image)
        np.testing.assert_array_equal(reader.rows(0, 9, apart, seen.append), image)
        np.testing.assert_array_equal(
            reader.rows(3, 5, see=lambda b: seen.append(bytes(b))), image[3:5]
        )
    data = path.read_bytes()[2880 : 2880 + image.nbytes]
    assert seen[-1] == data[3 * image.nbytes // 9 : 5 * image.nbytes // 9]  # as they are stored


def test_a_product_that_was_read_is_in_the_order_of_the_machine_and_its_file_stays(tmp_path):
    path, image = tmp_path / "a.fits", np.arange(12, dtype=np.float32).reshape(3, 4)
    fits.writeto(path, image)
    before = path.read_bytes()
    found = read_fits(path).data
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, image)
    assert path.read_bytes() == before
