"""A model of the dark, of master darks of a sensor whose every pixel is known."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from orders import HOT, calibration_order, light_order, master_order
from plateworks.csvtable import read_table
from plateworks.darklaw import Place, darks_told, within
from plateworks.errors import PlateworksError
from plateworks.metadata.normalise import read_frame
from plateworks.orders.darkmodels import DarkModelOrder, DarkOfModel, ModelledDarkOrder
from plateworks.orders.frames import ScaledDark, Subtraction
from plateworks.orders.lights import MatchQuality, ModelledDark
from plateworks.orders.proofs import Proof, ProofOrder
from plateworks.pixels.defects import UNMODELLED
from plateworks.pixels.masks import UNMODELLED as BEYOND
from plateworks.pixels.statistics import robust_sigma
from plateworks.products.calibrated import calibrate_frames
from plateworks.products.cosmetics import make_cosmetic_list
from plateworks.products.darkmodel import make_dark_model
from plateworks.products.lists import read_list
from plateworks.products.masters import make_master
from plateworks.products.modelleddark import make_modelled_dark
from plateworks.products.pixeltable import read_pixels
from plateworks.products.proving import prove
from sensors import Sensor

PLACES = [Place(t, degc) for degc in (-20.0, -10.0) for t in (30.0, 120.0, 300.0)]
SENSOR = Sensor(
    width=128, height=96, egain=0.8, dark_rate=0.01, hot=1500, hot_rates=(0.1, 20.0), doubling=6.5,
)  # fmt: skip
#: So little warmer than the first three that a glow is not told from dark current.
CLOSE = [Place(place.exposure, -18.0) for place in PLACES[:3]]
FRAMES = 10


def write_plain(folder, sensor, place):
    """Write a master as another program might; it tells how many frames it has, and their noise."""
    taken = sensor.dark(*place, FRAMES) if place.exposure else sensor.bias(FRAMES)
    pixels = taken.mean(axis=0, dtype=np.float32)
    cards = {"IMAGETYP": "Master Dark", "EXPTIME": place.exposure, "CCD-TEMP": place.temperature}
    charge = np.median(sensor.dark_electrons(*place)) if place.exposure else 0.0
    noise = np.hypot(sensor.noise, charge**0.5 / sensor.egain) / FRAMES**0.5
    cards |= {"NCOMBINE": FRAMES, "PWNOISE": noise, "EGAIN": sensor.egain, "INSTRUME": "Sim"}
    path = folder / f"master_{place.exposure:g}s_{place.temperature:g}c.fits"
    fits.writeto(path, pixels, fits.Header(cards.items()))
    return path


def write_master(folder, sensor, place, frames=FRAMES):
    """Write frames of a place, and the master of them; a place of no exposure is a bias."""
    name, paths = f"{place.exposure:g}s_{place.temperature:g}c", []
    kind = "dark" if place.exposure else "bias"
    taken = sensor.dark(*place, frames) if place.exposure else sensor.bias(frames)
    for number, pixels in enumerate(taken):
        paths.append(folder / f"{name}_{number}.fits")
        cards = {"IMAGETYP": kind, "EXPTIME": place.exposure, "SET-TEMP": place.temperature}
        cards |= {"CCD-TEMP": place.temperature, "INSTRUME": "Sim", "EGAIN": sensor.egain}
        fits.writeto(paths[-1], pixels, fits.Header(cards.items()))
    path = folder / f"master_{name}.fits"
    make_master(master_order(kind, paths), str(path))
    return path


def write_model(folder, sensor, places=PLACES, write=write_plain):
    """Write masters and a model of them; return its path, and what it was told."""
    darks = [str(write(folder, sensor, place)) for place in places]
    bias = str(write(folder, sensor, Place(0.0, -10.0)))
    inside = [
        within([other for other in places if other != place], place, 1.0, 0.0) is not None
        for place in places
    ]
    order = DarkModelOrder(
        darks=tuple(
            DarkOfModel(path=path, exposure=one.exposure, temperature=one.temperature, inside=held)
            for path, one, held in zip(darks, places, inside, strict=True)
        ),
        bias=bias,
        bias_inside=True,
        degrees=1.0,
    )
    make_dark_model(order, str(folder / "model.fits"))
    return folder / "model.fits", order


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model"), SENSOR, write=write_master)


def made(model, place, output, **more):
    order = ModelledDarkOrder(
        model=str(model), exposure=place.exposure, temperature=place.temperature,
        **{"uncertainty": True, **more},
    )  # fmt: skip
    make_modelled_dark(order, str(output))
    return output


def test_a_model_serves_where_no_single_dark_does_as_well(model):
    header = fits.getheader(model[0])
    assert header["DMSERVES"], header.get("DMWHYNOT")
    assert abs(header["DMMEAN"]) <= 0.1
    assert header["DMHOT"] <= 2
    assert header["DMHOTADU"] < header["DMHOTONE"]
    assert abs(header["DMDOUBLE"] - SENSOR.doubling) < 0.3


def test_the_plan_of_another_run_reads_in_its_header_where_its_darks_are(model, tmp_path):
    frame = read_frame(model[0])
    assert darks_told(frame.model) == [(place, FRAMES) for place in PLACES]
    dark = made(model[0], Place(200.0, -14.0), tmp_path / "dark.fits")
    assert read_frame(dark).model == ""


def test_the_list_of_its_dark_names_what_harms_and_what_no_dark_predicts(model, tmp_path):
    dark = made(model[0], Place(200.0, -14.0), tmp_path / "dark.fits")
    make_cosmetic_list(replace(HOT, max_fraction=1.0), str(dark), str(tmp_path / "cosme.lst"))
    listed = read_list(tmp_path / "cosme.lst", SENSOR.shape).pixels
    electrons = SENSOR.dark_electrons(200.0, -14.0)
    harm = np.hypot(1.0, electrons**0.5 / SENSOR.read_noise) - 1
    assert {*np.flatnonzero(harm > 0.6)} <= {*(y * SENSOR.width + x for x, y in listed)}
    assert not {*np.flatnonzero(harm < 0.05)} & {*(y * SENSOR.width + x for x, y in listed)}


def test_its_darks_are_true_within_their_stated_errors(model, tmp_path):
    dark = made(model[0], Place(200.0, -14.0), tmp_path / "dark.fits")
    with fits.open(dark) as hdus:
        pixels, sigma, header = hdus[0].data, hdus["UNCERT"].data, hdus[0].header
    true = SENSOR.maps.bias + SENSOR.dark_electrons(200.0, -14.0) / SENSOR.egain
    off = pixels - true
    pulls = off / sigma
    assert abs(off.mean()) < 0.1
    assert np.std(pulls) == pytest.approx(1.0, abs=0.1)
    assert np.std(pulls[SENSOR.maps.hot]) == pytest.approx(1.0, abs=0.2)
    assert (header["EXPTIME"], header["CCD-TEMP"]) == (200.0, -14.0)
    assert header["PWNOISE"] == pytest.approx(np.std(off[~SENSOR.maps.hot]), rel=0.15)
    charge = np.median(SENSOR.dark_electrons(200.0, -14.0))
    one = np.hypot(SENSOR.noise, charge**0.5 / SENSOR.egain)
    assert header["PWFNOISE"] == pytest.approx(one, rel=0.1)


def test_the_same_darks_give_the_same_bytes(model, tmp_path):
    again = tmp_path / "again.fits"
    make_dark_model(model[1], str(again))
    assert again.read_bytes() == Path(model[0]).read_bytes()
    place = Place(200.0, -14.0)
    one, other = (made(model[0], place, tmp_path / f"{n}.fits") for n in range(2))
    assert one.read_bytes() == other.read_bytes()


@cache
def _sensor(**glow):
    return Sensor(width=128, height=96, egain=0.8, dark_rate=0.01, hot=500, doubling=6.5, **glow)


@pytest.mark.parametrize(
    ("places", "sensor", "words"),
    [
        ([Place(t, degc) for t, degc in PLACES[:3]] + CLOSE, _sensor(glow=0.2), "temperature"),
        (PLACES[:3], _sensor(glow=2.0, glow_power=0.5), "exposure"),
    ],
)
def test_glow_that_does_not_scale_is_named(tmp_path, places, sensor, words):
    model, _ = write_model(tmp_path, sensor, places)
    told = fits.getheader(model)["DMGLOW"]
    assert words in told
    rows = read_pixels(model)
    some = rows.kinds & UNMODELLED != 0
    assert np.median(sensor.maps.glow[rows.y[some], rows.x[some]]) > 4 * np.median(sensor.maps.glow)


def test_glow_that_scales_is_in_the_model(tmp_path):
    model, _ = write_model(tmp_path, _sensor(glow=0.2), PLACES[:3])
    header = fits.getheader(model)
    assert "DMGLOW" not in header
    assert "DMSTEADY" not in header


def test_glow_that_does_not_cool_is_told_from_dark_current_by_two_temperatures(tmp_path):
    sensor = replace(SENSOR, glow=0.3)
    model, _ = write_model(tmp_path, sensor)
    with fits.open(model) as hdus:
        header, glow = hdus[0].header, hdus["GLOW"].data
    assert header["DMSERVES"], header.get("DMWHYNOT")
    assert "DMGLOW" not in header
    assert abs(header["DMMEAN"]) <= 0.1
    assert header["DMHOT"] <= 2
    plain = ~sensor.maps.hot
    off = glow[plain] - sensor.maps.glow[plain] / sensor.egain
    assert abs(off.mean()) < 5e-4
    assert np.corrcoef(glow[plain], sensor.maps.glow[plain])[0, 1] > 0.98
    dark = made(model, Place(200.0, -14.0), tmp_path / "dark.fits")
    true = sensor.maps.bias + sensor.dark_electrons(200.0, -14.0) / sensor.egain
    with fits.open(dark) as hdus:
        off, sigma = hdus[0].data - true, hdus["UNCERT"].data
    assert abs(off.mean()) < 0.1
    assert np.std((off / sigma)[plain]) == pytest.approx(1.0, abs=0.1)
    assert np.std((off / sigma)[~plain]) == pytest.approx(1.0, abs=0.2)


@pytest.fixture(scope="module")
def poor(tmp_path_factory):
    """A model that its darks do not bear out, since half of the chip glows as no dark current."""
    folder = tmp_path_factory.mktemp("poor")
    return write_model(folder, _sensor(glow=8.0, glow_power=0.4), PLACES[:3])


def test_a_model_that_no_dark_bears_out_says_why_it_does_not_serve(poor, tmp_path):
    header = fits.getheader(poor[0])
    assert not header["DMSERVES"]
    assert "the mean is off by" in header["DMWHYNOT"]
    dark = made(poor[0], Place(60.0, -20.0), tmp_path / "dark.fits")
    assert not fits.getheader(dark)["DMSERVES"]


def calibrated(folder, model, place, **more):
    """Calibrate a light of SENSOR with a dark of a model, else with a dark of another exposure."""
    raw, output = folder / "light.fits", folder / "calibrated.fits"
    stars = [(x, y, 300.0) for x, y in ((20, 30), (90, 60))]
    pixels = SENSOR.light(stars, 0.05, place.exposure, temperature=place.temperature)[0]
    cards = {"IMAGETYP": "light", "EXPTIME": place.exposure, "CCD-TEMP": place.temperature}
    cards |= {"EGAIN": SENSOR.egain, "RDNOISE": SENSOR.read_noise}
    fits.writeto(raw, pixels, fits.Header(cards.items()))
    dark = made(model[0], place, folder / "model_dark.fits")
    own = subtracted(model[1].darks[2].path)
    order = light_order(raw, output, subtraction=own)
    modelled = ModelledDark(
        frame=replace(order.frame, subtraction=subtracted(str(dark))),
        match=MatchQuality(level=1, reason="modelled from 6 darks"),
        **more,
    )
    order = replace(order, match=MatchQuality(level=3, reason="unscaled"), modelled=modelled)
    calibrate_frames(calibration_order([order], uncertainty=True))
    return output


def subtracted(path):
    return Subtraction(dark=ScaledDark(path=path, k=1.0, bias_inside=True))


def test_a_light_gets_the_dark_of_a_model_that_serves(model, tmp_path):
    place = Place(200.0, -14.0)
    output = calibrated(tmp_path, model, place)
    with fits.open(output) as hdus:
        header, pixels, sigma = hdus[0].header, hdus[0].data, hdus["UNCERT"].data
    assert header["DARKFILE"] == "model_dark.fits"
    assert header["DARKMODL"] == fits.getheader(model[0])["PWDIGEST"]
    assert (header["DARKMEXP"], header["DARKMTMP"]) == place
    assert (header["DARKLEV"], header["DARKWHY"]) == (1, "modelled from 6 darks")
    assert "DARKMNOT" not in header
    sky = np.median(pixels)
    hot = SENSOR.maps.hot & (SENSOR.dark_electrons(*place) < 5000)
    pulls = (pixels - sky)[hot] / sigma[hot]
    assert robust_sigma(pulls) == pytest.approx(1.0, abs=0.15)  # some lie under a star


def test_a_light_does_without_a_model_that_does_not_serve_and_says_why(poor, tmp_path):
    header = fits.getheader(calibrated(tmp_path, poor, Place(200.0, -20.0)))
    assert header["DARKFILE"] == Path(poor[1].darks[2].path).name
    assert (header["DARKLEV"], header["DARKWHY"]) == (3, "unscaled")
    assert "the mean is off by" in header["DARKMNOT"]
    assert "DARKMODL" not in header


def test_a_light_that_cannot_do_without_it_is_set_aside(poor, tmp_path):
    output = calibrated(tmp_path, poor, Place(200.0, -20.0), lacking="no master dark matches")
    told = fits.getheader(output)["PWFAIL"]
    assert told.startswith("the model of the dark does not serve: ")
    assert told.endswith("; no master dark matches")


def test_pixels_beyond_the_model_are_marked_in_lights(tmp_path):
    sensor = _sensor(flickering=40, flicker_steps=(60.0, 200.0))
    model = write_model(tmp_path, sensor)
    rows = read_pixels(model[0])
    output = calibrated(tmp_path, model, Place(200.0, -14.0))
    with fits.open(output) as hdus:
        mask, cards, header = hdus["MASK"].data, hdus["MASK"].header, hdus[0].header
    assert header["DARKFILE"] == "model_dark.fits", header["DARKMNOT"]
    marked = mask & BEYOND != 0
    some = rows.kinds & UNMODELLED != 0
    assert marked[rows.y[some], rows.x[some]].all()
    assert header["NBIT11"] == np.count_nonzero(marked) == np.count_nonzero(some)
    assert np.count_nonzero(marked & sensor.maps.flickering) > 30
    assert cards["BIT11"] == BEYOND


def test_a_model_is_proved_by_its_darks_and_its_own_darks_by_it(model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(model[0].parent, folder)
    raw = tuple((path.name, str(path)) for path in folder.glob("*s_*c_*.fits"))
    darks = [str(folder / Path(path).name) for path in model[1].files()]
    found = str(folder / "model.fits")
    dark = str(made(found, Place(200.0, -14.0), folder / "dark.fits"))
    order = ProofOrder(
        products=(
            *(Proof(product=path, raw=raw, made=()) for path in darks),
            Proof(product=found, raw=(), made=tuple(darks)),
            Proof(product=dark, raw=(), made=(found,)),
        )
    )
    prove(order, str(folder / "verify.csv"))
    for spoilt, hanging in ((found, {found, dark}), (darks[1], {darks[1], found, dark})):
        with fits.open(spoilt, mode="update", memmap=False) as hdus:
            hdus[0].data += 1
        with pytest.raises(PlateworksError, match=f"{len(hanging)} of {len(darks) + 2} products"):
            prove(order, str(folder / "verify.csv"))
        faults = {row["product"]: row["link"] for row in read_table(folder / "verify.csv")}
        assert {path for path, link in faults.items() if link} == hanging
        shutil.copy(model[0].parent / Path(spoilt).name, spoilt)
