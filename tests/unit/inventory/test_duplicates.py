"""The same frame twice, in every form in which it lies about."""

import bz2
import gzip
import os
import shutil

import numpy as np
import pytest
from astropy.io import fits

from frames import settings, write_frame
from malformed import with_card
from plateworks.inventory import scan as scanning
from plateworks.metadata import datadigest
from plateworks.planning.run import plan_run

RNG = np.random.default_rng(3)
CARDS = {"IMAGETYP": "DARK", "EXPTIME": 60.0, "INSTRUME": "Cam", "DATE-OBS": "2025-03-01T20:00:00"}


@pytest.fixture
def raw(tmp_path):
    """A folder with one dark, a.fits."""
    (tmp_path / "raw").mkdir()
    write(tmp_path / "raw" / "a.fits")
    return tmp_path / "raw"


def write(path, shape=(200, 300), data=None, **cards):
    path.parent.mkdir(exist_ok=True)
    data = RNG.integers(500, 900, shape).astype(np.uint16) if data is None else data
    fits.writeto(path, data, fits.Header(list((CARDS | cards).items())), overwrite=True)
    return path


def plan(raw, entries=None, **changes):
    entries = [str(raw)] if entries is None else entries
    return plan_run(settings(entries, raw.parent / "results", **changes), rescan=True)


def copies(raw, entries=None):
    """Return the frames that are set aside as copies, each with that which takes part."""
    found = {}
    for reject in plan(raw, entries).rejects:
        mark = "is the same frame as "
        assert reject.reason.startswith(mark)
        found[name(reject.path, raw)] = name(reject.reason.removeprefix(mark), raw)
    return found


def name(path, raw):
    return path.removeprefix(f"{raw}/")


def packed(path, to, pack):
    to.write_bytes(pack(path.read_bytes()))


def tiled(path, to):
    fits.CompImageHDU(fits.getdata(path), fits.getheader(path)).writeto(to)


def test_tiles_that_astropy_stumbles_over_stop_no_scan(raw):
    tiled(raw / "a.fits", raw / "b.fits.fz")
    whole = (raw / "b.fits.fz").read_bytes()
    for form in ("1QX(9)", " "):
        damaged = with_card(whole, "TFORM1", f"'{form}'")
        for copy in ("b.fits.fz", "c.fits.fz"):
            (raw / copy).write_bytes(damaged)
        assert f"{raw / 'a.fits'}" in {frame.path for frame in plan(raw).frames}


@pytest.mark.parametrize(
    ("copy", "make"),
    [
        ("backup/a.fits", shutil.copy),
        ("a (1).fits", shutil.copy),
        ("a - Copy.fits", shutil.copy),
        ("b.fits", lambda path, to: os.symlink(path.name, to)),
        ("b.fits", os.link),
        ("deep/er/a.fits", lambda path, to: os.symlink(path, to)),
        ("a.fits.gz", lambda path, to: packed(path, to, gzip.compress)),
        ("a.fits.bz2", lambda path, to: packed(path, to, bz2.compress)),
        ("a.fits.fz", tiled),
    ],
)
def test_of_a_frame_and_its_copy_the_one_with_the_plainest_path_takes_part(raw, copy, make):
    (raw / copy).parent.mkdir(parents=True, exist_ok=True)
    make(raw / "a.fits", raw / copy)
    assert copies(raw) == {copy: "a.fits"}
    assert copies(raw) == {copy: "a.fits"}  # by the cache


def test_a_copy_with_another_header_is_the_same_frame(raw):
    write(raw / "solved.fits", data=fits.getdata(raw / "a.fits"), OBJECT="M 31", CRVAL1=10.0)
    assert copies(raw) == {"solved.fits": "a.fits"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"FILTER": "L"}, "filter R there, L here"),
        ({"CCD-TEMP": -9.5}, "temperature -10.0 there, -9.5 here"),
        ({"EXPTIME": 60.5}, "exposure 60.0 there, 60.5 here"),
        ({"INSTRUME": "My Cam"}, "camera Cam there, My Cam here"),
    ],
)
def test_what_was_changed_in_the_header_of_a_copy_is_named(raw, changed, told):
    """Which of the two is right nobody knows."""
    first = write(raw / "a.fits", FILTER="R", **{"CCD-TEMP": -10.0})
    write(
        raw / "touched.fits",
        data=fits.getdata(first),
        **{"FILTER": "R", "CCD-TEMP": -10.0} | changed,
    )
    assert copies(raw) == {"touched.fits": f"a.fits, but its header was changed: {told}"}


def test_of_a_frame_and_a_copy_that_lacks_cards_the_fuller_takes_part(raw):
    write(raw / "subfolder" / "whole.fits", data=fits.getdata(raw / "a.fits"), FILTER="L")
    assert copies(raw) == {"a.fits": "subfolder/whole.fits"}


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_a_link_beside_another_frame_of_that_moment_is_the_same_frame(raw, link):
    write(raw / "other.fits", EXPTIME=30.0)
    link(raw / "a.fits", raw / "link.fits")
    assert copies(raw) == {"link.fits": "a.fits"}
    assert copies(raw) == {"link.fits": "a.fits"}  # by the cache


def test_of_many_copies_one_takes_part(raw):
    for i in range(3):
        (raw / f"{i}").mkdir()
        shutil.copy(raw / "a.fits", raw / f"{i}/a.fits")
    os.symlink("a.fits", raw / "aa.fits")
    packed(raw / "a.fits", raw / "a.fits.gz", gzip.compress)
    assert set(copies(raw).values()) == {"a.fits"}
    assert len(copies(raw)) == 5


def test_one_file_under_two_spellings_of_its_path_is_one_frame(raw, monkeypatch):
    monkeypatch.chdir(raw.parent)
    shutil.copy(raw / "a.fits", raw / "b.fits")  # of which the other spelling is a copy, too
    write(raw / "c.fits", EXPTIME=30.0)
    found = plan(raw, ["raw", "=raw/../raw/a.fits", f"={raw}/a.fits"])
    spellings = ("raw/../raw/a.fits", f"{raw}/a.fits", "raw/b.fits")
    reasons = dict.fromkeys(spellings, "is the same frame as raw/a.fits")
    assert {reject.path: reject.reason for reject in found.rejects} == reasons
    found = plan(raw, ["raw", "./raw/*.fits"])
    assert {frame.path for frame in found.frames} == {"raw/a.fits", "raw/c.fits"}


def test_frames_of_one_moment_that_differ_are_two(raw):
    write(raw / "b.fits")
    changed = fits.getdata(raw / "a.fits")
    changed[-1, -1] += 1
    write(raw / "c.fits", data=changed)
    assert copies(raw) == {}


def test_frames_without_a_date_are_compared_where_their_files_are_as_long(raw):
    data = RNG.integers(0, 9, (20, 30)).astype(np.uint16)
    for part in ("x", "y"):
        write(raw / part / "d.fits", data=data, **{"DATE-OBS": ""})
    write(raw / "other.fits", (20, 30), **{"DATE-OBS": ""})
    assert copies(raw) == {"y/d.fits": "x/d.fits"}


def test_a_light_and_its_copy_make_one_product(raw):
    write(raw / "l.fits", IMAGETYP="LIGHT", FILTER="L")
    shutil.copy(raw / "l.fits", raw / "l (1).fits")
    found = plan(raw, calibrate={"allow_uncalibrated": True})
    assert [light.name for light in found.lights] == ["l"]


def test_a_master_of_a_library_is_no_copy_of_what_lies_in_the_raw_folder(raw):
    (raw.parent / "library").mkdir()
    shutil.copy(raw / "a.fits", raw.parent / "library" / "a.fits")
    found = plan(raw, library=[str(raw.parent / "library")])
    assert found.rejects == ()
    assert (len(found.frames), len(found.found)) == (1, 1)


def test_nothing_is_read_of_frames_that_nothing_makes_suspects(tmp_path, monkeypatch):
    for i in range(5):
        write_frame(
            tmp_path / f"raw/{i}.fits", "DARK", exptime=60.0, date_obs=f"2025-08-15T22:00:0{i}"
        )
    monkeypatch.setattr(datadigest, "_digest", lambda *_: pytest.fail("pixels were read"))
    assert copies(tmp_path / "raw") == {}


def test_what_was_read_once_is_not_read_again(raw, monkeypatch):
    write(raw / "b.fits")
    shutil.copy(raw / "b.fits", raw / "copy.fits")
    expected = copies(raw)
    assert expected == {"copy.fits": "b.fits"}
    monkeypatch.setattr(datadigest, "_digest", lambda *_: pytest.fail("pixels were read again"))
    assert copies(raw) == expected
    found = scanning.recall(raw.parent / "results/plan/.scan.json", [])
    assert found.frames == ()


def test_a_file_that_comes_later_is_compared_with_those_that_are_known(raw):
    os.symlink("a.fits", raw / "link.fits")
    assert copies(raw) == {"link.fits": "a.fits"}
    shutil.copy(raw / "a.fits", raw / "copy.fits")
    assert copies(raw) == {"link.fits": "a.fits", "copy.fits": "a.fits"}
    (raw / "a.fits").unlink()
    (raw / "link.fits").unlink()
    assert copies(raw) == {}


def test_a_suspect_that_cannot_be_read_is_no_copy(raw):
    packed(raw / "a.fits", raw / "b.fits.gz", gzip.compress)
    damaged = bytearray((raw / "b.fits.gz").read_bytes())
    damaged[-2000] ^= 0xFF  # behind all that is read of the header
    (raw / "b.fits.gz").write_bytes(damaged)
    assert copies(raw) == {}
