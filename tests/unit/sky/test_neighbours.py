"""Frames beside one that solved: refined from it, the same in whatever job and order."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.orders.solving import FrameToSolve, SolveOrder
from plateworks.products.image import Image
from plateworks.products.imagefiles import (
    read_image,
    read_image_header,
    write_cards,
    write_image,
)
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import indexes
from plateworks.sky.engines.embedded import Embedded
from plateworks.sky.solved import solve_files

from .conftest import FIELD, draw, make_wcs, separation_px

CARDS = {"IMAGETYP": "LIGHT", "XPIXSZ": 3.76, "FOCALLEN": 388.0, "EXPTIME": 30.0}
#: A header that does not tell the scale.
UNTOLD = {"IMAGETYP": "LIGHT", "EXPTIME": 30.0}
#: Degrees by which each frame points elsewhere, and how far it is turned.
DITHERS = {
    "first": (0.0, 0.0, 30.0),
    "moved": (0.05, -0.03, 30.02),
    "turned": (-0.02, 0.01, 210.0),
    "far": (0.1, 0.08, 29.99),
}


@pytest.fixture(scope="module")
def fields(stars):
    """A drawn field for each pointing, by name."""
    drawn = {}
    for number, (name, (east, north, angle)) in enumerate(DITHERS.items()):
        centre = FIELD[0] + east / np.cos(np.radians(FIELD[1])), FIELD[1] + north
        drawn[name] = draw(make_wcs(angle=angle, center=centre), stars, seed=number)
    return drawn


@pytest.fixture
def options(engine, index_dir, monkeypatch):
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    monkeypatch.delenv(indexes.ENVIRONMENT, raising=False)
    return SolveOptions(engine=engine, index_dirs=(index_dir,), time_limit_s=20)


class Night:
    """Frames of one field in a folder, each the neighbour of all after it."""

    def __init__(self, folder, fields, options, ending="fits", cards=CARDS):
        self.folder, self.options, self.ending = folder, options, ending
        self.names = list(fields)
        for name, field in fields.items():
            pointing = {"RA": FIELD[0], "DEC": FIELD[1], "PWDIGEST": f"{name}-of-the-night"}
            write_image(
                self.path(name),
                Image(field.image, fits.Header(cards | pointing | {"OBJECT": name})),
            )

    def path(self, name, stage="calibrated"):
        return self.folder / stage / f"{name}.{self.ending}"

    def to_solve(self, name, least_s=20.0):
        before = self.names[: self.names.index(name)]
        return FrameToSolve(
            calibrated=str(self.path(name)),
            solved=str(self.path(name, "solved")),
            neighbours=tuple(str(self.path(one)) for one in before),
            limit_s=20.0,
            least_s=least_s,
        )

    def solve(self, *names, anew=False, threads=1, **limits):
        """Solve some frames in a job of their own, whose order has all of the night."""
        frames = tuple(self.to_solve(name, **limits) for name in self.names)
        order = SolveOrder(options=self.options, frames=frames)
        pairs = [(str(self.path(name)), str(self.path(name, "solved"))) for name in names]
        solve_files(order, pairs, anew=anew, threads=threads)
        return [self.header(name) for name in names]

    def header(self, name):
        return read_image_header(self.path(name, "solved"))

    def bytes(self):
        found = {name: self.path(name, "solved") for name in self.names}
        return {name: path.read_bytes() for name, path in found.items() if path.exists()}

    def cover(self, *names):
        """Let clouds hide the stars of some frames."""
        for name in names:
            image = read_image(self.path(name))
            write_image(self.path(name), replace(image, data=np.full_like(image.data, 500.0)))

    def forget(self):
        for name in self.names:
            self.path(name, "solved").unlink(missing_ok=True)


@pytest.fixture
def night(tmp_path, fields, options):
    return Night(tmp_path, fields, options)


def test_frames_beside_one_that_solved_lie_as_it_does_and_need_no_search(night, fields, engine):
    first, *others = night.solve(*DITHERS)
    assert first["SOLVER"] == engine
    for header, name in zip(others, list(DITHERS)[1:], strict=True):
        before = [f"{one}.fits" for one in list(DITHERS)[: list(DITHERS).index(name)]]
        assert header["SOLVER"] == "neighbour" and header["ASTFROM"] in before
        assert header["ASTINDEX"] == first["ASTINDEX"]
        assert "ASTODDS" not in header and header["NMATCH"] > 15
        wcs = WCS(header)
        assert separation_px(lambda xy, wcs=wcs: wcs.all_pix2world(xy, 1).T, fields[name]) < 0.05


@pytest.mark.parametrize(
    ("ending", "cards"),
    [("fits", CARDS), ("xisf", CARDS), ("fits", UNTOLD)],
    ids=["fits", "xisf", "unknown scale"],
)
def test_the_same_bytes_come_of_any_jobs_in_any_order(tmp_path, fields, options, ending, cards):
    night = Night(tmp_path, fields, options, ending, cards)
    assert all(header["PLTSOLVD"] for header in night.solve(*DITHERS))
    whole = night.bytes()
    assert len(whole) == len(DITHERS)
    names = list(DITHERS)
    for jobs in ([[name] for name in reversed(names)], [names[2:], names[:2]], [names[::-1]]):
        night.forget()
        for job in jobs:
            night.solve(*job)
        assert night.bytes() == whole


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_the_same_bytes_come_of_any_number_of_processes(night, threads):
    night.solve(*DITHERS)
    alone = night.bytes()
    night.forget()
    assert all(header["PLTSOLVD"] for header in night.solve(*DITHERS, threads=threads))
    assert night.bytes() == alone


def test_frames_that_solve_by_no_neighbour_are_the_same_by_any_number_of_processes(night):
    night.cover("first", "turned")
    night.solve(*DITHERS)
    alone = night.bytes()
    assert {header["PLTSOLVD"] for header in map(night.header, DITHERS)} == {True, False}
    night.forget()
    night.solve(*DITHERS, threads=2)
    assert night.bytes() == alone


def test_a_frame_that_lies_elsewhere_is_searched_for(night, stars, engine):
    elsewhere = draw(make_wcs(center=(FIELD[0] + 1.2, FIELD[1]), scale=2.2), stars)
    image = Image(elsewhere.image, fits.Header(CARDS | {"RA": FIELD[0], "DEC": FIELD[1]}))
    write_image(night.path("moved"), image)
    _, header = night.solve("first", "moved")
    assert header["SOLVER"] == engine
    wcs = WCS(header)
    assert separation_px(lambda xy: wcs.all_pix2world(xy, 1).T, elsewhere) < 0.05


def test_sources_by_chance_are_not_laid_upon_a_neighbour(night, engine, stars):
    rng = np.random.default_rng(4)
    places = make_wcs().all_pix2world(rng.uniform(1, 900, (300, 2)), 1)
    false = draw(make_wcs(), np.column_stack([places, rng.uniform(8, 12, 300)]))
    image = Image(false.image, fits.Header(CARDS | {"RA": FIELD[0], "DEC": FIELD[1]}))
    write_image(night.path("moved"), image)
    _, header = night.solve("first", "moved")
    assert header["PLTSOLVD"] is False
    assert "as 1 of its neighbours lie that solved" in header["SOLVEWHY"]


def test_where_the_first_was_set_aside_the_next_serves(night, engine):
    write_cards(night.path("first"), fits.Header({"PWFAIL": "it is short"}))
    assert [header["PLTSOLVD"] for header in night.solve("first", "moved", "far")] == [
        False, True, True,
    ]  # fmt: skip
    assert night.header("moved")["SOLVER"] == engine
    assert night.header("far")["SOLVER"] == "neighbour"


def test_a_neighbour_that_did_not_solve_is_believed_until_something_else_is_searched(
    night, index_dir, tmp_path
):
    right, empty = night.options, tmp_path / "empty"
    empty.mkdir()
    night.options = replace(right, index_dirs=(str(empty),))
    night.solve("first")
    night.options = right
    assert night.header("first")["PLTSOLVD"] is False
    (header,) = night.solve("moved")
    assert header["SOLVER"] == right.engine
    night.path("moved", "solved").unlink()
    (header,) = night.solve("moved", anew=True)
    assert header["ASTFROM"] == "first.fits"


@pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # whose limits can be watched
def test_frames_whose_neighbours_failed_come_last_and_are_searched_for_shortly(
    night, monkeypatch, caplog
):
    caplog.set_level("INFO", "plateworks")
    asked = []
    real = Embedded.solve

    def watched(indexes, query):
        asked.append(query.time_limit_s)
        return real(indexes, query)

    monkeypatch.setattr(Embedded, "solve", staticmethod(watched))
    nothing = np.random.default_rng(2).normal(100, 5, (900, 1200)).astype(np.float32)
    for name in ("first", "moved"):
        header = fits.Header(CARDS | {"RA": FIELD[0], "DEC": FIELD[1]})
        write_image(night.path(name), Image(nothing, header))
    night.solve("first", "moved", "turned", least_s=3.0)
    assert night.header("first")["PLTSOLVD"] is False
    assert night.header("turned")["SOLVER"] == "embedded" and asked == [3.0]
    solved = [line for line in caplog.messages if "solved" in line]
    assert [line.split("/")[-1].split(".")[0] for line in solved] == ["first", "moved", "turned"]


def test_a_frame_of_unknown_scale_learns_it_from_a_neighbour_that_lies_elsewhere(
    night,
):
    sky = make_wcs().all_pix2world(np.random.default_rng(6).uniform(1, 900, (60, 2)), 1)
    false = draw(make_wcs(), np.column_stack([sky, np.linspace(8, 12, 60)]))
    write_image(night.path("moved"), Image(false.image, fits.Header({"IMAGETYP": "LIGHT"})))
    _, header = night.solve("first", "moved")
    known, unknown = (text in header["SOLVEWHY"] for text in ('1.6 to 2.4"', '0.1 to 180"'))
    assert known and unknown  # what the neighbour tells is tried before all that may be
    assert header["SOLVEWHY"].index('1.6 to 2.4"') < header["SOLVEWHY"].index('0.1 to 180"')
