"""A master that is replaced while a job reads it makes no light of two masters."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from frames import write_frame
from orders import calibration_order, light_order
from plateworks.errors import FrameError, TroubleError
from plateworks.orders.frames import Subtraction
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.inputs import Inputs
from plateworks.products.reading import FrameReader

SHAPE = (40, 60)


def write_master(path: Path, level: float) -> str:
    """Write a bias of another program, by rename as careful ones do, with another time."""
    new = path.with_suffix(".new")
    header = fits.Header([("IMAGETYP", "Master Bias"), ("PWNOISE", level / 100)])
    fits.writeto(new, np.full(SHAPE, level, np.float32), header, overwrite=True)
    os.utime(new, ns=(0, int(level)))
    os.replace(new, path)
    return str(path)


@pytest.fixture
def master(tmp_path) -> str:
    return write_master(tmp_path / "bias.fits", 500.0)


@pytest.fixture
def replaced(master, monkeypatch):
    """Let the master be replaced once its pixels are read."""
    read = FrameReader.read

    def and_replace(reader, out=None):
        pixels = read(reader, out)
        if reader.path == master:
            write_master(Path(master), 700.0)
        return pixels

    monkeypatch.setattr(FrameReader, "read", and_replace)


def test_a_master_that_is_replaced_while_it_is_read_is_said(master, replaced):
    with pytest.raises(TroubleError, match="was changed or replaced while it was read"):
        Inputs().master(master)


def test_what_is_read_of_a_master_later_is_of_the_same_file(master):
    inputs = Inputs()
    assert inputs.master(master).median == 500.0
    write_master(Path(master), 700.0)
    assert inputs.master(master).median == 500.0  # it is held in memory
    with pytest.raises(TroubleError, match="run again"):
        inputs.noise(master)
    assert Inputs().noise(master) == 7.0


def test_a_master_that_cannot_be_read_while_it_is_replaced_is_no_damaged_one(master, monkeypatch):
    def breaks_off(reader, out=None):
        write_master(Path(master), 700.0)
        raise FrameError(master, "it ends before row 3")

    monkeypatch.setattr(FrameReader, "read", breaks_off)
    with pytest.raises(TroubleError, match="was changed or replaced"):
        Inputs().master(master)


def test_a_master_that_is_damaged_stays_so_and_one_that_is_gone_is_said(master):
    os.truncate(master, 3000)
    with pytest.raises(FrameError):
        Inputs().master(master)
    os.unlink(master)
    with pytest.raises(TroubleError, match="No such file"):
        Inputs().master(master)


def test_no_light_is_made_of_two_masters(master, replaced, tmp_path):
    raw = write_frame(tmp_path / "light.fits", "LIGHT", exptime=60.0, width=60, height=40)
    light = light_order(raw, tmp_path / "out.fits")
    taken = replace(light.frame, subtraction=Subtraction(bias=master))
    with pytest.raises(TroubleError, match="was changed or replaced"):
        calibrate_frames(calibration_order([replace(light, frame=taken)]))
    assert not (tmp_path / "out.fits").exists()
