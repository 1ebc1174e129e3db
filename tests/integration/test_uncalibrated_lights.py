"""Real lights without calibration frames: refused with a reason, and solved where that is allowed.

Their headers do not say that they are lights either (no IMAGETYP); path rules do.
"""

import shutil

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from night import reduce

#: Raw frame -> right ascension and declination of its centre, as solved with Tycho-2 by others.
CENTRES = {
    "HATP-32171220013343": (31.2485, 46.7411),
    "HATP-32171220030912": (31.1418, 46.8002),
    "HATP-32171220070912": (30.7666, 46.7980),
    "unsolved": (303.2110, 46.0195),
}
AS_LIGHTS = [{"match": "**", "set": {"kind": "light"}}]


@pytest.fixture(scope="module")
def folder(shared_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uncalibrated")
    (folder / "pocs").mkdir()
    shutil.copy(shared_data / "pocs" / "unsolved.fits", folder / "pocs")
    return folder


@pytest.fixture(scope="module")
def raw(folder, shared_data):
    return [str(shared_data / "microobservatory"), "pocs"]


@pytest.fixture(scope="module")
def refused(folder, raw):
    """The run that refuses them, and the associations it wrote."""
    night = reduce(folder, raw=raw, path_rules=AS_LIGHTS)
    return night.run, night.table("plan/associations.csv")


@pytest.fixture(scope="module")
def allowed(folder, raw, refused):
    """The next run in the same folder, with the permission."""
    return reduce(folder, raw=raw, path_rules=AS_LIGHTS, calibrate={"allow_uncalibrated": True})


def test_where_no_frame_says_its_kind_nothing_starts_and_the_remedy_is_named(folder, raw):
    unknown = reduce(folder, "-n", raw=raw)
    assert unknown.run.code == 1
    assert "None of the 4 files in" in unknown.run.text
    assert "no IMAGETYP); say it by the path: path_rules, set kind" in unknown.run.text


def test_without_masters_lights_are_refused_with_a_reason(refused):
    run, associations = refused
    assert run.code == 0, run.text
    assert "Lights: 0 to calibrate and solve, 4 refused" in run.text
    reason = "no master dark matches: there is none; no master flat matches: there is none"
    assert reason in run.text
    of_lights = ("light_report", "solve_report", "lights")
    tables = ("plan", "cameras", "judge_masters", *of_lights, "all")
    assert run.stages == dict.fromkeys(tables, 1)
    why = {(row["frame"], row["slot"]): row["reason"] for row in associations}
    assert len({frame for frame, _ in why}) == 4
    for (_, slot), text in why.items():
        assert text == ("no dark is chosen" if slot == "cosmetic" else reason)
    assert not any(row["chosen"] or row["product"] for row in associations)


def test_allowed_lights_keep_their_pixels_and_claim_no_calibration(allowed, shared_data):
    assert allowed.run.code == 0, allowed.run.text
    assert "Lights: 4 to calibrate and solve, 0 refused" in allowed.run.text
    for name in CENTRES:
        product = allowed.one(f"calibrated/*/{name}.fits")
        (raw,) = (p for p in shared_data.glob("*/*") if p.stem == name)
        np.testing.assert_array_equal(fits.getdata(product), fits.getdata(raw))
        header = fits.getheader(product)
        assert not {"CALSTAT", "BIASSUB", "DARKFILE", "FLATFILE"} & set(header)
        assert "flat" not in str(header.get("HISTORY", ""))


@pytest.mark.parametrize("name", CENTRES)
def test_uncalibrated_lights_solve_where_others_have_found_them(allowed, tycho, name):
    header = fits.getheader(allowed.one(f"solved/*/{name}.fits"))
    assert header["PLTSOLVD"] is True
    x, y = (header["NAXIS1"] + 1) / 2, (header["NAXIS2"] + 1) / 2
    ra, dec = WCS(header, fix=False).all_pix2world(x, y, 1)
    east = (ra - CENTRES[name][0]) * np.cos(np.radians(dec))
    assert 3600 * np.hypot(east, dec - CENTRES[name][1]) < 5
