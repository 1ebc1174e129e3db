"""A job loads no more than it needs, and nobody after it gets less than all."""

import os
import subprocess
import sys

import pytest

from frames import ROOT


def said_by(code, **environment):
    head = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); "
    kept = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", head + code],
        capture_output=True,
        text=True,
        check=True,
        env=kept | environment,
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


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted on Linux")
@pytest.mark.parametrize("module", ["products.masters", "products.sharing", "sky.solved"])
def test_a_job_begins_with_one_thread(module):
    code = f"import os, plateworks.{module}; print(len(os.listdir('/proc/self/task')))"
    assert said_by(code, OMP_NUM_THREADS="2") == ["1"]


def test_who_says_how_many_threads_openblas_may_have_is_heard():
    code = "import os, plateworks; print(os.environ['OPENBLAS_NUM_THREADS'])"
    assert said_by(code, OPENBLAS_NUM_THREADS="2") == ["2"]
