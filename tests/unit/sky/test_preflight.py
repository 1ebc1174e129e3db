"""Before a run: the fields that cannot be searched are told, each with its remedy."""

from dataclasses import replace

import pytest

from plateworks.errors import ConfigError
from plateworks.metadata.frame import Frame
from plateworks.settings.solve import SolveOptions
from plateworks.sky.engines import indexes
from plateworks.sky.engines.embedded import Embedded
from plateworks.sky.engines.solvefield import SolveField
from plateworks.sky.preflight import hard_to_search, unsearchable

FRAME = Frame("a.fits", width=1200, height=900, bitpix=16, pixel_scale=2.0)  # 40' by 30'


@pytest.fixture(autouse=True)
def no_usual_places(monkeypatch):
    monkeypatch.setattr(indexes, "USUAL_PLACES", ())
    monkeypatch.delenv(indexes.ENVIRONMENT, raising=False)


@pytest.fixture
def options(index_dir) -> SolveOptions:
    return replace(SolveOptions(), index_dirs=(index_dir,))


def test_a_field_that_an_index_fits_is_not_mentioned(options):
    assert unsearchable([FRAME], options) == []


def test_each_size_of_field_without_an_index_is_told_once(options):
    tiny = replace(FRAME, pixel_scale=0.2)
    (told,) = unsearchable([FRAME, tiny, replace(tiny, path="b.fits", ra=1.0, dec=2.0)], options)
    assert told.startswith("No index fits the field of 3.99' x 3'") and "solve.index_dirs" in told
    assert len(unsearchable([tiny, replace(tiny, width=900)], options)) == 2


def test_a_wide_field_is_told_in_degrees_and_in_words_of_people(options):
    wide = replace(FRAME, pixel_scale=120.0)
    (told,) = unsearchable([wide], options)
    assert told.startswith("No index fits the field of 39.2° x 29.4°: ")
    assert "e+0" not in told and "quad" not in told


def test_a_field_of_unknown_scale_may_be_one_that_an_index_fits(options):
    unknown = replace(FRAME, pixel_scale=None)
    assert unsearchable([unknown, replace(unknown, ra=100.0, dec=-80.0)], options) == []
    (told,) = unsearchable([unknown], SolveOptions())
    assert "no index file was found" in told


def test_what_cannot_run_here_is_judged_as_well(options, monkeypatch):
    for engine in (Embedded, SolveField):
        monkeypatch.setattr(engine, "lack", lambda: "something")
    assert unsearchable([FRAME], options) == []
    assert len(unsearchable([replace(FRAME, pixel_scale=0.2)], options)) == 1


def test_a_folder_that_is_not_there_is_an_error_before_the_run():
    with pytest.raises(ConfigError, match=r"solve\.index_dirs names /nowhere"):
        unsearchable([], replace(SolveOptions(), index_dirs=("/nowhere",)))


def test_lights_whose_scale_nothing_tells_are_named_with_what_would(options):
    mute = replace(FRAME, pixel_scale=None, pixel_size=3.8)
    lights = [FRAME, mute, replace(mute, path="b.fits"), replace(mute, pixel_size=None)]
    one, other = hard_to_search(lights, options)
    assert one.startswith("a.fits and 1 more: ") and "(no FOCALLEN)" in one
    assert "set solve.scale_low and solve.scale_high, or focal_length" in one
    assert "(no FOCALLEN and no XPIXSZ)" in other


@pytest.mark.parametrize(
    "told", [{"scale_low": 1.0, "scale_high": 3.0}, {"field_width_deg": (0.5, 0.8)}]
)
def test_where_the_configuration_tells_the_scale_no_header_has_to(options, told):
    mute = replace(FRAME, pixel_scale=None)
    assert hard_to_search([mute], options) and not hard_to_search([mute], replace(options, **told))


def test_a_catalogue_of_magnitudes_that_cannot_serve_is_said(index_dir, tmp_path):
    options = replace(SolveOptions(), index_dirs=(index_dir,))
    with pytest.raises(ConfigError, match=r"solve\.catalogue names /nowhere, which is not a file"):
        unsearchable([], replace(options, catalogue="/nowhere"))
    (tmp_path / "stars.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="has no column of right ascension"):
        unsearchable([], replace(options, catalogue=str(tmp_path / "stars.csv")))
