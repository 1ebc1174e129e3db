"""Stars are where they are when the frame is taken, as far as index files tell how they move."""

from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.units import mas, yr
from astropy.wcs import WCS

from plateworks.orders.solving import SolveOrder
from plateworks.products.image import Image
from plateworks.products.imagefiles import read_image_header, write_image
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import indexes
from plateworks.sky.engines.indexes import read_index
from plateworks.sky.engines.indexstars import read_tree, stars_of
from plateworks.sky.solved import solve_files

from .conftest import FIELD, draw, make_wcs, separation_px, with_columns

CARDS = {"OBJECT": "M 39", "IMAGETYP": "LIGHT", "XPIXSZ": 3.76, "FOCALLEN": 388.0, "EXPTIME": 30.0}
YEAR = 2000.0


def motions(stars):
    """Milliarcseconds a year, east and north, for stars of any order: pixels in 25 years."""
    phase = 3000 * stars[:, 0] + 1700 * stars[:, 1]
    return 150 * np.sin(phase), 150 * np.cos(1.3 * phase)


def moved(stars, epoch):
    """The same by astropy."""
    east, north = motions(stars)
    there = SkyCoord(
        *stars[:, :2].T, unit="deg", pm_ra_cosdec=east * mas / yr, pm_dec=north * mas / yr,
        obstime=Time(YEAR, format="jyear"), distance=1e9, 
    ).apply_space_motion(Time(epoch, format="jyear"))  # fmt: skip
    return np.column_stack([there.ra.deg, there.dec.deg, *stars[:, 2:].T])


@pytest.fixture
def moving(index_dir, tmp_path):
    """An index whose stars move, with columns as those of Gaia's have them."""
    demo = read_index(str(Path(index_dir) / "index-demo.fits"))
    tree = read_tree(demo.path)
    count = fits.getheader(demo.path, -1)["NAXIS2"]
    numbers = tree.numbers.some(np.arange(count)).view("<u4").reshape(-1, 3)
    x, y, z = (numbers * tree.unit + tree.low).T
    there = np.column_stack([np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arcsin(z))])
    east, north = motions(there)
    (tmp_path / "indexes").mkdir()
    return with_columns(
        demo, tmp_path / "indexes", pmra=east, pmdec=north, ref_epoch=np.full(count, YEAR)
    )


def test_stars_are_moved_to_the_epoch_that_is_asked_for(moving):
    there = stars_of([moving], *FIELD, 1.0, 1000)
    later = stars_of([moving], *FIELD, 1.0, 1000, 2026.0)
    assert np.isnan(there[:, 2]).all() and (later[:, 2] == 2026.0).all()
    here = SkyCoord(*moved(there[:, :2], 2026.0).T, unit="deg")
    apart = here[:, None].separation(SkyCoord(*later[:, :2].T, unit="deg")).min(axis=1)
    assert apart.mas.max() < 20
    assert SkyCoord(*there[:, :2].T, unit="deg").separation(here).mas.max() > 3000


def test_stars_whose_motion_is_not_told_stay(index_dir, tmp_path):
    demo = read_index(str(Path(index_dir) / "index-demo.fits"))
    count = fits.getheader(demo.path, -1)["NAXIS2"]
    motion = np.where(np.arange(count) % 2, np.nan, 1000.0)
    some = with_columns(demo, tmp_path, PMRA=motion, PMDEC=motion, REF_EPOCH=np.full(count, 2016.0))
    as_indexed, later = (stars_of([some], *FIELD, 1.0, 1000, year) for year in (None, 2026.0))
    stay = np.isnan(later[:, 2])
    assert 0 < stay.sum() < len(later)
    assert (as_indexed[stay] == later[stay])[:, :2].all()
    assert (as_indexed[~stay] != later[~stay])[:, :2].all()
    assert np.isnan(stars_of([demo], *FIELD, 1.0, 1000, 2026.0)[:, 2]).all()


def test_a_frame_is_solved_with_the_stars_of_its_night(
    moving, stars, engine, tmp_path, monkeypatch
):
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    monkeypatch.delenv(indexes.ENVIRONMENT, raising=False)
    field = draw(make_wcs(), moved(stars, 2025.62))
    cards = {"RA": FIELD[0], "DEC": FIELD[1], "DATE-OBS": "2025-08-15T22:00:00"}
    write_image(tmp_path / "light.fits", Image(field.image, fits.Header(CARDS | cards)))
    folders = (str(Path(moving.path).parent),)
    order = SolveOrder(
        frames=(), options=SolveOptions(engine=engine, index_dirs=folders, time_limit_s=20)
    )
    solve_files(order, [(tmp_path / "light.fits", tmp_path / "solved.fits")])
    header = read_image_header(tmp_path / "solved.fits")
    wcs = WCS(header, fix=False)
    assert separation_px(lambda xy: wcs.all_pix2world(xy, 1).T, field) < 0.05
    assert header["CATEPOCH"] == "J2025.622" and header["ASTHELD"] < 0.3
    assert f"of {header['NMATCH']} of the {header['NMATCH']}" in header.comments["CATEPOCH"]
