"""Files that the block reader refuses, and why."""

import bz2
import errno
import gzip
import lzma
import os
import zlib
from functools import partial

import numpy as np
import pytest
from astropy.io import fits

from headerfiles import CARDS, complete, header_block, multi_extension, write, write_sparse
from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.cards import read_cards

SIZE = 2880 + 2880  # 16 x 16 pixels of two bytes fit into one block


def refusal(path) -> str:
    with pytest.raises(FrameError) as caught:
        read_cards(path)
    assert caught.value.path == os.fspath(path)
    return caught.value.reason


@pytest.mark.parametrize("missing", [1, 1000, 2880, 2879])
def test_a_truncated_file_is_refused_with_both_byte_counts(tmp_path, missing):
    path = write_sparse(tmp_path / "a.fits", complete([], width=1440, height=1))
    os.truncate(path, SIZE - missing)
    reason = refusal(path)
    assert f"{SIZE - missing:,} bytes of 5,760" in reason


def test_a_file_that_lacks_only_its_padding_is_whole(tmp_path):
    path = write_sparse(tmp_path / "a.fits", CARDS)
    os.truncate(path, 2880 + 512)
    assert read_cards(path).width == 16


def test_a_header_cut_short_is_refused(tmp_path):
    assert "ends inside its header" in refusal(write(tmp_path, header_block(CARDS)[:400]))


def test_a_truncated_tile_compressed_file_is_refused_by_its_table_and_heap(tmp_path):
    path = tmp_path / "a.fits.fz"
    noise = np.random.default_rng(1).integers(0, 60000, (200, 200), dtype=np.uint16)
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(noise)]).writeto(path)
    with fits.open(path, disable_image_compression=True) as hdus:
        table = hdus[1].header
        end = hdus[1].fileinfo()["datLoc"] + table["NAXIS1"] * table["NAXIS2"] + table["PCOUNT"]
    os.truncate(path, end)
    assert read_cards(path).width == 200
    os.truncate(path, end - 1)
    assert f"{end - 1:,} bytes of {end:,}" in refusal(path)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_a_file_cut_short_in_a_table_after_its_image_is_refused(tmp_path, pack):
    image = np.random.default_rng(1).integers(0, 60000, (30, 40), dtype=np.uint16)
    rows = fits.BinTableHDU.from_columns([fits.Column("A", "D", array=np.arange(2000.0))])
    fits.HDUList([fits.PrimaryHDU(image), rows]).writeto(tmp_path / "whole.fits")
    whole = (tmp_path / "whole.fits").read_bytes()
    cut = pack(whole[:-9000]) if pack is bytes else pack(whole)[:-1500]
    path = write(tmp_path, pack(whole), "a.fits")
    assert read_cards(path).width == 40
    path = write(tmp_path, cut, "b.fits")
    assert "copy it again" in refusal(path)


def noisy_frame(tmp_path) -> bytes:
    noise = np.random.default_rng(1).integers(0, 60000, (300, 300), dtype=np.uint16)
    fits.PrimaryHDU(noise).writeto(tmp_path / "noise.fits")
    return (tmp_path / "noise.fits").read_bytes()


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_gzip_file_is_refused(tmp_path, kept):
    packed = gzip.compress(noisy_frame(tmp_path))
    path = write(tmp_path, packed[: int(len(packed) * kept)], "a.fits.gz")
    assert "bytes of 182,880" in refusal(path)


@pytest.mark.parametrize("kept", [0.6, 0.95])
@pytest.mark.parametrize(
    ("pack", "unpack"),
    [
        (gzip.compress, zlib.decompressobj(zlib.MAX_WBITS | 16).copy),
        (partial(bz2.compress, compresslevel=1), bz2.BZ2Decompressor),
        (lzma.compress, lzma.LZMADecompressor),
    ],
    ids=["gzip", "bzip2", "xz"],
)
def test_a_packed_file_that_breaks_off_is_refused_with_the_bytes_that_are_there(
    tmp_path, pack, unpack, kept
):
    packed = pack(noisy_frame(tmp_path))
    cut = packed[: int(len(packed) * kept)]
    there = len(unpack().decompress(cut))
    assert there > 90_000
    assert f"{there:,} bytes of 182,880" in refusal(write(tmp_path, cut, "a.fits"))


def test_the_end_of_a_truncated_gzip_file_is_no_trailer_though_it_may_look_like_one(tmp_path):
    packed = gzip.compress(noisy_frame(tmp_path))[:90_000]
    path = write(tmp_path, packed + (200_000).to_bytes(4, "little"), "a.fits.gz")
    assert "bytes of 182,880" in refusal(path)


def test_a_gzip_file_of_a_truncated_frame_is_refused_with_both_byte_counts(tmp_path):
    path = write(tmp_path, gzip.compress(noisy_frame(tmp_path)[:100_000]), "a.fits.gz")
    assert "100,000 bytes of 182,880" in refusal(path)


def test_a_gzip_file_cut_inside_the_header_is_refused(tmp_path):
    path = write(tmp_path, gzip.compress(noisy_frame(tmp_path))[:60], "a.fits.gz")
    assert "cannot be unpacked" in refusal(path)


@pytest.mark.parametrize("content", [b"\x1f\x8b", b"\x1f\x8b\x08\x00garbage and more of it"])
def test_a_broken_gzip_file_is_refused(tmp_path, content):
    assert "cannot be unpacked" in refusal(write(tmp_path, content, "a.fits.gz"))


def test_a_gzip_file_of_something_else_is_refused(tmp_path):
    assert "not FITS" in refusal(write(tmp_path, gzip.compress(b"hello" * 99), "a.fits.gz"))


def test_a_small_gzip_file_that_promises_the_world_is_refused_at_once(tmp_path):
    cards = complete([], width=200_000, height=200_000)
    path = write(tmp_path, gzip.compress(header_block(cards) + bytes(2880)), "a.fits.gz")
    assert "5,760 bytes of 80,000,002,880" in refusal(path)


def test_an_empty_file_is_refused(tmp_path):
    assert "empty (0 bytes)" in refusal(write(tmp_path, b""))


@pytest.mark.parametrize(
    "content", [b"\0" * 5760, b"\xff\xd8\xff\xe0 JPEG", b"S", b"<html>", bytes(range(256)) * 30]
)
def test_garbage_is_refused(tmp_path, content):
    assert "neither FITS nor XISF" in refusal(write(tmp_path, content))


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    with pytest.raises(TroubleError, match="No such file"):
        read_cards(tmp_path / "none.fits")
    (tmp_path / "folder.fits").mkdir()
    assert "not a regular file" in refusal(tmp_path / "folder.fits")
    os.mkfifo(tmp_path / "pipe.fits")
    assert "not a regular file" in refusal(tmp_path / "pipe.fits")


def test_a_file_without_permission_is_no_damaged_one(tmp_path, monkeypatch):
    def refuse(path, flags):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "open", refuse)  # the superuser may read every file
    with pytest.raises(TroubleError, match=r"a\.fits: cannot be read \(Permission denied; permit"):
        read_cards(tmp_path / "a.fits")


def test_a_file_without_an_image_is_refused(tmp_path):
    path = multi_extension(tmp_path, fits.BinTableHDU(np.rec.array([(1, 2)], names="a,b")))
    assert "no image of two dimensions" in refusal(path)
    none = write(tmp_path, header_block(complete([], width=0)))
    assert "no image of two dimensions" in refusal(none)
    fits.PrimaryHDU(np.zeros(10)).writeto(tmp_path / "line.fits")
    assert "no image of two dimensions" in refusal(tmp_path / "line.fits")


def test_a_header_without_end_is_refused_before_it_fills_the_memory(tmp_path):
    path = write(tmp_path, header_block(CARDS)[:2880].replace(b"END", b"   "))
    os.truncate(path, 1 << 34)
    assert "no END card among the first 36,000" in refusal(path)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ("BITPIX  = 17", "BITPIX = 17"),
        ("BITPIX  = 'x'", "BITPIX = 'x'"),
        ("BITPIX  =", "BITPIX = None"),
        ("NAXIS   = -2", "NAXIS = -2"),
        ("NAXIS   = 2000000", "NAXIS = 2000000"),
        ("NAXIS   = 5", "no NAXIS3 card"),
        ("NAXIS1  = -16", "NAXIS1 = -16"),
        ("NAXIS1  = 16.0", "NAXIS1 = 16.0"),
        ("NAXIS1  = T", "NAXIS1 = True"),
        ("NAXIS2  = 1000000", "NAXIS2 = 1000000"),
        ("NAXIS2  = 999999999999999999999999", "NAXIS2 = 999999999999999999999999"),
        ("NAXIS2  =", "no NAXIS2 card"),
    ],
)
def test_an_absurd_description_of_the_array_is_refused(tmp_path, card, words):
    cards = [card if card[:8] == old[:8] else old for old in CARDS]
    assert words in refusal(write(tmp_path, header_block(cards) + bytes(2880)))


@pytest.mark.parametrize("side", [10**9, 10**12])
def test_absurd_tables_before_the_image_do_not_stop_the_reader(tmp_path, side):
    primary = [card if card[:6] != "NAXIS " else "NAXIS   = 0" for card in complete([])]
    table = ["XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", f"NAXIS1  = {side}",
             f"NAXIS2  = {side}", "PCOUNT  = 0", "GCOUNT  = 1"]  # fmt: skip
    path = write(tmp_path, header_block(primary) + header_block(table))
    assert "no image" in refusal(path)
