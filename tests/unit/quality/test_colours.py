"""The colour term of a camera and filter, pooled from its lights, and zero points with it."""

import numpy as np
import pandas as pd
import pytest

from plateworks.quality.colours import FOLLOWS, TOLD, pool

#: What a light tells, here of a frame of 1000 by 1000 pixels of one arcsecond.
LIGHT = dict.fromkeys(TOLD) | {
    "camera": "camera", "width": 1000, "height": 1000, "filter": "G", "band": "V", "colour": "B-V",
    "ra_deg": 10.0, "dec_deg": 40.0, "scale_arcsec": 1.0, "zero_point": 21.0,
    "zero_point_error": 0.02, "zero_point_colour": 0.8,
}  # fmt: skip


def light(term=np.nan, error=np.nan, **more):
    return LIGHT | {"colour_term": term, "colour_term_error": error} | more


def pooled(*lights):
    return pool(pd.DataFrame(lights)).to_dict("records")


def test_fields_count_by_their_errors():
    rows = pooled(light(0.12, 0.02), light(0.09, 0.01, dec_deg=41.0), light())
    for row in rows:
        assert row["pooled_colour_term"] == pytest.approx((0.12 + 4 * 0.09) / 5)
        assert row["pooled_colour_term_error"] == pytest.approx((1.8 / 12_500) ** 0.5)


def test_lights_of_one_field_do_not_make_its_stars_better():
    rows = pooled(*(light(0.1, 0.03) for _ in range(9)))
    assert rows[0]["pooled_colour_term_error"] == pytest.approx(0.03)
    apart = pooled(*(light(0.1, 0.03, dec_deg=40.0 + place) for place in range(9)))
    assert apart[0]["pooled_colour_term_error"] == pytest.approx(0.01)


def test_fields_that_disagree_make_the_error_greater():
    one, other = light(0.0, 0.01), light(0.1, 0.01, ra_deg=20.0)
    assert pooled(one, other)[0]["pooled_colour_term_error"] == pytest.approx(0.05)


def test_a_field_whose_few_stars_agree_by_luck_does_not_rule():
    lights = [light(0.1, 0.05, dec_deg=40.0 + n, colour_spread=1.1) for n in range(6)]
    lucky = light(0.0, 0.005, dec_deg=50.0, colour_spread=1.1)
    [term, *_] = pooled(*lights, lucky)
    assert term["pooled_colour_term"] == pytest.approx(0.6 / 7, abs=0.003)
    assert term["pooled_colour_term_error"] == pytest.approx(0.05 / 7**0.5, rel=0.05)


def test_a_field_of_many_stars_knows_its_term_well_among_fields_of_few():
    lights = [light(0.1, 0.05, dec_deg=40.0 + n, colour_spread=1.1) for n in range(6)]
    many = light(0.14, 0.006, dec_deg=50.0, colour_spread=10.0)
    assert pooled(*lights, many)[0]["pooled_colour_term"] == pytest.approx(0.137, abs=0.001)


def test_one_field_far_off_moves_the_term_little():
    lights = [light(0.1 + 0.004 * n, 0.02, dec_deg=40.0 + n, colour_spread=1.5) for n in range(7)]
    wrong = light(0.9, 0.02, dec_deg=50.0, colour_spread=1.5)
    right = pooled(*lights)[0]["pooled_colour_term"]
    assert abs(pooled(*lights, wrong)[0]["pooled_colour_term"] - right) < 0.01
    assert pooled(*lights, wrong)[0]["pooled_colour_term_error"] > 0.05


def test_a_light_without_a_term_of_its_own_has_the_zero_point_of_colour_0_by_the_others():
    other = light(0.1, 0.01, zero_point=21.3, zero_point_error=0.01, zero_point_colour=0.0)
    few, own = pooled(light(), other)
    assert few["zero_point_at_0"] == pytest.approx(21.0 - 0.1 * 0.8)
    assert few["zero_point_at_0_error"] == pytest.approx(np.hypot(0.02, 0.008))
    assert (own["zero_point_at_0"], own["zero_point_at_0_error"]) == (21.3, 0.01)


def test_a_term_that_is_poorly_known_is_told_and_moves_no_zero_point():
    rough, nothing = pooled(light(0.4, 0.3), light())
    assert rough["pooled_colour_term"] == nothing["pooled_colour_term"] == 0.4
    assert np.isnan([rough["zero_point_at_0"], nothing["zero_point_at_0"]]).all()


@pytest.mark.parametrize(
    "other",
    [{"camera": "other"}, {"width": 500}, {"filter": "R"}, {"band": "g"}, {"colour": "g-r"}],
)
def test_another_camera_filter_or_colour_has_another_term(other):
    rows = pooled(light(0.1, 0.01), light(-0.2, 0.01, **other))
    assert [row["pooled_colour_term"] for row in rows] == pytest.approx([0.1, -0.2])


def test_where_nobody_tells_a_term_there_is_none():
    assert np.isnan([[row[name] for name in FOLLOWS] for row in pooled(light(), light())]).all()


def test_the_order_of_lights_makes_no_difference():
    lights = [light(0.1 + 0.01 * n, 0.02, dec_deg=40.0 + n % 3) for n in range(7)]
    forth, back = pooled(*lights), pooled(*reversed(lights))
    assert [round(row["pooled_colour_term"], 12) for row in forth] == [
        round(row["pooled_colour_term"], 12) for row in back
    ]
