"""A file that is no image of ours is told of in plain words."""

import pytest

from plateworks.errors import FrameError
from plateworks.metadata.cards import read_cards


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture"),
        (b"MM\0*\0\0\0\x08", "it is a TIFF picture, or a camera's raw file under another name"),
        (b"<html lang=en>", "it is a page of the web"),
        (b'{"frames": 3}', 'it begins with the text "{"frames"'),
        (bytes(64), "it begins with zeros where its header should be; copy it again"),
        (b"\x01\xfe\x80abcdefgh", "it begins with the bytes 01 fe 80 61 62 63 64 65"),
        (b"a\nb\tc", "it begins with the bytes 61 0a 62 09 63"),
    ],
)
def test_what_a_file_is_instead_of_an_image_is_said(tmp_path, start, words):
    (tmp_path / "light.fits").write_bytes(start)
    with pytest.raises(FrameError) as raised:
        read_cards(str(tmp_path / "light.fits"))
    assert raised.value.reason.startswith("is neither FITS nor ")
    assert raised.value.reason.endswith(f": {words}")
