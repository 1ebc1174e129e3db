"""Products that a disk or a program has damaged: who reads one says a sentence, by its name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from inprocess import expose_night, reduce, sensor
from malformed import damaged_file
from plateworks.errors import FrameError, PlateworksError
from plateworks.metadata.frametable import read_frames
from plateworks.metadata.normalise import read_frame
from plateworks.pixels.cfa import MONO
from plateworks.products.headers import original_header
from plateworks.products.imagefiles import read_image, read_image_header
from plateworks.products.inputs import Inputs
from plateworks.products.lists import read_list
from plateworks.products.reading import FrameReader
from plateworks.settings.names import Names

#: What reads products in one step or another.
READERS: list[Callable[[Path], object]] = [
    read_image,
    read_image_header,
    read_frames,
    read_frame,
    lambda path: original_header(str(path)),
    lambda path: FrameReader(str(path)).read(),
    lambda path: Inputs().master(str(path)),
    lambda path: Inputs().frames(str(path)),
    lambda path: Inputs().flat(str(path), 0.05, None, MONO),
]


@pytest.fixture(scope="module", params=["fits", "xisf"])
def products(request, tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("night")
    expose_night(folder / "raw", sensor())
    names = {
        name: text for name, text in Names().as_dict().items() if name not in ("badpix", "trial")
    }
    named = {name: text.replace(".fits", f".{request.param}") for name, text in names.items()}
    reduce(folder / "raw", names=named, xisf_compression="zlib+sh")
    found = (folder / "results").rglob("*.*")
    return sorted(path for path in found if path.suffix in (".fits", ".xisf", ".lst"))


@pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")
@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_product_is_read_or_refused_and_nothing_else(products, seed, tmp_path):
    rng = np.random.default_rng(seed)
    good = products[int(rng.integers(len(products)))]
    kind, data = damaged_file(rng, good.read_bytes())
    path = tmp_path / good.name
    path.write_bytes(data)
    for read in [read_list] if path.suffix == ".lst" else READERS:
        try:
            read(path)
        except PlateworksError as error:
            assert str(error).isprintable(), kind


def test_a_flat_of_no_level_is_refused_by_its_name(tmp_path):
    fits.writeto(tmp_path / "flat.fits", np.zeros((16, 16), np.float32))
    with pytest.raises(FrameError, match=r"flat\.fits: is a flat whose level is 0"):
        Inputs().flat(str(tmp_path / "flat.fits"), 0.05, None, MONO)
