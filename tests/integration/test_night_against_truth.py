"""The whole demonstration night, as ``make demo`` runs it, held against its known truth.

What is expected of a pixel, and how far it may be off, is computed here from the sensor's model and
the number of frames: a pull is the distance from the truth in units of that noise.
"""

import csv
import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image

from night import Reduced, listed_pixels
from plateworks.demo.sensor import Sensor
from plateworks.demo.truth import read_light, read_sensor
from plateworks.pixels.masks import COSMIC
from unit.pixels.reference_combine import combine_pixel
from workflow import snakemake

SENSOR = Sensor()
TARGET = 5000.0  # ADU, of a master flat


@pytest.fixture(scope="module")
def demo(root):
    """Run one command of the demonstration, and return what it says."""
    return partial(
        subprocess.run,
        cwd=root / "scripts",
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture(scope="module")
def night(root, demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    demo([sys.executable, "-m", "plateworks.demo", "make", folder])
    preset = root / "config" / "presets" / "demo.yaml"
    return Reduced(folder, snakemake(folder, "--configfile", str(preset)))


@pytest.fixture(scope="module")
def truth(night):
    return read_sensor(night.folder / "truth" / "sensor.fits")


@pytest.fixture(scope="module")
def exposures(night):
    """Every raw frame as the generator took it."""
    with open(night.folder / "truth" / "frames.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row for row in rows if row["truncated"] == "0"]


def of_kind(exposures, kind, **values):
    return [e for e in exposures if e["kind"] == kind and values.items() <= e.items()]


def warmth(frames):
    """Mean dark current of some frames, as a multiple of that at the reference temperature."""
    return np.mean([SENSOR.warmth(float(frame["temperature"])) for frame in frames])


def variance(electrons):
    """ADU**2 of one frame: electrons of light and dark, the reading, and the converter's step."""
    return (electrons + SENSOR.read_noise**2) / SENSOR.egain**2 + 1 / 12


def dark_electrons(truth, frames):
    seconds = np.mean([float(frame["exposure"]) for frame in frames])
    return truth["DARK"].astype(np.float64) * warmth(frames) * seconds


def assert_unbiased(pulls, mean=0.0, error=0.0):
    """Pulls have the `mean` that is expected, known to `error`, and the scatter of pure noise."""
    assert abs(pulls.mean() - mean) < 5 * np.hypot(error, 1 / np.sqrt(pulls.size))
    assert 0.9 < pulls.std() < 1.15
    assert np.mean(np.abs(pulls) > 5) < 1e-4


# --- the run ----------------------------------------------------------------------------------


def test_the_night_goes_through_and_every_whole_light_is_solved(night, exposures):
    assert night.run.code == 0, night.run.text
    assert "Traceback" not in night.run.text
    rows = night.table("report/solved.csv")
    assert len(rows) == len(of_kind(exposures, "light")) == 10
    assert {row["solved"] for row in rows} == {"True"}


def test_the_summary_says_what_was_found_and_what_will_be_made(night):
    text = night.run.text
    for line in (
        r"Found 88 raw frames in raw",
        r"bias +ZWO ASI2600MM Pro +20250809 +-10 °C +1200x800 +16",
        r"dark +ZWO ASI2600MM Pro +20250810 +120 s +-10 °C +1200x800 +14",
        r"flat +ZWO ASI2600MM Pro +20250815 +Ha +1200x800 +12",
        r"light +ZWO ASI2600MM Pro +20250815 +L +60 s +-10 °C +1200x800 +5",
        r"Masters: 7 to make, 0 found",
        r"Lights: 10 to calibrate and solve, 0 refused",
        r"5 +light_60s_l_m10c_20250815 +exact",
        r"Set aside: 1 file",
    ):
        assert re.search(rf"^ *{line}$", text, re.MULTILINE), line
    assert text.index("Set aside") < text.index("Job stats")


def test_the_readme_shows_how_the_demonstration_ends(night, root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    shown, told = (text.partition("\nMade so far\n")[2] for text in (readme, night.run.text))
    shown = shown.partition("\n\nWhat calibration bought")[0]
    measured = re.compile(r"\d+\.\d+")  # the last figures depend on libraries
    assert measured.sub("#", shown) == measured.sub("#", told.rstrip())


def test_the_truncated_light_is_set_aside_by_name_and_reason(night):
    (row,) = night.table("plan/rejects.csv")
    assert row["path"].endswith("_0005.fits")
    assert re.search(r"shorter than its header promises: [\d,]+ bytes of [\d,]+", row["reason"])
    assert row["path"] in night.run.text and row["reason"] in night.run.text
    assert not list(night.results.glob("*/*/*_0005.fits"))


def test_the_comparison_shows_what_calibration_bought(night, demo):
    picture = night.results / "report" / "comparison.png"
    command = [sys.executable, "-m", "plateworks.demo", "compare", night.folder, night.results]
    said = demo([*command, "--png", picture]).stdout
    rows = {line[:38].strip(): line[38:].split() for line in said.splitlines()}
    raw, calibrated, true = rows["detections above 5 sigma"]
    assert int(raw) > 2 * int(true) > int(calibrated)
    raw, calibrated = rows["of which false"]
    with Image.open(picture) as image:
        assert image.format == "PNG"
        assert min(image.size) > 300
        assert len(image.convert("L").getcolors()) > 50
    raw, calibrated, true = rows["background gradient, % of sky"]
    assert abs(float(calibrated) - float(true)) < 1 < float(raw) - float(true)
    assert float(rows["error against the true WCS, arcsec"][-1]) < 0.3


# --- masters ----------------------------------------------------------------------------------


def clipping_shift(electrons, frames, columns=12_000):
    """Return by how many sigmas clipping moves the mean of dark frames, and how well that is known.

    With fewer sigmas allowed above than below, Winsorized clipping is a little low.  The shift is
    drawn with the slow reference; against the mean of the same draws its scatter is small.
    """
    rng = np.random.default_rng(1)
    expected = rng.choice(electrons.ravel(), columns)
    drawn = rng.poisson(expected, (frames, columns)) / SENSOR.egain
    drawn += rng.normal(500.5, SENSOR.read_noise / SENSOR.egain, drawn.shape)
    drawn = np.rint(drawn)
    clipped = np.array([combine_pixel(column, "winsorized", quantum=1.0)[0] for column in drawn.T])
    shift = (clipped - drawn.mean(axis=0)) / np.sqrt(variance(expected) / frames)
    return shift.mean(), shift.std() / np.sqrt(columns)


@pytest.fixture(scope="module")
def dark_shift(truth, exposures):
    frames = of_kind(exposures, "dark", exposure="120")
    return clipping_shift(dark_electrons(truth, frames), len(frames))


@pytest.mark.parametrize("seconds", ["60", "120"])
def test_master_darks_are_the_true_dark_within_their_noise(
    night, truth, exposures, dark_shift, seconds
):
    frames = of_kind(exposures, "dark", exposure=seconds)
    assert len(frames) == 14
    electrons = dark_electrons(truth, frames)
    sigma = np.sqrt(variance(electrons) / len(frames))
    master = night.image(f"masters/*/dark_{seconds}s_*.fits")
    pulls = (master - truth["BIAS"] - electrons / SENSOR.egain) / sigma
    assert_unbiased(pulls, *dark_shift)
    assert abs(pulls.mean()) < 0.1


def test_the_master_bias_is_the_true_bias_within_its_noise(night, truth, exposures):
    frames = of_kind(exposures, "bias")
    sigma = np.sqrt(variance(0.0) / len(frames))
    pulls = (night.image("masters/*/bias_*.fits") - truth["BIAS"]) / sigma
    assert_unbiased(pulls, *clipping_shift(np.zeros(1), len(frames)))


def flat_noise(truth, exposures, band):
    """Return the noise of a master flat, as a part of its median, at each pixel."""
    frames = of_kind(exposures, "flat", filter=band)
    flat_darks = len(of_kind(exposures, "darkflat")) / 2
    full = 0.45 * SENSOR.saturation * SENSOR.egain  # electrons where the flat is 1
    dark = dark_electrons(truth, frames)
    light = truth[f"FLAT_{band.upper()}"] * full
    total = variance(light + dark) / len(frames) + variance(dark) / flat_darks
    return np.sqrt(total) * SENSOR.egain / full


@pytest.mark.parametrize("band", ["L", "Ha"])
def test_master_flats_are_the_true_flat_within_their_noise(night, truth, exposures, band):
    flat = truth[f"FLAT_{band.upper()}"].astype(np.float64)
    noise = flat_noise(truth, exposures, band)
    master = night.image(f"masters/*/flat_{band.lower()}_*.fits") / TARGET
    assert np.median(master) == pytest.approx(1, abs=1e-6)
    # The median of a noisy flat is not exactly that of the true one; this is a scale, not noise.
    scale = np.median(master / flat)
    assert abs(scale - 1) < 3e-4
    repaired = np.zeros(flat.shape, bool)
    for path in night.results.glob("cosmetic/*/cosme_darkflat_*.lst"):
        repaired |= listed_pixels(path, flat.shape)
    assert_unbiased(((master / scale - flat) / noise)[~repaired])


# --- hot pixels -------------------------------------------------------------------------------


def local_scatter(image, side=16):
    """Return the robust scatter of an image in tiles, each value repeated over its tile."""
    height, width = image.shape
    tiles = image.reshape(height // side, side, width // side, side).swapaxes(1, 2)
    deviation = np.abs(tiles - np.median(tiles, axis=(2, 3), keepdims=True))
    scatter = 1.4826 * np.median(deviation, axis=(2, 3))
    return np.kron(scatter, np.ones((side, side)))


@pytest.fixture(scope="module")
def usual(truth):
    """What the pixels round each one have as dark current, electrons a second."""
    from scipy.ndimage import median_filter

    return median_filter(truth["DARK"], 9).astype(np.float64)


@pytest.mark.parametrize("seconds", ["60", "120"])
def test_hot_pixels_are_found_and_others_are_not(night, truth, exposures, usual, seconds):
    """Those are to be found that raise the noise of a single frame by more than the limit of harm.

    Sigma is the noise of so many frames and the scatter of ordinary dark currents, as drawn.

    The columns and rows of the bias, which is inside the dark, are a pattern and no noise.
    """
    frames = of_kind(exposures, "dark", exposure=seconds)
    collected = warmth(frames) * float(seconds)  # electrons for each electron a second
    noise = variance(usual * collected) / len(frames)
    currents = local_scatter(truth["DARK"] - usual) * collected / SENSOR.egain
    sigma = np.sqrt(noise + currents**2)
    excess = (truth["DARK"] - usual) * collected / SENSOR.egain / sigma

    listed = listed_pixels(night.one(f"cosmetic/*/cosme_{seconds}s_*.lst"), excess.shape)
    harm = np.sqrt(variance(truth["DARK"] * collected) / variance(usual * collected)) - 1
    hot = harm > 0.35  # well beyond the limit, 0.25: the master has noise too
    assert np.count_nonzero(hot) > 500
    assert np.count_nonzero(listed & hot) > 0.99 * np.count_nonzero(hot)
    # What is listed beside them has scattered over these few darks, by chance or by a cosmic ray.
    assert np.count_nonzero(listed & (excess <= 3)) < 3e-5 * excess.size


# --- lights -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lights(night, truth, exposures):
    """For each light: its pixels, mask and truth, and the noise that is expected of each pixel."""

    def read(exposure):
        name = exposure["path"].rpartition("/")[2]
        true = read_light(night.folder / "truth" / "lights" / name)
        flat = truth[f"FLAT_{exposure['filter'].upper()}"].astype(np.float64)
        frames = of_kind(exposures, "dark", exposure=exposure["exposure"])
        collected = true.image * SENSOR.egain * flat + dark_electrons(truth, [exposure])
        taken = dark_electrons(truth, frames)
        own = variance(collected) + variance(taken) / len(frames)
        noise = flat_noise(truth, exposures, exposure["filter"])
        sigma = np.sqrt(own / flat**2 + (true.image * noise / flat) ** 2)
        # A light warmer than its darks keeps what they lack; that is no error of the calibration.
        warmer = (dark_electrons(truth, [exposure]) - taken) / SENSOR.egain / flat
        struck = np.zeros(flat.shape)
        struck[true.cosmics["y"], true.cosmics["x"]] = true.cosmics["electrons"] / SENSOR.egain
        with fits.open(night.one(f"calibrated/*/{name}")) as hdus:
            image, mask = hdus[0].data.astype(np.float64), hdus["MASK"].data
        return {
            "pulls": (image - true.image - warmer) / sigma,
            "mask": mask,
            "struck": struck / sigma,
            "dark share": np.mean(np.sqrt(variance(taken) / len(frames)) / sigma / flat),
        }

    return [read(exposure) for exposure in of_kind(exposures, "light")]


def test_calibrated_lights_are_the_true_sky_within_their_noise(lights, dark_shift):
    for light in lights:
        good = (light["mask"] == 0) & (light["struck"] == 0)
        assert np.mean(good) > 0.99
        # The master dark is a little low, so the light is a little high.
        mean, error = (light["dark share"] * value for value in dark_shift)
        assert_unbiased(light["pulls"][good], -mean, error)


def test_cosmic_rays_are_marked_and_little_else(lights):
    found = missed = 0
    for light in lights:
        marked = light["mask"] & COSMIC != 0
        strong = light["struck"] > 10
        strong[:3] = strong[-3:] = strong[:, :3] = strong[:, -3:] = False  # L.A.Cosmic needs a rim
        strong &= light["mask"] | COSMIC == COSMIC  # neither repaired nor saturated
        found += np.count_nonzero(strong & marked)
        missed += np.count_nonzero(strong & ~marked)
        assert np.mean(marked & (light["struck"] == 0)) < 1e-3
    assert found > 0.97 * (found + missed) > 500


def test_world_coordinates_are_true_over_the_whole_frame(night, exposures):
    for exposure in of_kind(exposures, "light"):
        name = exposure["path"].rpartition("/")[2]
        true = read_light(night.folder / "truth" / "lights" / name)
        header = fits.getheader(night.one(f"solved/*/{name}"))
        height, width = true.image.shape
        x, y = np.meshgrid(np.linspace(0, width - 1, 25), np.linspace(0, height - 1, 17))
        solved = WCS(header, fix=False).pixel_to_world(x, y)
        error = solved.separation(true.wcs.pixel_to_world(x, y)).arcsec
        assert np.sqrt(np.mean(error**2)) < 0.3
