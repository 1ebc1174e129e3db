"""Which lights are solved from which, and for how long they are searched for: by headers alone."""

from dataclasses import replace

import pytest

from plateworks.inventory.sets import FrameSet, SetKey, setup_of
from plateworks.jobs.fields import Fields
from plateworks.matching.candidates import need_finder
from plateworks.metadata.frame import Frame
from plateworks.planning.lights import PlannedLight
from plateworks.settings.solve import SolveOptions

NEED = need_finder(lambda frame: "20250815", 1.0)
KNOWN = {"pixel_scale": 2.0, "ra": 10.0, "dec": 40.0}


def light(number: int, session: str = "20250815", **facts) -> PlannedLight:
    frame = Frame(f"raw/{number:03d}.fits", 1200, 900, 16, kind="light", mjd=60000 + number / 1440)
    frame = replace(frame, **{"camera": "C", **KNOWN, **facts})
    source = FrameSet(SetKey("light", setup_of(frame), session=session), (frame,))
    calibrated = f"calibrated/{number:03d}.fits"
    return PlannedLight(
        frame, source, NEED(frame), f"{number}", None, None, "", calibrated=calibrated
    )


def numbers(lights) -> list[int]:
    return [int(one.name) for one in lights]


@pytest.fixture
def of():
    """A function that returns, for some lights, the numbers of each one's neighbours."""

    def found(lights, **options):
        fields = Fields(lights, SolveOptions(**options))
        return {int(one.name): numbers(fields.place(one).neighbours) for one in lights}

    return found


def test_the_first_of_a_field_and_those_a_minute_two_four_and_eight_later_serve_all_after_them(of):
    found = of([light(number) for number in range(21)])
    assert found[0] == [] and found[1] == [0] and found[4] == [0, 1, 2] and found[5] == [0, 1, 2, 4]
    assert found[9] == found[16] == [0, 1, 2, 4, 8] and found[17] == [0, 1, 2, 4, 8, 16]
    assert of([light(number) for number in (0, 40, 41, 42, 70)])[70] == [0, 40]


def test_free_are_those_lights_that_none_of_the_same_job_is_solved_from():
    lights = [light(number) for number in range(21)]
    fields = Fields(lights, SolveOptions())
    assert fields.free(lights) == 21 - len([0, 1, 2, 4, 8, 16])
    assert fields.free(lights[:4]) == 1
    assert fields.free(lights[5:8]) == 3 and fields.free([]) == 0


def test_a_light_that_comes_in_late_changes_nothing_for_those_after_it_but_where_one_was_due():
    lights = [light(number) for number in range(0, 60, 2)]
    without, late = Fields(lights, SolveOptions()), Fields([*lights, light(13)], SolveOptions())
    assert [one for one in lights if without.place(one) != late.place(one)] == []


def test_a_light_that_is_taken_later_changes_nothing_for_those_before(of):
    lights = [light(number, ra=10 + number % 3) for number in range(40)]
    lights += [light(40 + number, pixel_scale=None) for number in range(20)]
    whole = Fields(lights, SolveOptions())
    for count in (5, 17, 45):
        part = Fields(lights[:count][::-1], SolveOptions())
        for one in lights[:count]:
            assert part.place(one) == whole.place(one)


@pytest.mark.parametrize(
    "other",
    [
        {"ra": 15.0}, {"dec": 42.0}, {"camera": "D"}, {"telescope": "another"},
        {"focal_length": 500.0}, {"session": "20250816"}, {"ra": None}, {"xbin": 2},
    ],
)  # fmt: skip
def test_another_field_camera_telescope_or_night_is_no_neighbour(of, other):
    assert of([light(1), light(2, **other)])[2] == []


def test_pointings_of_one_field_may_differ_by_a_degree_also_where_right_ascension_begins(of):
    assert of([light(1, ra=359.9), light(2, ra=0.2)])[2] == [1]
    assert of([light(1, dec=89.9, ra=0.0), light(2, dec=89.8, ra=200.0)])[2] == [1]


def test_where_no_header_tells_the_pointing_the_object_does(of):
    silent = {"ra": None, "dec": None}
    lights = [light(1, object="M 39", **silent), light(2, object="m 39", **silent)]
    lights += [light(3, object="M 31", **silent)]
    assert of(lights) == {1: [], 2: [1], 3: []}


def test_a_light_whose_neighbours_fail_is_searched_for_the_shorter_the_later_it_comes():
    lights = [light(number) for number in range(101)]
    fields = Fields(lights, SolveOptions(time_limit_s=40.0))
    places = [fields.place(one) for one in lights]
    assert {place.limit_s for place in places} == {40.0}
    assert [places[k].least_s for k in (0, 1, 2, 3, 5, 100)] == [40.0, 20.0, 10.0, 5.0, 2.5, 1.0]


def test_lights_of_unknown_scale_share_the_budget_of_their_night_and_learn_of_each_other():
    untold = [light(n, ra=2.0 * n % 360, pixel_scale=None) for n in range(1, 170)]
    fields = Fields([*untold, light(500)], SolveOptions(time_limit_s=60.0, night_budget_s=200.0))
    limits = [fields.place(one).limit_s for one in untold]
    assert limits[:4] == [60.0, 30.0, 30.0, 15.0] and sum(limits) <= 200.0
    assert limits == sorted(limits, reverse=True) and limits[-1] == 0.0
    assert numbers(fields.place(untold[9]).neighbours) == [1, 2, 3, 5, 9]  # though of other fields
    assert fields.place(light(500)).limit_s == 60.0
    another = light(600, session="20250816", pixel_scale=None)
    both = Fields([*untold, another], SolveOptions(time_limit_s=60.0, night_budget_s=200.0))
    assert both.place(another).limit_s == 60.0


@pytest.mark.parametrize("budget", [200.0, 600.0])
def test_a_light_of_unknown_scale_that_comes_in_late_changes_few_of_those_after_it(budget):
    options = SolveOptions(time_limit_s=60.0, night_budget_s=budget)
    lights = [light(number, pixel_scale=None) for number in range(0, 240, 2)]
    without, late = (
        Fields(some, options) for some in (lights, [*lights, light(13, pixel_scale=None)])
    )
    changed = [one for one in lights if without.place(one) != late.place(one)]
    assert len(changed) <= 12


def test_places_do_not_depend_on_the_order_in_which_lights_are_found():
    lights = [light(n, ra=10.0 + n % 3, pixel_scale=None if n % 4 else 2.0) for n in range(60)]
    there, back = Fields(lights, SolveOptions()), Fields(lights[::-1], SolveOptions())
    assert all(there.place(one) == back.place(one) for one in lights)


def test_lights_of_unknown_scale_that_is_set_have_no_budget():
    lights = [light(number, pixel_scale=None) for number in range(1, 50)]
    fields = Fields(lights, SolveOptions(scale_low=1.0, scale_high=3.0))
    assert {fields.place(one).limit_s for one in lights} == {60.0}


def test_what_a_job_needs_besides_its_lights_is_told_whole():
    lights = [light(n, ra=float(10 * (n % 3)), pixel_scale=None) for n in range(30)]
    fields = Fields(lights, SolveOptions())
    needed = {*numbers(fields.beside(lights[25:26])), 25}
    for number in needed:
        assert set(numbers(fields.place(lights[number]).neighbours)) <= needed
    assert fields.beside(lights) == []
