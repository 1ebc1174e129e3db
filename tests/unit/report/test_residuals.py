"""The residuals of the astrometry over the field."""

import math

import numpy as np
import pytest
from astropy.io import fits

from nightfacts import light
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.report.night.residuals import CELLS, WIDTH, residual_maps
from plateworks.sky.sourcetable import residual_table


@pytest.fixture
def solved(tmp_path):
    """A function that gives a light of 1400 × 700 pixels these residuals."""

    def give(number, pairs, **changes):
        path = str(tmp_path / f"{number}.fits")
        table = residual_table(np.asarray(pairs, float))
        write_image(path, Image(np.zeros((4, 4), np.float32), fits.Header(), tables=(table,)))
        size = {"width": 1400.0, "height": 700.0}
        return light(number, path=path, numbers=size, **changes)

    return give


def corner(dx, dy):
    """Stars in the first part of the field, and one far from them."""
    return [*((40 + i, 60 - i, dx, dy) for i in range(5)), (1300, 600, 9, 9)]


def test_lights_show_together_what_their_stars_agree_in(solved):
    [drawn] = residual_maps([solved(0, corner(0.1, 0.3)), solved(1, corner(0.3, 0.1))])
    [arrow] = drawn.arrows  # the single star of another part tells nothing
    assert drawn.title == "2 lights together, medians of parts of the field"
    assert drawn.stars == 12
    assert (arrow.x, arrow.y) == pytest.approx((WIDTH / CELLS / 2, WIDTH / CELLS / 2), abs=0.06)
    along, across = arrow.to_x - arrow.x, arrow.to_y - arrow.y
    assert along == pytest.approx(across, abs=0.11)
    assert math.hypot(along, across) / drawn.bar * drawn.bar_px == pytest.approx(
        math.hypot(0.2, 0.2), rel=0.02
    )


def test_a_poor_solution_is_drawn_star_by_star(solved):
    [drawn] = residual_maps([solved(0, corner(0.5, 0), quality="poor")])
    assert drawn.title == "light_0000, a poor solution, star by star"
    assert len(drawn.arrows) == 6
    assert drawn.rms == pytest.approx(math.sqrt((5 * 0.25 + 162) / 6), rel=1e-3)


def test_frames_of_two_sizes_are_not_laid_on_each_other(solved):
    small = solved(1, corner(0, 1))
    small.numbers["width"] = 1000.0
    titles = [one.title for one in residual_maps([solved(0, corner(1, 0)), small])]
    assert [title.split(",")[1].strip() for title in titles] == ["1000 × 700", "1400 × 700"]


def test_stars_without_any_residual_have_a_drawing_too(solved):
    [drawn] = residual_maps([solved(0, corner(0, 0))])
    assert drawn.bar > 0


def test_a_light_without_solution_has_none(solved, tmp_path):
    unsolved = solved(0, corner(1, 0), solved=False)
    assert residual_maps([unsolved, light(1)]) == []
