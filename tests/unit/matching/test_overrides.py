"""The user's own word that cannot be followed: each mistake in a sentence."""

from dataclasses import replace

import pytest

from frames import write_night
from plateworks.errors import ConfigError
from plateworks.inventory.sets import Setup
from plateworks.jobs.jobs import Jobs
from plateworks.matching.candidates import Candidate
from plateworks.matching.darkrules import Biases
from plateworks.matching.match import Match
from plateworks.matching.overrides import Overrides, pinned_dark
from plateworks.metadata.frame import Frame
from plateworks.report.associations import associations
from plateworks.settings.overrides import Chosen, Override, Used

SETUP = Setup("asi2600", 100, 80, 1, 1, 100.0, 50.0, None)
LIGHT = Frame(path="raw/light.fits", width=100, height=80, bitpix=16, filter="Ha")


def master(path: str, kind: str = "dark", **changes) -> Candidate:
    plain = Candidate(
        path=path, kind=kind, setup=SETUP, temperature=-10.0, exposure=120.0, filter=None,
        telescope=None, focal_length=None, rotator=None, mjd=60000.0, bias_inside=True, made=False,
    )  # fmt: skip
    return replace(plain, **changes)


DARK = master("lib/dark.fits")


def pins(use: dict, *masters: Candidate, light: Frame = LIGHT, **select) -> dict:
    entry = Override(select=Chosen(**select), use=Used(**use))
    overrides = Overrides([entry], masters or (DARK,))
    return overrides.pins(light, "20230224", "light.fits")


def test_nothing_is_pinned_without_entries():
    assert not Overrides([], [DARK])
    assert Overrides([], [DARK]).pins(LIGHT, "20230224", "light.fits") == {}


def test_a_master_that_is_not_there():
    with pytest.raises(ConfigError, match=r"entry 1: there is no master missing.*sets\.csv"):
        pins({"dark": "missing"})


@pytest.mark.parametrize(
    ("slot", "kind"), [("flat", "dark"), ("bias", "dark"), ("dark", "flat"), ("bias", "flat")]
)
def test_a_master_of_another_kind(slot, kind):
    with pytest.raises(ConfigError, match=f"m is a master {kind} and cannot serve as {slot}"):
        pins({slot: "m"}, master("lib/m.fits", kind))


@pytest.mark.parametrize("slot", ["dark", "bias", "flat"])
def test_a_master_of_another_size(slot):
    small = master("lib/m.fits", slot, setup=replace(SETUP, width=50))
    with pytest.raises(ConfigError, match=r"lib/m\.fits is of 50x80 pixels.*light\.fits of 100x80"):
        pins({slot: "m"}, small)


def test_a_master_of_another_size_that_no_light_gets_is_no_mistake():
    small = master("lib/m.fits", setup=replace(SETUP, width=50))
    assert pins({"dark": "m"}, small, filter="L") == {}


def test_a_name_that_two_masters_have_is_said_with_both_and_a_path_decides():
    twins = master("a/dark.fits"), master("b/dark.fits")
    with pytest.raises(ConfigError, match=r"dark may be a/dark\.fits and b/dark\.fits"):
        pins({"dark": "dark"}, *twins)
    assert pins({"dark": "b/dark.fits"}, *twins)["dark"].value == twins[1]
    assert pins({"dark": "b/dark"}, *twins)["dark"].value == twins[1]


@pytest.mark.parametrize("use", [{"k": 1.1}, {"dark": "free"}, {"dark": "free", "k": 1.0}])
def test_a_bias_that_is_needed_and_nowhere(use):
    free = master("lib/free.fits", bias_inside=False)
    found = pins(use, DARK, free)
    with pytest.raises(ConfigError, match=r"entry 1: .* only beside a master bias.*none matches"):
        pinned_dark(found, Match(DARK), lambda dark: Biases(None, None))


def test_a_list_is_pinned_by_its_path():
    assert pins({"cosmetic": "my.lst"})["cosmetic"].value == "my.lst"


def test_a_light_may_go_without_any_list(tmp_path, planned):
    write_night(tmp_path / "raw", lights=1)
    for use, listed in (({"k": 1.0}, True), ({"cosmetic": "none"}, False)):
        plan = planned(overrides=[{"use": use}])
        [light] = Jobs(plan).calibration(plan.to_calibrate).lights
        assert (light.frame.cosmetic is not None) == listed
        [row] = [one for one in associations(plan) if one.slot == "cosmetic"]
        assert bool(row.chosen) == listed


def test_k_may_be_fitted_where_a_bias_is_known():
    found = pins({"dark": "dark", "k": "optimise"})
    bias = Match(master("lib/bias.fits", "bias"))
    dark = pinned_dark(found, None, lambda dark: Biases(bias, bias))
    assert dark.optimise
    assert (dark.bias.path, dark.dark_bias.path) == ("lib/bias.fits", "lib/bias.fits")
    assert "K fitted by overrides 1" in dark.reason
    with pytest.raises(ConfigError, match="only beside a master bias"):
        pinned_dark(found, None, lambda dark: Biases(bias, None))
