"""Words of the configuration that name nothing there is."""

import pytest

from frames import write_frame, write_night
from plateworks.errors import ConfigError
from plateworks.report.remarks import remarks


@pytest.fixture
def night(tmp_path):
    """A night with lights of two targets in two filters, below folders of their own."""
    raw = write_night(tmp_path / "raw" / "2025-08-15")
    for i, band in enumerate(("Ha", "OIII")):
        write_frame(
            raw / "lights" / f"m31_{band}_{i}.fits", "LIGHT", exptime=60.0, filter=band,
            object="M 31", date_obs=f"2025-08-15T23:0{i}:00",
        )  # fmt: skip
    return tmp_path / "raw"


@pytest.fixture
def library(tmp_path):
    write_frame(
        tmp_path / "library" / "asi" / "masterdark_60s.fits", "MASTER DARK",
        exptime=60.0, date_obs="2025-08-01T20:00:00",
    )  # fmt: skip
    return tmp_path / "library"


@pytest.fixture
def said(night, planned):
    """A function that returns what is unmet of a configuration."""

    def unmet(**config) -> list[str]:
        plan = planned(calibrate={"allow_uncalibrated": True}, **config)
        assert set(plan.unmet) <= set(remarks(plan))
        return list(plan.unmet)

    return unmet


def test_a_configuration_without_such_words_leaves_nothing_unmet(said):
    assert said() == []


@pytest.mark.parametrize(
    ("entry", "near"),
    [
        ("dark_60s_m11c_20250815", "dark_60s_m10c_20250815"),
        ("2025-08-15/ligths/*", "2025-08-15/lights/*"),
        ("2025-08-15/dark_7.fits", "2025-08-15/dark_"),
        ("masterdark_61s.fits", "masterdark_60s.fits"),
    ],
)
def test_an_entry_of_exclude_that_names_nothing_is_named_with_what_is_most_like_it(
    said, library, entry, near
):
    [sentence] = said(exclude=[entry], library=[str(library)])
    assert sentence.startswith(
        f"exclude: {entry} names no frame, set or master; the nearest is {near}"
    )


def test_an_entry_like_nothing_there_is_is_named_alone(said):
    assert said(exclude=["quxquxqux"]) == ["exclude: quxquxqux names no frame, set or master."]


@pytest.mark.parametrize(
    "entry",
    [
        "2025-08-15/dark_0.fits", "**/lights/*", "dark_60s_m10c_20250815", "broken.fits",
        "zwo-asi2600mm-pro_32x24_b1_g100_o50/bias_m10c_20250815", "light_60s_ha_m10c_20250815",
    ],
)  # fmt: skip
def test_an_entry_that_names_something_is_met(said, night, entry):
    (night / "broken.fits").write_bytes(b"SIMPLE  =")
    assert said(exclude=[entry]) == []


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("masterdark_60s.fits", "{}"), ("masterdark_60s", "{}"), ("asi/masterdark_60s", "{}"),
        ("asi/masterdark_60s.fits", "{}"), ("asi/masterdark_60s.fits", "{library}/{}"),
        ("asi/masterdark_60s.fits", "{library}/../library/{}"),
    ],
)  # fmt: skip
def test_a_master_of_a_library_is_left_out_by_its_name(said, planned, library, name, form):
    entry = form.format(name, library=library)
    assert said(exclude=[entry], library=[str(library)]) == []
    plan = planned(exclude=[entry], library=[str(library)])
    assert not plan.found
    assert not [
        light for light in plan.lights if light.dark and "masterdark" in light.dark.master.path
    ]
    [reject] = plan.rejects
    assert reject.reason == f"it is left out by the config key exclude ({entry})"


def test_the_name_of_a_master_leaves_its_set_out_whatever_its_template(planned, night):
    names = {"dark": "masters/{setup}/MasterDark_{seconds}s.fits"}
    plan = planned(names=names, exclude=["MasterDark_60s.fits"])
    assert {reject.path.rpartition("/")[2] for reject in plan.rejects} == {
        "dark_0.fits", "dark_1.fits", "dark_2.fits",
    }  # fmt: skip
    assert plan.unmet == ()


def test_a_frame_is_left_out_by_its_whole_path(planned, night):
    plan = planned(exclude=[f"{night}/2025-08-15/dark_1.fits"])
    assert [reject.path for reject in plan.rejects] == [f"{night}/2025-08-15/dark_1.fits"]


def test_a_path_rule_that_fits_no_file_is_named(said):
    rules = [
        {"match": "**/dark_*.fits", "set": {"gain": 100}},
        {"match": "2025-08-15/light/*.fits", "set": {"filter": "L"}},
    ]
    assert said(path_rules=rules) == [
        "path_rules, entry 2: 2025-08-15/light/*.fits fits no file; "
        "the nearest is 2025-08-15/lights/*."
    ]


@pytest.mark.parametrize(
    ("select", "why"),
    [
        ({"session": "20250816"}, "session: no light is of 20250816; the nearest is 20250815"),
        ({"filter": "SII"}, "filter: no light is of SII; the nearest is OIII"),
        ({"filter": "V"}, "filter: no light is of V; there are Ha, L, OIII"),
        ({"object": "M31", "filter": "Ha"}, "object: no light is of M31; the nearest is M 31"),
        ({"object": "M 31", "filter": "L"}, "no light is all that it asks for"),
        ({"match": "ligths/*"}, "match: ligths/* fits no file; the nearest is"),
    ],
)
def test_an_override_that_selects_no_light_is_named(said, select, why):
    [sentence] = said(overrides=[{"select": select, "use": {"mult": 100.0}}])
    assert sentence.startswith(f"overrides, entry 1, selects no light: {why}")


@pytest.mark.parametrize(
    "select", [{}, {"object": "m 31"}, {"filter": "H-Alpha"}, {"match": "**/m31_*"}]
)
def test_an_override_that_selects_a_light_is_met(said, select):
    assert said(overrides=[{"select": select, "use": {"mult": 100.0}}]) == []


def test_a_master_that_an_override_names_wrongly_is_refused_with_what_is_like_it(planned, night):
    with pytest.raises(ConfigError, match=r"Did you mean dark_60s_m10c_20250815\?"):
        planned(overrides=[{"use": {"dark": "dark_60s_m10c_20250851"}}])


def test_words_of_select_that_no_light_answers_to_are_named(said):
    select = {
        "sessions": ["2025-08-15", 20250816],
        "filters": ["H-Alpha", "SII"],
        "targets": ["M 31", "M 33"],
        "cameras": ["zwo asi2600mm pro", "QHY268M"],
    }
    assert said(select=select) == [
        "select.sessions: no light is of 20250816; the nearest is 20250815.",
        "select.filters: no light is of SII; the nearest is OIII.",
        "select.targets: no light is of M 33; the nearest is M 31.",
        "select.cameras: no light is of QHY268M; there are ZWO ASI2600MM Pro.",
    ]


def test_folders_without_a_frame_are_named(tmp_path, said, night, library):
    (tmp_path / "empty").mkdir()
    (night / "empty").mkdir()
    raw = [str(night), str(night / "empty"), str(night / "2025-08-15")]
    assert said(raw=[*raw, str(tmp_path / "empty")], library=[str(library)]) == [
        f"raw: the folder {night}/empty holds no frame.",
        f"raw: the folder {tmp_path}/empty holds no frame.",
    ]
    assert said(library=[str(library), str(tmp_path / "empty")]) == [
        f"library: the folder {tmp_path}/empty holds no frame.",
    ]


def test_the_folder_that_captures_go_to_may_be_empty(tmp_path, said):
    (tmp_path / "captured").mkdir()
    assert said(capture={"raw_dir": str(tmp_path / "captured")}) == []


def test_a_link_to_a_folder_that_is_read_holds_frames(tmp_path, said, night):
    (tmp_path / "link").symlink_to(night / "2025-08-15")
    assert said(raw=[str(night), str(tmp_path / "link")]) == []
