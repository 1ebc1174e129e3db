"""Templates of product names: every field, what headers cannot do, and names that would clash."""

import re

import pytest

from frames import settings, write_frame
from plateworks.errors import ConfigError
from plateworks.inventory.scan import scan
from plateworks.inventory.sources import raw_sources
from plateworks.jobs.jobs import Jobs
from plateworks.planning.paths import Naming
from plateworks.planning.plan import Plan, build_plan
from plateworks.report.preview import remarks
from plateworks.settings.names import Names


@pytest.fixture
def planned(tmp_path):
    def plan(names: dict, **changes) -> Plan:
        complete = settings(tmp_path / "raw", tmp_path / "results", names=names, **changes)
        found = scan(raw_sources(complete.raw), tmp_path / "scan.json")
        return build_plan(found, complete)

    return plan


def darks(folder, *, exposure=120.0, start=0, count=3, **cards) -> None:
    for i in range(start, start + count):
        when = f"2025-08-15T20:{i:02d}:00"
        write_frame(folder / f"d{i}.fits", "DARK", exptime=exposure, date_obs=when, **cards)


def names_of(plan: Plan) -> list[str]:
    return sorted(m.path.split("/results/")[1] for m in plan.usable)


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("dark{exposure}.fit", "dark120s.fit"),
        ("d_{exposure_s:.3f}s_{session}.fits", "d_120.000s_20250815.fits"),
        ("{date}/{kind}_{seconds}_{temperature_c:.2f}.xisf", "2025-08-15/dark_120_-10.00.xisf"),
        ("{date:%Y_%m}/d{date:%d}.fit", "2025_08/d15.fit"),
        ("{camera}_G{gain}_O{offset}_B{binning}.fit", "ZWO-ASI2600MM-Pro_G100_O50_B1.fit"),
        ("{size}_{readout}_{temperature}.fit", "32x24_na_m10c.fit"),
    ],
)
def test_a_master_is_named_by_its_fields(tmp_path, planned, template, name):
    darks(tmp_path / "raw")
    plan = planned({"dark": template})
    assert names_of(plan) == [name]
    assert re.fullmatch(Jobs(plan).masters_to_make("dark"), name)


@pytest.mark.parametrize(
    ("filter_name", "code"),
    [("Ha", "h"), ("H-Alpha", "h"), ("OIII", "o"), ("SII", "s"), ("L", "l"), ("Red", "r"),
     ("V", "v"), (None, "nofilter")],
)  # fmt: skip
def test_filters_have_the_codes_of_pulsar(tmp_path, planned, filter_name, code):
    for i in range(3):
        write_frame(tmp_path / f"raw/f{i}.fits", "FLAT", exptime=2.0, filter=filter_name)
        write_frame(tmp_path / f"raw/d{i}.fits", "DARK", exptime=2.0)
    assert f"flat_{code}.fit" in names_of(planned({"flat": "flat_{filter_code}.fit"}))


@pytest.mark.parametrize("evil", ["../../etc/x", "a/b", "x; rm", "{n}", "..", "-rf"])
def test_no_header_leads_a_product_elsewhere(tmp_path, planned, evil):
    cards = {"exptime": 60.0, "filter": evil, "object": evil, "instrume": evil}
    write_frame(tmp_path / "raw/l.fits", "LIGHT", **cards)
    template = "{object}/{camera}_{filter}_{frame}.fits"
    plan = planned({"calibrated": template}, calibrate={"require": []})
    [light] = plan.to_calibrate
    below = light.calibrated.split("/results/")[1]
    assert re.fullmatch(r"[\w.+-]+/[\w.+-]+\.fits", below)
    assert ".." not in below.split("/")


def test_two_masters_never_share_a_name_and_the_preview_says_so(tmp_path, planned):
    darks(tmp_path / "raw")
    darks(tmp_path / "raw", start=3, gain=200)
    plan = planned({"dark": "dark{exposure}.fit"})
    plain, other = sorted(names_of(plan), key=len)
    assert plain == "dark120s.fit"
    assert re.fullmatch(r"dark120s-[0-9a-f]{8}\.fit", other)
    assert any("names.dark: dark{exposure}.fit gives" in line for line in remarks(plan))
    rule = re.compile(Jobs(plan).masters_to_make("dark"))
    assert all(rule.fullmatch(name) for name in (plain, other))


def test_the_earlier_master_keeps_its_name_when_another_joins(tmp_path, planned):
    darks(tmp_path / "raw", start=10, gain=200)
    before = {m.source.id: m.path for m in planned({"dark": "dark{exposure}.fit"}).usable}
    darks(tmp_path / "raw", start=20, gain=100)
    after = {m.source.id: m.path for m in planned({"dark": "dark{exposure}.fit"}).usable}
    assert before.items() <= after.items()


def test_lights_are_counted_by_time_where_their_names_are_the_same(tmp_path, planned):
    for name, minute, band in (("b", 5, "L"), ("a", 9, "L"), ("c", 1, "Ha")):
        when = f"2025-08-15T22:{minute:02d}:00"
        cards = {"exptime": 0.5, "filter": band, "date_obs": when}
        write_frame(tmp_path / f"raw/{name}.fits", "LIGHT", **cards)
    names = {"calibrated": "m31_exp{seconds}_{filter}_{n:03d}.fit"}
    plan = planned(names, calibrate={"require": []})
    told = {light.frame.path[-6:]: light.calibrated.split("/")[-1] for light in plan.lights}
    assert told == {
        "b.fits": "m31_exp0p5_L_001.fit", "a.fits": "m31_exp0p5_L_002.fit",
        "c.fits": "m31_exp0p5_Ha_001.fit",
    }  # fmt: skip


def test_two_trials_never_share_a_folder(tmp_path, planned):
    for band in ("L", "Ha"):
        cards = {"filter": band, "exptime": 60.0}
        write_frame(tmp_path / f"raw/{band}.fits", "LIGHT", **cards)
        for i in range(2):
            write_frame(tmp_path / f"raw/flat_{band}{i}.fits", "Master Flat", **cards)
    best = {"matching": {"best_flat": True}, "calibrate": {"require": []}}
    jobs = Jobs(planned({"trial": "debug/{date:%Y_%m_%d}/light_median.fit"}, **best))
    lights = jobs.calibration(jobs.plan.lights).lights
    scores = {light.frame.raw[-7:]: light.trial.scores for light in lights}
    assert len(set(scores.values())) == 2
    for path in scores.values():
        folder = path.removesuffix("/scores.csv")
        assert re.fullmatch(jobs.plan.naming.trial_pattern(), folder.split("/results/")[1])
        assert jobs.plan.naming.is_product(f"{folder}/light_median.fit")
        assert jobs.plan.naming.is_product(f"{folder}/trials/flat_best.fit")
        assert len(jobs.trials.flats(folder)) == 2


def test_two_lights_without_a_number_get_different_names(tmp_path, planned):
    for i in range(2):
        write_frame(tmp_path / f"raw/{i}.fits", "LIGHT", exptime=1.0)
    plan = planned({"calibrated": "out.fit"}, calibrate={"require": []})
    assert len({light.calibrated for light in plan.lights}) == 2


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("dark{exposur}.fit", r"names\.dark: \{exposur\} .* is not known\.  Known here: setup"),
        ("dark{frame}.fit", r"\{frame\} .* is not known"),
        ("../dark.fit", "must lie below the results folder"),
        ("/dark.fit", "must lie below the results folder"),
        ("<name>/dark.fit", "holds '<', which Snakemake reads"),
        ("{{name}}/dark.fit", "holds '{', which Snakemake reads"),
        ("dark{exposure.fit", "is no template"),
        ("dark{exposure_s:q}.fit", r"\{exposure_s:q\} is no way to write a number"),
    ],
)
def test_a_template_that_cannot_be_used_is_said_with_its_key(template, sentence):
    with pytest.raises(ConfigError, match=sentence):
        Naming("results", Names(dark=template))


@pytest.mark.parametrize("template", ["light.fits", "{date}_{filter}.fit"])
def test_the_preview_of_a_trial_is_a_plain_name_in_a_folder(template):
    with pytest.raises(ConfigError, match=r"names\.trial.*a plain file name in a folder"):
        Naming("results", Names(trial=template))


def test_products_are_told_from_raw_frames_where_both_lie_in_one_folder():
    names = Names(dark="dark{exposure}.fit", calibrated="{folder}_CAL/{frame}_CAL.fits")
    naming = Naming("data", names)
    for path in (
        "data/flats/asi_32x24_b1/20250815_L/light.fits",
        "data/flats/asi_32x24_b1/20250815_L/trials/flat_l_best.fits",
        "data/previews/asi_32x24_b1/preview_flat_l.fits",
        "data/dark120s.fit",
        "data/dark120s-0123abcd.fit",
        "data/a/b_CAL/x_CAL.fits",
    ):
        assert naming.is_product(path), path
    for path in (
        "data/flats/Ha/light.fits",
        "data/flats/f1.fits",
        "data/dark0001.fit",
        "data/a/dark120s.fit",
        "dark120s.fit",
        "data/a/b/x.fits",
    ):
        assert not naming.is_product(path), path


def test_a_constant_bias_serves_every_setup_at_any_time(tmp_path, planned):
    darks(tmp_path / "raw", exposure=60.0)
    darks(tmp_path / "raw", exposure=60.0, start=3, gain=200)
    write_frame(tmp_path / "raw/bias.fits", "BIAS")
    write_frame(tmp_path / "raw/l.fits", "LIGHT", exptime=120.0, date_obs="2031-01-01T00:00:00")
    level = {"bias_level": 100.0, "min_frames": 3}
    plan = planned({}, masters=level, calibrate={"require": ["dark"]})
    biases = [m for m in plan.usable if m.source.key.kind == "bias"]
    assert [m.path.rsplit("/", 1)[1] for m in biases] == ["bias_100adu.fits"] * 2
    assert all(re.fullmatch(Jobs(plan).masters_to_make("bias"), m.path.split("/results/")[1])
               for m in biases)  # fmt: skip
    [light] = plan.to_calibrate
    assert (light.dark.k, light.dark.bias.path in {m.path for m in biases}) == (2.0, True)
    assert "takes the place of bias frames" in plan.rejects[0].reason
    assert Jobs(plan).master(biases[0].path).constant == 100.0
