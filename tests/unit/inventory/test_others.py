"""Files that are no images by their names: counted by their endings, or FITS after all."""

import bz2
import gzip
import io
import lzma
import os
import zipfile

import pytest

from frames import write_frame
from plateworks.errors import ConfigError
from plateworks.inventory import entries
from plateworks.inventory.scan import recall, scan
from plateworks.inventory.sources import Source, sources


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "elsewhere" / "scan.json"


@pytest.fixture
def raw(tmp_path):
    """A folder with one frame."""
    write_frame(tmp_path / "raw" / "a.fits", "LIGHT")
    return tmp_path / "raw"


def scanned(raw, cache, **how):
    return scan([Source(str(raw))], cache, **how)


def names(found) -> list[str]:
    return [os.path.basename(frame.path) for frame in found.frames]


def test_what_is_not_looked_at_is_counted_by_ending_in_all_folders(raw, cache):
    (raw / "deep").mkdir()
    for name in (
        "IMG_1.PSD",
        "deep/img_2.psd",
        "sun.ser",
        "b.fits.Z",
        "deep/c.fits~",
        "d.fits.tmp",
    ):
        (raw / name).write_bytes(b"SIMPLE  = nothing of the kind")
    found = scanned(raw, cache)
    assert found.others == {".psd": 2, ".ser": 1, ".Z": 1, "~": 1, ".tmp": 1}
    assert names(found) == ["a.fits"]
    assert recall(cache, [Source(str(raw))]) == found


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "log.CSV", "page.html", ".DS_Store", ".hidden.psd", ".hidden/x.psd", "a.lst"],
)
def test_notes_and_hidden_files_are_not_worth_a_word(raw, cache, name):
    (raw / name).parent.mkdir(exist_ok=True)
    (raw / name).write_bytes(b"something")
    found = scanned(raw, cache)
    assert not found.others
    assert not found.rejects


@pytest.mark.parametrize(
    "name",
    ["light", "N2025.001", "ccd_2025-08-15T22.10.31", "r123456.imh", "a.fits copy", "L.FITSX"],
)
def test_fits_by_another_ending_or_none_is_read(raw, cache, name):
    write_frame(raw / name, "DARK", exptime=30.0)
    found = scanned(raw, cache)
    assert {frame.kind for frame in found.frames} == {"light", "dark"}
    assert not found.others


def pack(form, content, *more):
    if form == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for number, one in enumerate((content, *more)):
                archive.writestr(f"frame {number}", one)
        return stream.getvalue()
    return {"gz": gzip, "bz2": bz2, "xz": lzma}[form].compress(content)


@pytest.mark.parametrize("form", ["gz", "bz2", "xz", "zip"])
@pytest.mark.parametrize("name", ["night-7.{}", "L_0001.{}", "NIGHT", "frame.dat"])
def test_fits_packed_by_another_name_is_read_and_other_packs_are_counted(raw, cache, form, name):
    content = write_frame(raw / "d", "DARK", exptime=30.0).read_bytes()
    (raw / "d").write_bytes(pack(form, content))
    (raw / "d").rename(raw / name.format(form))
    (raw / f"words.{form}").write_bytes(pack(form, b"SIMP"))
    (raw / f"broken.{form}").write_bytes(pack(form, content)[:9])
    found = scanned(raw, cache)
    assert {frame.kind for frame in found.frames} == {"light", "dark"}
    assert found.others == {f".{form}": 2}
    assert not found.rejects


def test_several_frames_in_one_zip_file_are_set_aside_by_name(raw, cache):
    content = write_frame(raw / "d", "DARK", exptime=30.0).read_bytes()
    (raw / "d").unlink()
    (raw / "night.zip").write_bytes(pack("zip", b"words", content, content))
    [reject] = scanned(raw, cache).rejects
    assert "zip file that holds 3 files" in reject.reason


def test_a_zip_file_with_a_password_is_counted_or_set_aside_by_its_name(raw, cache):
    content = bytearray(pack("zip", b"SIMPLE  ="))
    content[6] |= 1  # the bit that says so, in both of its places
    content[content.index(b"PK\x01\x02") + 8] |= 1
    for name in ("night.zip", "dark.fits.zip"):
        (raw / name).write_bytes(content)
    found = scanned(raw, cache)
    assert found.others == {".zip": 1}
    [reject] = found.rejects
    assert "dark.fits.zip" in reject.path
    assert "password" in reject.reason


def test_fits_without_ending_that_is_cut_off_is_set_aside(raw, cache):
    os.truncate(write_frame(raw / "cut", "DARK"), 3000)
    [reject] = scanned(raw, cache).rejects
    assert "shorter than its header promises" in reject.reason


@pytest.mark.parametrize(
    ("name", "ending"), [("README", ""), ("x.001", ".001"), ("v1.2 notes", ""), ("x.IMG", ".img")]
)
def test_what_is_not_fits_after_all_is_counted(raw, cache, name, ending):
    (raw / name).write_text("words")
    found = scanned(raw, cache)
    assert found.others == {ending: 1}
    assert not found.rejects
    assert recall(cache, [Source(str(raw))]) == found


def test_a_pipe_is_not_waited_for_and_a_link_to_nowhere_is_set_aside(raw, cache):
    os.mkfifo(raw / "pipe")
    (raw / "broken").symlink_to("nowhere")
    found = scanned(raw, cache)
    assert found.others == {"": 1}
    assert [reject.path for reject in found.rejects] == [str(raw / "broken")]


def test_a_second_scan_looks_into_no_unchanged_file(raw, cache, monkeypatch):
    (raw / "README").write_text("words")
    (raw / "NEWS").write_text("words")
    first = scanned(raw, cache)
    looked, real = [], entries.is_fits
    monkeypatch.setattr(entries, "is_fits", lambda path: looked.append(path) or real(path))
    assert scanned(raw, cache) == first
    assert not looked
    write_frame(raw / "NEWS", "DARK")
    assert len(scanned(raw, cache).frames) == 2
    assert looked == [str(raw / "NEWS")]


def test_folders_passed_over_keep_their_counts(raw, cache):
    (raw / "x.psd").touch()
    os.utime(raw, ns=(0, 1))
    first = scanned(raw, cache)
    assert scanned(raw, cache, pass_over=lambda frame: True) == first
    assert first.others == {".psd": 1}


def test_a_folder_that_cannot_be_entered_is_said_and_tried_again(raw, cache, monkeypatch):
    real = os.scandir

    def scandir(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    (raw / "locked").mkdir()
    monkeypatch.setattr(os, "scandir", scandir)
    found = scanned(raw, cache)
    reason = "the folder cannot be read (Permission denied; permit it)"
    assert found.unread == ((str(raw / "locked"), reason),)
    assert recall(cache, [Source(str(raw))]) == found
    monkeypatch.undo()
    assert not scanned(raw, cache).unread


def test_in_folders_of_products_nothing_but_images_is_of_interest(raw, cache):
    (raw / "report").mkdir()
    (raw / "report" / "sky.png").touch()
    (raw / "report" / "deep").mkdir()
    (raw / "report" / "deep" / "words").touch()
    (raw / "reported").mkdir()
    (raw / "reported" / "sky.png").touch()
    write_frame(raw / "report" / "b.fits", "LIGHT")
    found = scanned(raw, cache, products=[str(raw / "report")])
    assert found.others == {".png": 1}
    assert names(found) == ["a.fits", "b.fits"]


# -- files that are named -------------------------------------------------------------------------


@pytest.fixture
def here(raw, monkeypatch):
    monkeypatch.chdir(raw)
    write_frame("dark", "DARK", exptime=30.0)
    write_frame("N.002", "DARK", exptime=30.0)
    for name in ("b.psd", "notes.txt", "words", ".hidden.jpg"):
        (raw / name).write_text("words")
    (raw / "folder").mkdir()
    return raw


def test_a_pattern_means_fits_by_any_name_and_the_others_are_counted(here, cache):
    meant = sources(["*"], "raw")
    found = scan(meant, cache)
    assert names(found) == ["N.002", "a.fits", "dark"]
    assert found.others == {".psd": 1, "": 1}
    assert not found.rejects
    assert recall(cache, meant) == found


def test_a_pattern_that_means_no_frame_says_what_it_means(here):
    (here / "c.PSD").touch()
    with pytest.raises(
        ConfigError, match=r"no frame fits the pattern \*\.\[pP\]\[sS\]\[dD\]; 2 \.psd do\."
    ):
        sources(["*.[pP][sS][dD]"], "raw")


def test_a_file_that_is_named_is_read_whatever_it_is(here, cache):
    assert scan(sources(["*"], "raw"), cache).others[""] == 1
    (here / "list.txt").write_text("dark\nwords\n")
    found = scan(sources(["list.txt"], "raw"), cache)
    assert names(found) == ["dark"]
    [reject] = found.rejects
    assert (reject.path, reject.reason.partition(":")[0]) == (
        "words",
        "is neither FITS nor XISF nor a camera's raw file",
    )


def test_fits_without_ending_may_be_named_like_any_file(here, cache):
    [source] = sources(["N.002"], "raw")
    assert source.files == ("N.002",)
