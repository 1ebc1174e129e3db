"""The settings of astropy's FITS in a job: those of the user, asked for once."""

import subprocess
import sys

from frames import ROOT

SHOWS = """
import os, sys
from astropy.io import fits
from plateworks.settled import settle
before = {name: getattr(fits.conf, name) for name in fits.conf}
settle()
after = {name: vars(type(fits.conf))[name] for name in before}
assert before == after and len(before) > 5, (before, after)
settle()
print(fits.conf.strip_header_whitespace, end="")
"""


def shown(folder, settings: str) -> str:
    (folder / "astropy").mkdir()
    (folder / "astropy" / "astropy.cfg").write_text(settings)
    where = {"XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT / "scripts")}
    return subprocess.check_output([sys.executable, "-c", SHOWS], env=where, text=True)


def test_settings_stay_what_they_are(tmp_path):
    assert shown(tmp_path, "") == "True"


def test_those_of_a_file_of_the_user_count(tmp_path):
    assert shown(tmp_path, "[io.fits]\nstrip_header_whitespace = False\n") == "False"


def test_without_astropy_nothing_is_loaded():
    said = (
        "import sys\nfrom plateworks.settled import settle\nsettle()\nprint('numpy' in sys.modules)"
    )
    where = {"PYTHONPATH": str(ROOT / "scripts")}
    assert subprocess.check_output([sys.executable, "-c", said], env=where, text=True) == "False\n"
