"""An engine of another kind, with a catalogue of its own and no index file, takes part like any."""

import time
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from plateworks.errors import PlateworksError
from plateworks.orders.solving import SolveOrder
from plateworks.products.fitsio import read_fits, write_fits
from plateworks.products.image import Image
from plateworks.settings.solve import SolveOptions
from plateworks.sky import engines
from plateworks.sky.engines import indexes
from plateworks.sky.engines.engine import Answer, Engine, EngineMatch, Search
from plateworks.sky.preflight import unsearchable
from plateworks.sky.projection import project
from plateworks.sky.solved import solve_files
from plateworks.sky.solving import solve_image

from .conftest import FIELD, separation_px

CARDS = {"OBJECT": "M 39", "IMAGETYP": "LIGHT", "XPIXSZ": 3.76, "FOCALLEN": 388.0, "EXPTIME": 30.0}
#: Where the drawn field is, and where it is not.
HERE, ELSEWHERE = {"RA": 322.95, "DEC": 48.43}, {"RA": 100.0, "DEC": 48.43}


class Toy(Engine):
    """Lays pairs of its brightest stars over the two brightest sources, and counts who agrees."""

    name = "toy"
    stars: np.ndarray  # its catalogue: right ascension, declination, magnitude; brightest first
    asked: list  # the radius of every circle that was searched
    least_radius = 0.0

    def __init__(self, options):
        self.options = options

    @classmethod
    def lack(cls):
        return ""

    def fitting(self, attempt, shape):
        if attempt.radius is None:
            return "The catalogue of the toy ends, so it needs a pointing."
        if attempt.radius < self.least_radius:
            return "The toy searches wide circles only."
        if not np.hypot(*project(np.array(attempt.ra), np.array(attempt.dec), FIELD)[0]) < 2:
            return "The catalogue of the toy ends two degrees from M 39."
        return Search("one catalogue", self.solve)

    def solve(self, query):
        self.asked.append(query.attempt.radius)
        start = time.process_time()
        low, high = query.attempt.scale_low / 3600, query.attempt.scale_high / 3600
        catalogue = project(*self.stars[:, :2].T, FIELD) @ [1, 1j]  # degrees, north upwards
        found, best = 10, None
        for mirror in (np.conj, np.positive):
            pixels = mirror(query.xy[:30] @ [1, 1j])
            for one, other in permutations(catalogue[:25], 2):
                turn = (other - one) / (pixels[1] - pixels[0])  # and scale, in degrees a pixel
                there = one + turn * (pixels - pixels[0])
                if low <= abs(turn) <= high:
                    misses = np.abs(there[:, None] - catalogue).min(axis=1)
                    if (agreeing := int((misses < 3 * abs(turn)).sum())) > found:
                        found, best = agreeing, (one - turn * pixels[0], turn * mirror([1, 1j]))
        seconds = time.process_time() - start
        if best is None:
            return Answer(None, "the toy finds no pattern", seconds)
        corner, steps = best
        cd = np.array([steps.real, steps.imag])
        middle = np.linalg.solve(cd, [-corner.real, -corner.imag])
        cards = {"CRVAL1": FIELD[0], "CRVAL2": FIELD[1], "CRPIX1": middle[0], "CRPIX2": middle[1]}
        cards |= {f"CD{i + 1}_{j + 1}": cd[i, j] for i in (0, 1) for j in (0, 1)}
        return Answer(EngineMatch(cards, self.stars[:, :2], "stars.csv"), "", seconds)


@pytest.fixture
def toy(monkeypatch, stars):
    """The toy among the engines, on a computer without any index file."""
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    monkeypatch.delenv(indexes.ENVIRONMENT, raising=False)
    monkeypatch.setattr(Toy, "stars", stars[np.argsort(stars[:, 2])], raising=False)
    monkeypatch.setattr(Toy, "asked", [], raising=False)
    monkeypatch.setitem(engines.ENGINES, Toy.name, Toy)
    return Toy


@pytest.fixture
def options(toy):
    return replace(SolveOptions(), engine="toy")


@pytest.fixture
def solved(field, options, tmp_path):
    """A function that writes the drawn field with some cards, and returns those of its solution."""

    def solving(**cards):
        write_fits(tmp_path / "light.fits", Image(field.image, fits.Header(CARDS | cards)))
        order = SolveOrder(frames=(), options=options)
        solve_files(order, [(tmp_path / "light.fits", tmp_path / "solved.fits")])
        return read_fits(tmp_path / "solved.fits").header

    return solving


def test_it_is_called_and_what_it_finds_is_refined_and_written(toy, solved, field):
    header = solved(**HERE)
    assert toy.asked == [1.0]
    assert header["PLTSOLVD"] is True and header["SOLVER"] == "toy"
    assert header["ASTINDEX"] == "stars.csv" and header["NMATCH"] >= 20
    assert "ASTODDS" not in header  # it knows none
    assert separation_px(lambda xy: WCS(header).all_pix2world(xy, 1).T, field) < 0.05


def test_only_attempts_that_it_can_make_are_made(toy, solved, monkeypatch):
    monkeypatch.setattr(toy, "least_radius", 3.0)
    assert solved(**HERE)["PLTSOLVD"] is True
    assert toy.asked == [5.0]


def test_the_first_of_its_reasons_is_written_where_it_can_make_none(toy, solved):
    header = solved(**ELSEWHERE)
    assert header["PLTSOLVD"] is False and toy.asked == []
    assert header["SOLVEWHY"] == "The catalogue of the toy ends two degrees from M 39."


def test_its_failure_is_a_reason_like_any(toy, solved, monkeypatch):
    monkeypatch.setattr(toy, "stars", toy.stars[:5])
    why = solved(**HERE)["SOLVEWHY"]
    assert why.startswith("the toy finds no pattern (tried: ") and "within 5 deg" in why
    assert toy.asked == [1.0, 5.0, 10.0]


def test_the_log_says_what_was_searched(toy, field, options, monkeypatch, caplog):
    monkeypatch.setattr(toy, "stars", toy.stars[:5])
    caplog.set_level("INFO", "plateworks")
    solve_image(field.image, None, replace(field.frame, pixel_scale=2.0, ra=323, dec=48), options)
    assert 'one catalogue, 1.9 to 2.1"/pixel, within 1 deg of the pointing: the toy' in caplog.text


def test_before_a_run_it_says_itself_which_fields_it_cannot_search(options, field):
    known = replace(field.frame, pixel_scale=2.0)
    frames = [replace(known, ra=323.0, dec=48.0), replace(known, width=800, ra=100.0, dec=48.0)]
    assert unsearchable(frames, options) == ["The catalogue of the toy ends two degrees from M 39."]
    assert unsearchable(frames[:1], options) == []


def test_a_name_that_no_engine_has_is_told_with_this_one(toy):
    with pytest.raises(engines.ConfigError, match="auto, embedded, solve-field, toy"):
        engines.choose(replace(SolveOptions(), engine="astap"))


class Other(Toy):
    """Fails in every search, or searches to the end and finds nothing."""

    name = "other"
    fault = True
    of = ""

    def solve(self, query):
        self.asked.append(self.name)
        return Answer(None, "the other finds nothing", 0.1, failed=self.fault)

    def searched(self):
        return self.of


@pytest.fixture
def two(toy, monkeypatch):
    """Another engine before the toy, and no other."""
    monkeypatch.setattr(engines, "ENGINES", {"other": Other, "toy": toy})
    return replace(SolveOptions(), engine="auto")


@pytest.fixture
def told(field):
    return replace(field.frame, pixel_scale=2.0, ra=323.0, dec=48.4)


@pytest.mark.parametrize("fault", [True, False])
def test_auto_goes_on_to_the_next_engine_and_says_which_solved(
    two, told, field, monkeypatch, fault
):
    monkeypatch.setattr(Other, "fault", fault)
    result = solve_image(field.image, None, told, two)
    assert result.solution.engine == "toy" and Toy.asked == ["other", 1.0]


def test_an_engine_that_searches_the_same_is_not_asked_again(two, told, field, monkeypatch):
    for kind in (Other, Toy):
        monkeypatch.setattr(kind, "of", "the same", raising=False)
        monkeypatch.setattr(kind, "searched", lambda self: self.of)
    monkeypatch.setattr(Other, "fault", False)
    result = solve_image(field.image, None, told, two)
    assert result.solution is None and set(Toy.asked) == {"other"}
    monkeypatch.setattr(Other, "fault", True)
    assert solve_image(field.image, None, told, two).solution.engine == "toy"


def test_where_an_engine_failed_that_might_have_found_it_nothing_is_known(
    two, told, field, monkeypatch
):
    monkeypatch.setattr(Toy, "stars", Toy.stars[:5])
    with pytest.raises(PlateworksError, match="The engine other failed, so nothing is known"):
        solve_image(field.image, None, told, two)
    for kind in (Other, Toy):  # of the same, the toy did search to the end
        monkeypatch.setattr(kind, "searched", lambda self: "the same")
    assert solve_image(field.image, None, told, two).solution is None
    monkeypatch.setattr(
        Toy, "solve", lambda self, query: Answer(None, "the toy is broken", 0.1, failed=True)
    )
    with pytest.raises(PlateworksError, match="engine other and the engine toy failed"):
        solve_image(field.image, None, told, two)


def test_no_engine_is_asked_of_all_the_sky_once_none_fits_what_is_stated(
    two, told, field, monkeypatch
):
    """The known reason comes first, and what was tried all the same."""
    monkeypatch.setattr(Toy, "least_radius", 3.0)
    monkeypatch.setattr(Toy, "stars", Toy.stars[:5])
    monkeypatch.setattr(Other, "fault", False)
    result = solve_image(field.image, None, told, two)
    assert Toy.asked == ["other", 5.0]
    assert result.reason.startswith("The toy searches wide circles only; the other finds nothing")
    assert "10 deg" not in result.reason and "all sky" not in result.reason
