"""Files that hold more than one image, and images of more than two axes."""

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pytest
from astropy.io import fits

from plateworks.errors import FrameError
from plateworks.inventory.scancache import Stamp, entry_of
from plateworks.metadata.amplifiers import Crosstalk
from plateworks.metadata.cards import read_cards
from plateworks.metadata.normalise import read_frame
from plateworks.metadata.unplaced import Unplaced, UnplacedImage
from plateworks.products.reading import FrameReader

FRAME = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64)


def write(path, *hdus):
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)
    return str(path)


def test_a_thumbnail_beside_the_frame_is_passed_over_with_a_note(tmp_path):
    small, frame = fits.ImageHDU(FRAME[::4, ::4].copy()), fits.ImageHDU(FRAME)
    path = write(tmp_path / "a.fits", small, frame)
    assert (read_cards(path).hdu, read_cards(path).width) == (2, 64)
    assert "16x12" in read_frame(path).notes[0]
    with FrameReader(path) as reader:
        assert np.array_equal(reader.read(), FRAME)


@pytest.mark.parametrize("count", [2, 10])
@pytest.mark.parametrize("packed", [False, True])
def test_images_that_do_not_say_where_they_lie_are_kept_and_no_pixel_of_them_is_read(
    tmp_path, count, packed
):
    path = write(tmp_path / "a.fits", *(fits.ImageHDU(FRAME + i) for i in range(count)))
    if packed:
        data = gzip.compress((tmp_path / "a.fits").read_bytes())
        (tmp_path / "a.fits.gz").write_bytes(data)
        path += ".gz"
    found = read_frame(path)
    assert found.readout is None
    assert [(one.hdu, one.width) for one in found.unplaced.images] == [
        (1 + i, 64) for i in range(count)
    ]
    assert str(found.unplaced).startswith(f"{count}: 64x48, 64x48")
    with pytest.raises(FrameError, match=f"the images of {count} amplifiers, not one"):
        FrameReader(path)


def test_what_images_tell_of_themselves_is_kept_with_their_names(tmp_path):
    one, other = fits.ImageHDU(FRAME, name="A"), fits.ImageHDU(FRAME)
    one.header["DATASEC"], one.header["BIASSEC"] = "[1:60,1:48]", "[61:64,1:48]"
    one.header["GAIN"], one.header["RDNOISE"], one.header["SATURATE"] = 1.5, 6.0, 60000
    other.header["DATASEC"] = "[1:600,1:48]"  # of the sensor, not of this image
    path = write(tmp_path / "a.fits", one, other, fits.ImageHDU(FRAME[::4, ::4].copy()))
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["CRSTLK21"] = 0.001
    found = read_frame(path)
    assert found.unplaced == Unplaced(
        images=(
            UnplacedImage(hdu=1, name="A", width=64, height=48, data=(0, 60, 0, 48),
                          bias=(60, 64, 0, 48), gain=1.5, read_noise=6.0, saturation=60000.0),
            UnplacedImage(hdu=2, width=64, height=48),
        ),
        crosstalk=(Crosstalk(source=1, onto=0, part=0.001),),
    )  # fmt: skip
    assert found.gain is None
    assert "a smaller image beside the frame (16x12) is passed over" in found.notes
    assert entry_of(Stamp(1, 2, 3), found).frame(path) == found


def test_planes_that_belong_to_the_image_are_no_frames(tmp_path):
    planes = [fits.ImageHDU(FRAME, name="SCI"), fits.ImageHDU(FRAME, name="ERR"),
              fits.ImageHDU(FRAME.astype(np.uint8), name="BPM")]  # fmt: skip
    assert read_cards(write(tmp_path / "a.fits", *planes)).hdu == 1


def test_a_table_behind_the_image_is_no_image(tmp_path):
    table = fits.BinTableHDU.from_columns([fits.Column("X", "E", array=np.arange(3.0))])
    assert read_cards(write(tmp_path / "a.fits", fits.ImageHDU(FRAME), table)).hdu == 1


@pytest.mark.parametrize("axes", [1, 2, 4])
def test_axes_of_one_element_say_nothing(tmp_path, axes):
    fits.writeto(tmp_path / "a.fits", FRAME.reshape((1,) * axes + FRAME.shape))
    header = read_cards(tmp_path / "a.fits")
    assert (header.width, header.height, header.planes) == (64, 48, 1)
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        assert np.array_equal(reader.read(), FRAME)


@pytest.mark.parametrize("shape", [(1, 1, 1, 48, 64), (48, 1, 64), (1, 48, 1, 64), (48, 64, 1, 1)])
def test_axes_of_one_element_may_stand_anywhere(tmp_path, shape):
    fits.writeto(tmp_path / "a.fits", FRAME.reshape(shape))
    header = read_cards(tmp_path / "a.fits")
    assert (header.width, header.height, header.planes) == (64, 48, 1)
    with FrameReader(str(tmp_path / "a.fits")) as reader:
        assert np.array_equal(reader.read(), FRAME)


def test_a_compressed_image_may_have_axes_of_one_element(tmp_path):
    path = write(tmp_path / "a.fits.fz", fits.CompImageHDU(FRAME.reshape(1, 1, 48, 64)))
    with FrameReader(path) as reader:
        assert np.array_equal(reader.read(), FRAME)


def test_a_picture_of_the_frame_is_known_by_its_name_whatever_its_size(tmp_path):
    planes = [fits.ImageHDU(FRAME, name="RAW"), fits.ImageHDU(FRAME // 256, name="Preview"),
              fits.ImageHDU(FRAME.astype(np.float32), name="STAT")]  # fmt: skip
    assert read_cards(write(tmp_path / "a.fits", *planes)).hdu == 1


def test_a_cube_of_four_axes_has_all_its_planes(tmp_path):
    fits.writeto(tmp_path / "a.fits", np.stack([[FRAME, FRAME]] * 3))
    assert read_cards(tmp_path / "a.fits").planes == 6


def packed(path, form):
    data = path.read_bytes()
    out = path.with_name(f"{path.name}.{form}")
    if form == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.name, data)
    else:
        out.write_bytes({"bz2": bz2, "xz": lzma, "gz": gzip}[form].compress(data))
    return out


@pytest.mark.parametrize("form", ["bz2", "xz", "zip", "gz"])
def test_files_packed_as_a_whole_are_read(tmp_path, form):
    fits.writeto(tmp_path / "a.fits", FRAME, fits.Header([("IMAGETYP", "Dark Frame")]))
    path = packed(tmp_path / "a.fits", form)
    assert read_frame(path).kind == "dark"
    with FrameReader(str(path)) as reader:
        assert np.array_equal(reader.read(), FRAME)


@pytest.mark.parametrize("form", ["bz2", "xz", "zip", "gz"])
def test_a_pack_that_breaks_off_is_refused(tmp_path, form):
    noise = np.random.default_rng(1).integers(0, 65535, (200, 300)).astype(np.uint16)
    fits.writeto(tmp_path / "a.fits", noise)
    path = packed(tmp_path / "a.fits", form)
    path.write_bytes(path.read_bytes()[:60_000])
    with pytest.raises(FrameError, match=r"copy it again|cannot be"):
        read_cards(path)


def test_a_zip_of_two_files_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.fits.zip", "w") as archive:
        archive.writestr("a", b"x")
        archive.writestr("b", b"x")
    with pytest.raises(FrameError, match="holds 2 files"):
        read_cards(tmp_path / "a.fits.zip")
