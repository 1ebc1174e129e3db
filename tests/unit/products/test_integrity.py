"""Products that prove themselves: their sums, their digests, and what becomes of altered ones."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from inprocess import expose_night, reduce, sensor
from plateworks.errors import FrameError
from plateworks.jobs.jobs import Jobs
from plateworks.metadata.frametable import read_frames
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image, write_image
from plateworks.products.inputs import Inputs
from plateworks.products.integrity import broken_hdus, is_altered
from plateworks.products.reading import FrameReader

RNG = np.random.default_rng(19)


def image(dtype: str = "float32", shape: tuple[int, int] = (37, 23)) -> Image:
    """Return an image with every plane, that is ours."""
    pixels = RNG.integers(-(2**31), 2**31, shape).astype(dtype)
    header = fits.Header([("PWVERS", "1.0"), ("OBJECT", "M 31")])
    sigma = RNG.uniform(0, 3, shape).astype(np.float32)
    return Image(pixels, header, mask=RNG.integers(0, 9, shape).astype(np.uint8), sigma=sigma)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("shape", [(1, 1), (37, 23), (520, 521)])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int16", "uint16", "int32"])
def test_the_sums_of_every_hdu_are_those_of_astropy(tmp_path, dtype, shape):
    write_image(tmp_path / "a.fits", image(dtype, shape))
    with fits.open(tmp_path / "a.fits", checksum=True) as hdus:
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "MASK", "UNCERT"]
        for hdu in hdus:
            assert {"DATASUM", "CHECKSUM"} <= set(hdu.header)
    assert not list(broken_hdus(str(tmp_path / "a.fits")))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("value", "told"), [(0, "0"), (-1, "4294967295")])
def test_the_sum_of_zeros_and_that_of_all_ones_are_told_apart(tmp_path, value, told):
    write_image(tmp_path / "a.fits", Image(np.full((4, 5), value, np.int32), fits.Header()))
    with fits.open(tmp_path / "a.fits", checksum=True) as hdus:
        assert hdus[0].header["DATASUM"] == told


@pytest.mark.parametrize("name", ["a.fits", "a.xisf"])
@pytest.mark.parametrize("dtype", ["float32", "uint8", "uint16"])
def test_an_image_tells_the_digest_of_its_data_in_either_format(tmp_path, name, dtype):
    one = image(dtype)
    write_image(tmp_path / name, one, "zlib+sh")
    write_image(tmp_path / "b.fits", one)
    with FrameReader(str(tmp_path / name)) as reader:
        assert reader.digest() == read_image(tmp_path / name).header["PWDATA"]
        assert reader.digest() == fits.getval(tmp_path / "b.fits", "PWDATA")


def test_what_was_written_twice_has_the_same_bytes(tmp_path):
    one = image()
    for name in ("a.fits", "b.fits", "a.xisf", "b.xisf"):
        write_image(tmp_path / name, one)
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()
    assert (tmp_path / "a.xisf").read_bytes() == (tmp_path / "b.xisf").read_bytes()
    again = read_image(tmp_path / "a.fits")
    write_image(tmp_path / "c.fits", again)  # its sums are its own
    assert (tmp_path / "c.fits").read_bytes() == (tmp_path / "a.fits").read_bytes()


@pytest.mark.parametrize("name", ["a.fits", "a.xisf"])
def test_a_bit_in_any_plane_is_found_by_who_reads_the_image(tmp_path, name):
    write_image(tmp_path / name, image())
    good = (tmp_path / name).read_bytes()
    with fits.open(tmp_path / name) if name == "a.fits" else open(tmp_path / name, "rb") as hdus:
        begins = [hdu.fileinfo()["datLoc"] for hdu in hdus] if name == "a.fits" else [4096, 8192]
    for place in begins:
        bad = bytearray(good)
        bad[place + 77] ^= 4
        (tmp_path / name).write_bytes(bad)
        with pytest.raises(FrameError, match=r"altered since Plateworks wrote it|sha1"):
            read_image(tmp_path / name)
        assert is_altered(str(tmp_path / name)) or name == "a.xisf"


def test_a_product_without_its_last_extensions_is_refused(tmp_path):
    path = tmp_path / "a.fits"
    write_image(path, image())
    with fits.open(path) as hdus:
        begins = [hdu.fileinfo()["hdrLoc"] for hdu in hdus][1:]
    good = path.read_bytes()
    for left, begin in enumerate(begins):
        path.write_bytes(good[:begin])
        with pytest.raises(FrameError, match=rf"holds {left} of the 2 extensions .*copy it again"):
            FrameReader(str(path))


def test_a_header_that_was_changed_proves_nothing_against_the_data(tmp_path):
    path = tmp_path / "a.fits"
    write_image(path, image())
    path.write_bytes(path.read_bytes().replace(b"'M 31", b"'M 33"))
    assert [one.data for one in broken_hdus(str(path))] == [False]
    assert read_image(path).header["OBJECT"] == "M 33"
    assert not is_altered(str(path))


# -- masters, and what is made with them ----------------------------------------------------------


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> Jobs:
    """A night that is reduced, whose frames lie in a folder of their own."""
    folder = tmp_path_factory.mktemp("night")
    expose_night(folder / "raw" / "first", sensor())
    return Jobs(reduce(folder / "raw"))


def calibrated(jobs: Jobs) -> fits.Header:
    order = jobs.calibration(jobs.plan.to_calibrate)
    calibrate_frames(order)
    return fits.getheader(order.lights[0].output)


@pytest.fixture
def dark(night, tmp_path):
    """The master dark of the night, which is as it was after the test."""
    path = Path(night.calibration(night.plan.to_calibrate).lights[0].frame.subtraction.dark.path)
    shutil.copy2(path, tmp_path / "dark.fits")
    yield path
    shutil.copy2(tmp_path / "dark.fits", path)


def test_a_light_names_the_data_of_all_that_it_was_made_of(night, dark):
    header = calibrated(night)
    assert header["RAWFILE"] == "first/light_0.fits"
    with FrameReader(night.plan.to_calibrate[0].frame.path) as raw:
        assert (header["RAWDIG"], header["RAWREST"]) == raw.digests()
    assert header["DARKDIG"] == fits.getval(dark, "PWDATA")
    rows = read_frames(dark)
    assert [row.name for row in rows] == [f"first/dark_{i}.fits" for i in range(5)]
    assert len({row.digest for row in rows}) == 5 and all(len(row.rest) == 32 for row in rows)


@pytest.mark.parametrize("how", ["in its bytes", "by astropy, sums and all"])
def test_an_altered_master_is_refused_by_its_name(night, dark, how):
    with fits.open(dark, mode="update", memmap=False) as hdus:
        start = hdus[0].fileinfo()["datLoc"]
        if how != "in its bytes":
            hdus[0].data += 100
    if how == "in its bytes":
        data = bytearray(dark.read_bytes())
        data[start] ^= 1
        dark.write_bytes(data)
    with pytest.raises(
        FrameError, match=rf"{dark.name}: has (DATASUM|PWDATA) .* the next run makes"
    ):
        calibrated(night)


def test_an_altered_master_that_denies_to_be_ours_makes_other_digests(night, dark):
    before = calibrated(night)
    with fits.open(dark, mode="update", memmap=False) as hdus:
        hdus[0].data += 100
        del hdus[0].header["PWDATA"]
    after = calibrated(night)
    assert before["DARKDIG"] != after["DARKDIG"] and before["PWDIGEST"] != after["PWDIGEST"]


def test_a_master_of_another_program_without_sums_is_taken(tmp_path):
    fits.writeto(tmp_path / "dark.fits", np.full((8, 8), 7.0, np.float32))
    assert Inputs().master(str(tmp_path / "dark.fits")).median == 7.0
    assert len(Inputs().digest(str(tmp_path / "dark.fits"))) == 32
