"""A complete set of frames as beginners take it, without a setting: all lights, doubts named.

Bias while the camera cools from 12 to 2 degrees, darks of 20 s for lights of 30 and 60 s, and flats
of three days later with the cooler off.
"""

import csv

import numpy as np
import pytest
from astropy.io import fits

from inprocess import SKY, expose, is_even, lights, reduce, sensor
from plateworks.matching.match import ACCEPTABLE
from plateworks.report.planpage import render
from plateworks.report.plantables import write_tables
from plateworks.report.preview import summarise

#: ADU a second at 8 degrees C; twice as many 6 degrees on.
CURRENT = 0.2
#: ADU that the bias moves with each degree.
DRIFT = 0.4
COOLING = (12.0, 11.1, 9.9, 8.2, 7.0, 5.1, 3.9, 2.0)
FLAT_ADU = 50_000.0


def take(folder, kind, number, degrees, seconds, **cards):
    """Write one frame, as the sensor is at its temperature."""
    of = sensor()
    current = CURRENT * 2 ** ((degrees - 8.0) / 6.0)
    of = of._replace(dark=np.full(of.dark.shape, seconds * current))

    def warm(pixels, told):
        noise = np.random.default_rng([number, int(10 * degrees), int(seconds)])
        more = DRIFT * degrees + noise.normal(0, 2.0, pixels.shape)
        if kind == "flat":
            more += (FLAT_ADU - 20_000.0) * of.flat
        return np.rint(pixels + more).astype(np.uint16), told

    expose(
        folder / f"{kind}_{seconds:g}s_{number}", kind, 1, of, warm,
        SET_TEMP=None, CCD_TEMP=degrees, EXPTIME=seconds, **cards,
    )  # fmt: skip


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    raw = tmp_path_factory.mktemp("dirty") / "raw"
    for i, degrees in enumerate(COOLING):
        take(raw, "bias", i, degrees, 0.0, DATE_OBS=f"2025-03-01T18:{i:02d}:00")
    for i in range(6):
        degrees = 5.0 + 0.2 * i
        take(raw, "dark", i, degrees, 20.0, DATE_OBS=f"2025-03-02T04:{i:02d}:00")
        take(raw, "flat", i, 24.0 + 0.1 * i, 0.03, DATE_OBS=f"2025-03-04T17:{i:02d}:00")
    for i, seconds in enumerate((30.0, 30.0, 60.0, 60.0)):
        take(raw, "light", i, 4.0 + 0.3 * i, seconds, DATE_OBS=f"2025-03-01T22:{i:02d}:00")
    return reduce(raw)


def test_every_light_is_delivered_and_its_sky_is_even(night):
    assert [light.refused for light in night.lights] == [""] * 4
    made = lights(night)
    assert len(made) == 4
    for hdus in made:
        # Bias alone leaves the dark current of a minute in the longer ones.
        left = CURRENT * 60.0 if hdus[0].header["EXPTIME"] == 60.0 else 0.0
        level = SKY * float(np.median(sensor().flat)) + left
        assert is_even(hdus[0].data, level, 0.05)


def test_every_frame_that_can_serve_does(night):
    made = [one for one in night.masters if not one.refused]
    assert tuple(made) == tuple(night.masters)
    counts = {}
    for one in made:
        kind = one.source.key.kind
        counts[kind] = counts.get(kind, 0) + len(one.source.frames)
    assert counts == {"bias": len(COOLING), "dark": 6, "flat": 6}
    for one in made:
        with fits.open(one.path) as hdus:
            assert hdus[0].header["NCOMBINE"] == len(one.source.frames)


def test_the_doubts_of_each_light_are_named(night, tmp_path):
    assert {light.level for light in night.lights} == {ACCEPTABLE}
    for light in night.lights:
        warm = "instead of 24 degC, which changes a flat little"
        assert warm in light.flat.reason and "3 days newer" in light.flat.reason
        longer = light.frame.exposure == 60.0
        doubt = (
            "bias alone, a dark of 20 s would be scaled by 3" if longer else "20 s scaled by 1.5"
        )
        assert doubt in light.dark.reason
    (tmp_path / "plan").mkdir()
    write_tables(night, str(tmp_path / "plan"))
    with open(tmp_path / "plan" / "associations.csv", newline="") as stream:
        told = {(row["frame"], row["slot"]): row["reason"] for row in csv.DictReader(stream)}
    page, text = render(night), summarise(night)
    for light in night.lights:
        assert told[light.frame.path, "flat"] == light.flat.reason
        slot = "bias" if light.dark.master.kind == "bias" else "dark"
        assert told[light.frame.path, slot] == light.dark.reason
        assert light.flat.reason in page
        assert light.dark.reason.partition(";")[0] in text  # lights a little apart share a line
    for hdus in lights(night):
        header = hdus[0].header
        assert (header["DARKLEV"], header["FLATLEV"]) == (ACCEPTABLE, ACCEPTABLE)
        assert "instead of 24" in header["FLATWHY"]
