"""A synthetic sky: catalogue stars of a real field, drawn through a known WCS."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.metadata.frame import Frame
from plateworks.sky import engines
from plateworks.sky.engines import embedded

FIELD = (322.95, 48.43)  # M 39, degrees


@dataclass(frozen=True)
class Field:
    """A drawn frame, and what it was drawn from."""

    image: np.ndarray
    wcs: WCS
    xy: np.ndarray  # (N, 2), pixels counted from 1, brightest first
    radec: np.ndarray

    @property
    def frame(self) -> Frame:
        return Frame(
            "drawn.fits", width=self.image.shape[1], height=self.image.shape[0], bitpix=-32
        )


@pytest.fixture(scope="session")
def stars(root):
    """Right ascension, declination and magnitude of the stars around M 39, brightest first."""
    return np.loadtxt(root / "config" / "demo" / "stars.csv", delimiter=",", skiprows=1)


@pytest.fixture(scope="session")
def index_dir(root) -> str:
    return str(root / "config" / "demo")


@pytest.fixture(params=list(engines.ENGINES))
def engine(request):
    """The name of each engine that can run here."""
    if lack := engines.ENGINES[request.param].lack():
        pytest.skip(f"the engine {request.param} needs {lack}")
    yield request.param
    embedded.stop()


def make_wcs(shape=(900, 1200), scale=2.0, angle=30.0, mirrored=False, center=FIELD) -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = "RA---TAN", "DEC--TAN"
    wcs.wcs.crval = center
    wcs.wcs.crpix = 0.37 * shape[1], 0.61 * shape[0]
    turn = np.radians(angle)
    flip = np.diag([1 if mirrored else -1, 1])
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    wcs.wcs.cd = scale / 3600 * flip @ rotation
    return wcs


def draw(wcs: WCS, stars, shape=(900, 1200), fwhm=2.6, noise=5.0, sky=300.0, seed=1) -> Field:
    """Gaussian stars, each sampled finely and summed in pixels, on a sloping sky with noise."""
    xy = wcs.all_world2pix(stars[:, :2], 1)
    inside = (xy > 0.5).all(axis=1) & (xy < np.array(shape[::-1]) + 0.5).all(axis=1)
    xy, magnitude = xy[inside], stars[inside, 2]
    rng = np.random.default_rng(seed)
    image = sky + 0.03 * np.arange(shape[1]) + rng.normal(0, noise, shape)
    sigma, half = fwhm / 2.3548, 12
    fine = (np.arange(5) - 2) / 5
    for (x, y), mag in zip(xy - 1, magnitude, strict=True):
        flux = 4e4 * 10 ** (-0.4 * (mag - 10))
        column, row = round(x), round(y)
        profiles = []
        for center, middle, size in ((x, column, shape[1]), (y, row, shape[0])):
            pixels = np.arange(max(0, middle - half), min(size, middle + half + 1))
            steps = pixels[:, None] + fine
            profile = np.exp(-0.5 * ((steps - center) / sigma) ** 2).mean(axis=1)
            profiles.append((pixels, profile / (sigma * np.sqrt(2 * np.pi))))
        (columns, across), (rows, down) = profiles
        image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] += flux * np.outer(down, across)
    return Field(image.astype(np.float32), wcs, xy, stars[inside, :2])


def separation_px(solution_sky, field: Field) -> float:
    """Root mean square distance in pixels between a solution and the truth, over the frame.

    `solution_sky` maps pixels counted from 1 to right ascension and declination.
    """
    height, width = field.image.shape
    x, y = np.meshgrid(np.linspace(1, width, 21), np.linspace(1, height, 21))
    xy = np.column_stack([x.ravel(), y.ravel()])
    there = field.wcs.all_world2pix(np.column_stack(solution_sky(xy)), 1)
    return float(np.sqrt(np.mean(np.sum((there - xy) ** 2, axis=1))))


@pytest.fixture(scope="session")
def field(stars) -> Field:
    return draw(make_wcs(), stars)


def with_columns(demo, tmp_path, **columns):
    """An index with other columns beside its stars."""
    path = tmp_path / "index-other.fits"
    with fits.open(demo.path) as hdus:
        table = fits.BinTableHDU.from_columns(
            [fits.Column(name, "E", array=values) for name, values in columns.items()]
        )
        table.header["AN_FILE"] = "TAGALONG"
        fits.HDUList([*hdus[:-1], table]).writeto(path)
    return replace(demo, path=str(path))
