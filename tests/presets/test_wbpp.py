"""The preset wbpp with PixInsight as the engine: all goes on with its masters."""

import re

import numpy as np

from night import write_small_night
from pixinsightprogram import write_pixinsight
from plateworks.metadata.normalise import read_frame
from plateworks.products.imagefiles import read_image, read_image_header
from plateworks.settings.configuration import load_yaml
from workflow import ROOT, snakemake

TAIL = "SETTEMP_-10.00_GAIN_100_OFFSET_50_INSTRUME_ZWO-ASI2600MM-Pro_READOUTM_high-gain-mode.xisf"
MASTERS = [
    f"masterBias_{TAIL}",
    f"masterDark_EXPOSURE_60.00_{TAIL}",
    f"masterFlat_FILTER_L_DATE-OBS_2025-08-15_{TAIL}",
]
PRESET = ROOT / "config" / "presets" / "wbpp.yaml"


def test_pixinsight_makes_the_masters_and_lights_are_calibrated_with_them(tmp_path):
    write_small_night(tmp_path, lights=(1, 0))
    options = [
        "calibrated", "--configfile", str(PRESET), "--config", "raw=raw",
        "masters={engine: pixinsight}", f"pixinsight={{binary: {write_pixinsight(tmp_path)}}}",
        "xisf_compression=lz4+sh",
    ]  # fmt: skip
    done = snakemake(tmp_path, *options)
    assert done.code == 0, done.text
    results = tmp_path / "results"
    assert sorted(path.name for path in (results / "master").glob("*")) == MASTERS
    assert done.jobs["pixinsight_image"] == 3
    for name in MASTERS:
        master = read_image(results / "master" / name)
        assert master.header["PWENGINE"] == "PixInsight"
        assert np.median(master.data) > 50  # ADU, not 0 to 1
        frame = read_frame(results / "master" / name)
        assert frame.is_master and (frame.gain, frame.offset, frame.set_temp) == (100, 50, -10)
        packed = re.search(
            rb'compression="lz4\+sh:\d+:4"', (results / "master" / name).read_bytes()
        )
        assert packed
    [light] = (results / "calibrated").glob("*/*_c.xisf")
    assert read_image_header(light)["DARKFILE"] == MASTERS[1]
    again = snakemake(tmp_path, "-n", *options)
    assert "Nothing to be done" in again.text


def test_the_preset_has_the_limits_of_the_guide():
    masters = load_yaml(PRESET)["masters"]
    assert set(masters["method"].values()) == {"winsorized"}
    assert masters["rejection"] == {"low": 4.0, "high": 3.0, "cutoff": 5.0}
