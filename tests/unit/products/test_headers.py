"""Headers of raw frames as products carry them on: mended, and without what described the array."""

import numpy as np
import pytest
from astropy.io import fits

from headerfiles import write_sparse
from plateworks.products.headers import (
    ascii_text,
    clean_header,
    original_header,
    put,
    put_text,
)

STRUCTURE = ["SIMPLE  =                    T", "BITPIX  =                   16",
             "NAXIS   =                    2", "NAXIS1  =                   16",
             "NAXIS2  =                    8", "BZERO   =                32768"]  # fmt: skip
ODD = [
    "EXPTIME = 30.0 / not where it should stand",
    "GAIN    =                 0.10 / more digits than it needs",
    "object  = 'lower case'",
    "FILTER  = 'it''s ''Ha'''       / quotes",
    "NOTE    = 'a text that is long and goes on in the next card, which &'",
    "CONTINUE  'can hold it'           / and its comment",
    "HIERARCH Camera Set Point = -10.0 / degrees",
    "SITELAT = +47 00 00",
    "BROKEN  = 'no quote at its end",
    "HISTORY as it was",
    "COMMENT as it is",
    "",
    "HISTORY once more",
    "GAIN    =                    7 / the same keyword again",
]


def plainly(path):
    """Mend a header card by card, each anew: the slow reference."""
    out = fits.Header()
    with fits.open(path, ignore_missing_simple=True) as hdus:
        for card in hdus[0].header.cards:
            try:
                card.verify("silentfix+ignore")
                out.append((card.keyword, card.value, card.comment), end=True)
            except (fits.VerifyError, ValueError):
                continue
    return clean_header(out)


@pytest.mark.filterwarnings("ignore::astropy.io.fits.verify.VerifyWarning")
def test_odd_cards_are_mended_as_astropy_mends_them(tmp_path):
    path = write_sparse(tmp_path / "a.fits", [*STRUCTURE, *ODD])
    header = original_header(str(path))
    assert header.tostring() == plainly(path).tostring()
    assert header["EXPTIME"] == 30.0 and header["NOTE"].endswith("which can hold it")
    assert not {"SIMPLE", "NAXIS", "NAXIS2", "BZERO"} & set(header)


def test_a_header_in_an_extension_is_mended_too(tmp_path):
    cards = fits.Header([("OBJECT", "M 31", "what"), ("GAIN", 100)])
    image = fits.ImageHDU(np.zeros((8, 16), np.int16), cards)
    fits.HDUList([fits.PrimaryHDU(header=fits.Header([("ORIGIN", "here")])), image]).writeto(
        tmp_path / "a.fits"
    )
    header = original_header(str(tmp_path / "a.fits"))
    assert (header["ORIGIN"], header["OBJECT"], header["GAIN"]) == ("here", "M 31", 100)


def test_what_is_changed_in_one_header_is_not_changed_in_the_next(tmp_path):
    path = str(write_sparse(tmp_path / "a.fits", [*STRUCTURE, "GAIN    =                  100"]))
    first = original_header(path)
    first["GAIN"] = (5, "changed")
    del first["GAIN"]
    assert original_header(path).tostring().startswith("GAIN    =                  100   ")


@pytest.mark.parametrize("text", ["été", "line\nbreak", "it's", "x" * 200, "\x00\x1b[31m", ""])
def test_any_text_fits_a_card(text):
    header = fits.Header()
    put(header, "TEXT", text, "a comment that is rather long for its card, far too long in fact")
    assert len(header.cards["TEXT"].image) == 80
    assert header.tostring().isprintable()
    assert ascii_text(text).isascii()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "text", ["n", "n" * 55, "n" * 68, "n'" * 34, "n'" * 22, "n" * 69, "n" * 200]
)
def test_a_text_of_any_length_keeps_whole_and_its_comment_gives_way(text):
    header = fits.Header()
    put_text(header, "TEXT", text, "a comment that is rather long for its card")
    assert fits.Header.fromstring(header.tostring())["TEXT"] == text
