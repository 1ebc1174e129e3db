"""A master of which no pixel has a value makes no light of nothing: it is named."""

import shutil

import numpy as np
import pytest
from astropy.io import fits

from inprocess import expose_night, reduce, sensor
from plateworks.errors import PlateworksError


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Masters of a night, and its lights."""
    folder = tmp_path_factory.mktemp("night")
    expose_night(folder / "raw", sensor())
    plan = reduce(folder / "raw")
    (folder / "library").mkdir()
    for master in plan.to_make:
        shutil.copy(master.path, folder / "library")
    for path in (folder / "raw").glob("*.fits"):
        if not path.name.startswith("light"):
            path.unlink()
    return folder


@pytest.mark.parametrize(
    ("kind", "value"),
    [("dark", np.nan), ("dark", np.inf), ("flat", np.nan), ("flat", 0), ("flat", -1)],
)
def test_it_is_named_and_no_light_is_empty_without_a_word(library, tmp_path, kind, value):
    shutil.copytree(library / "raw", tmp_path / "raw")
    shutil.copytree(library / "library", tmp_path / "library")
    [master] = (tmp_path / "library").glob(f"{kind}*.fits")
    with fits.open(master, mode="update") as hdus:
        hdus[0].data[...] = value
        del hdus[0].header["PWDATA"]  # which would tell that they are not those that were written
    said = ""
    try:
        plan = reduce(tmp_path / "raw", library=[str(tmp_path / "library")])
    except PlateworksError as error:
        said = str(error)
    else:
        headers = [fits.getheader(light.calibrated) for light in plan.to_calibrate]
        assert headers
        said = min(str(header.get("PWFAIL", "")) for header in headers)
    assert master.name in said and "no pixel has a value" in said
