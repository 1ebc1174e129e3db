"""A job loads no more than it needs, and nobody after it gets less than all."""

import subprocess
import sys

import pytest

from frames import ROOT


def said_by(code):
    head = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); "
    done = subprocess.run(
        [sys.executable, "-c", head + code], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize("module", ["products.calibrated", "products.sharing", "sky.solved"])
def test_a_job_begins_without_units_and_codecs(module):
    told = "'astropy.units' in sys.modules, 'numcodecs' in sys.modules"
    assert said_by(f"import plateworks.{module}; print({told})") == ["False", "False"]


def test_units_are_whole_for_who_asks_for_them_later():
    code = (
        "from plateworks.products.fitsio import fits; import astropy.units as u; "
        "from astropy.nddata import CCDData; "
        "print((3 * u.m).to_value(u.cm), CCDData([1], unit='adu'))"
    )
    assert said_by(code) == ["300.0", "[1]", "adu"]


def test_an_astropy_that_needs_more_of_units_loads_them():
    code = (
        "from plateworks import startup; startup._NAMED = (); "
        "from astropy.io import fits; "
        "print(fits.Card('A', 1).value, 'astropy.units' in sys.modules)"
    )
    assert said_by(code) == ["1", "True"]
