"""Files that are what a line names them, whatever their headers say, and masters found by name."""

import pytest

from frames import write_frame
from plateworks.errors import ConfigError
from plateworks.planning.plan import Plan
from plateworks.planning.run import plan_run
from plateworks.settings.configuration import complete

SILENT = {
    "imagetyp": None, "exptime": None, "filter": None, "date_obs": None, "instrume": None,
}  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(results="results", **given) -> Plan:
    return plan_run(complete({"results": results} | given), rescan=True)


def silent(*names: str, **cards) -> None:
    for name in names:
        write_frame(name, "", **(SILENT | cards))


def test_a_light_a_dark_and_a_flat_need_no_card_at_all(here):
    silent("m31.fit", "a.fit", "b.fit")
    named = {"light": "=m31.fit", "dark": "a.fit", "flat": "b.fit", "mult": 25000}
    [light] = plan(by_hand=named).lights
    assert (light.refused, light.word) == ("", "pinned")
    assert (light.dark.master.path, light.flat.master.path) == ("a.fit", "b.fit")
    assert (light.mult, light.cosmetic, light.dark.optimise) == (25000, "none", False)


def test_what_is_named_wins_over_the_header_which_is_noted(here):
    write_frame("x.fit", "FLAT", filter="L")
    write_frame("y.fit", "LIGHT", filter="L", exptime=60.0)
    found = plan(by_hand={"light": "=x.fit", "dark": "y.fit"})
    [light] = found.lights
    assert (light.frame.path, light.dark.master.path) == ("x.fit", "y.fit")
    assert "it is named as a light, the header says flat" in light.frame.notes


def test_a_light_that_is_named_is_raw_whatever_was_done_to_it_and_that_is_noted(here):
    silent("m31.fit", calstat="BD")
    silent("a.fit")
    [light] = plan(by_hand={"light": "=m31.fit", "dark": "a.fit"}).lights
    assert (light.refused, light.dark.master.path) == ("", "a.fit")
    done, named = light.frame.notes[-2:]
    assert "taken out already" in done
    assert named == "it is named as a raw light: nothing counts as taken out of it"


def test_what_is_not_named_beside_a_dark_is_left_out(here):
    write_frame("x.fit", "LIGHT", filter="L", exptime=60.0)
    write_frame("lib/master_flat.fit", "Master Flat", filter="L")
    write_frame("dark.fit", "DARK", exptime=60.0)
    [light] = plan(by_hand={"light": "=x.fit", "dark": "dark.fit"}, library=["lib"]).lights
    assert (light.refused, light.flat) == ("", None)


def test_a_dark_beside_a_bias_is_taken_as_free_of_it_where_it_does_not_say(here):
    silent("m31.fit", "a.fit", "b.fit")
    [light] = plan(by_hand={"light": "=m31.fit", "dark": "a.fit", "bias": "b.fit"}).lights
    assert light.dark.master.bias_inside is False
    assert (light.dark.bias.path, light.dark.dark_bias) == ("b.fit", None)


def test_a_dark_is_fitted_beside_no_bias_as_if_there_were_none(here):
    silent("m31.fit", "a.fit")
    [light] = plan(by_hand={"light": "=m31.fit", "dark": "a.fit", "k": "optimise"}).lights
    assert light.dark.optimise
    assert light.dark.bias.constant


@pytest.mark.parametrize("many", ["some*.fit", "some1.fit", "@list.txt", "folder"])
def test_several_files_of_any_kind_are_frames_of_one_bias(here, many):
    names = [f"some{i}.fit" for i in (1, 2, 3)]
    for name in (*names, *(f"folder/{name}" for name in names)):
        write_frame(name, "" if many == "folder" else "LIGHT",
                    imagetyp=None if many == "folder" else "LIGHT", exptime=30.0)  # fmt: skip
    (here / "list.txt").write_text("\n".join(names))
    [bias] = plan(by_hand={"bias": many}).to_make
    assert (bias.source.key.kind, len(bias.source.frames)) == ("bias", 3)


def test_no_other_bias_takes_the_place_of_the_one_that_is_named(here):
    for i in range(3):
        write_frame(f"darks/{i}.fit", "DARK", exptime=60.0)
    write_frame("lib/master_bias.fit", "Master Bias", exptime=0.0)
    silent("older.fit")
    found = plan(
        raw="darks", library="lib", by_hand={"bias": "older.fit"}, masters={"subtract_bias": True}
    )
    [dark] = found.to_make
    assert [match.master.path for match in dark.matches] == ["older.fit"]
    assert "by_hand.bias takes its place" in found.rejects[0].reason


def test_in_a_folder_that_is_named_headers_tell_where_they_do(here):
    write_frame("all/one.fit", "DARK", exptime=60.0)
    write_frame("all/two.fit", "FLAT", filter="L")
    silent("all/three.fit", exptime=30.0)
    write_frame("x.fit", "LIGHT", filter="L", exptime=60.0)
    found = plan(by_hand={"light": "=x.fit", "dark": "all"})
    assert {m.path: m.kind for m in found.found} == {
        "all/one.fit": "dark", "all/two.fit": "flat", "all/three.fit": "dark",
    }  # fmt: skip
    found = plan(by_hand={"light": "=x.fit", "dark": "all", "flat": "all"})
    assert {m.path: m.kind for m in found.found} == {"all/one.fit": "dark", "all/two.fit": "flat"}


def flats(folder):
    for i in range(3):
        write_frame(folder / f"f{i}.fit", "FLAT", filter="L", exptime=2.0)


NAMES = {"dark": "dark{exposure}.fit", "bias": "bias.fit", "flat": "flat_{filter}.fit"}


def test_a_frame_with_the_name_of_the_master_of_its_set_is_that_master(here):
    flats(here / "flats")
    write_frame("flats/dark2s.fit", "DARK", exptime=2.0)
    write_frame("flats/dark9s.fit", "DARK", exptime=5.0)
    found = plan("out", raw="flats", names=NAMES)
    assert [master.path for master in found.found] == ["flats/dark2s.fit"]
    [flat] = found.to_make
    assert {match.master.path for match in flat.matches} == {"flats/dark2s.fit"}


def test_masters_in_the_working_folder_join_where_there_are_some(here):
    flats(here / "flats")
    here_too = {"library_here": ["dark[0-9]*s.fit"], "names": NAMES}
    assert plan(".", raw="flats", **here_too).found == ()
    write_frame("dark2s.fit", "DARK", exptime=2.0)
    write_frame("dark_2s_raw.fit", "DARK", exptime=2.0)
    found = plan(".", raw="flats", **here_too)
    assert [master.path for master in found.found] == ["dark2s.fit"]
    write_frame("mine/dark2s.fit", "DARK", exptime=2.0)
    found = plan(".", raw="flats", by_hand={"dark": "mine"}, **here_too)
    assert [master.path for master in found.found] == ["mine/dark2s.fit"]


def test_a_master_that_the_run_makes_serves_as_that_and_not_as_one_found(here):
    for i in range(3):
        write_frame(f"bias{i}.fit", "BIAS", exptime=0.0)
    write_frame("bias.fit", "Master Bias", exptime=0.0, pwvers="1")
    found = plan(".", raw="bias?.fit", library_here=["bias.fit"], names=NAMES)
    assert ([m.path for m in found.to_make], found.found) == ([str(here / "bias.fit")], ())


def test_a_library_that_is_the_results_folder_is_read(here):
    write_frame("lib/dark60s.fit", "DARK", exptime=60.0)
    write_frame("x.fit", "LIGHT", filter="L", exptime=60.0)
    found = plan(
        "lib", raw="=x.fit", library="lib", names=NAMES, calibrate={"require": ["dark"]}
    )  # fmt: skip
    [light] = found.lights
    assert light.dark.master.path == "lib/dark60s.fit"


def test_a_file_that_is_not_there_is_named_with_its_key(here):
    with pytest.raises(ConfigError, match=r"flat\.fit does not exist.*by_hand\.dark"):
        plan(by_hand={"flat": "flat.fit", "dark": "flat.fit"})
