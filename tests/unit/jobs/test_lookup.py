"""What rules find by the wildcards of a job."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from frames import settings, write_frame, write_night
from plateworks.errors import PlateworksError
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import IntegrationLookup, Lookup
from plateworks.jobs.pixinsight import Integration
from plateworks.orders.lights import CalibrationOrder
from plateworks.orders.repairs import MaskOrder
from plateworks.planning.run import plan_run
from plateworks.records import record_of


def jobs_of(folder: Path, **changes) -> Jobs:
    """Return the jobs of a night with flats of two nights, of which the first is the nearer."""
    write_night(folder / "raw", lights=3)
    for i in range(3):
        write_frame(
            folder / "raw" / f"flat_later_{i}.fits", "FLAT",
            exptime=2.0, filter="L", date_obs=f"2025-08-16T19:0{i}:00",
        )  # fmt: skip
    given = settings(folder / "raw", folder / "results", **changes)
    return Jobs(plan_run(given, rescan=True))


@pytest.fixture(scope="module")
def jobs(tmp_path_factory) -> Jobs:
    return jobs_of(tmp_path_factory.mktemp("night"), matching={"best_flat": True})


@pytest.fixture
def lookup(jobs) -> Lookup:
    return Lookup(jobs)


def below(jobs: Jobs, path: str) -> str:
    return path.removeprefix(f"{jobs.results}/")


def names(paths) -> list[str]:
    return [Path(path).name for path in paths]


def master(jobs: Jobs, kind: str) -> str:
    """Return the path of the first master of a kind."""
    return next(one.path for one in jobs.plan.usable if one.source.key.kind == kind)


def replaced(path: str, jobs: Jobs) -> Jobs:
    """Put another frame in place of one, and plan again."""
    data = bytearray(Path(path).read_bytes())
    data[2880] ^= 1
    Path(path).write_bytes(data)
    return Jobs(plan_run(jobs.plan.settings, rescan=True))


def test_the_inputs_of_a_master_flat_are_the_masters_that_its_frames_need(jobs, lookup):
    wildcards = SimpleNamespace(master=below(jobs, master(jobs, "flat")))
    dark = master(jobs, "darkflat")
    assert lookup.files_of_master(wildcards) == [dark, jobs.orders.lists[dark]]
    order = lookup.master(wildcards)
    assert order["kind"] == "flat"
    assert names(frame["raw"] for frame in order["frames"]) == [f"flat_{i}.fits" for i in range(3)]


def test_a_master_is_told_what_its_frames_hold(tmp_path):
    jobs = jobs_of(tmp_path)
    flat = SimpleNamespace(master=below(jobs, master(jobs, "flat")))
    dark = SimpleNamespace(master=below(jobs, master(jobs, "dark")))
    before = [Lookup(jobs).told_of_master(one) for one in (flat, dark)]
    again = replaced(f"{tmp_path}/raw/flat_1.fits", jobs)
    after = [Lookup(again).told_of_master(one) for one in (flat, dark)]
    assert before[0] != after[0]
    assert before[1] == after[1]


def test_a_path_that_the_plan_does_not_know_is_refused_with_its_name(lookup):
    with pytest.raises(PlateworksError, match=r"no master .*results/masters/none\.fits"):
        lookup.files_of_master(SimpleNamespace(master="masters/none.fits"))


def test_a_master_has_the_frames_of_the_plan_that_holds_now(tmp_path):
    begun = jobs_of(tmp_path)
    write_frame(tmp_path / "raw" / "captured.fits", "DARK", exptime=60.0)
    now = Jobs(plan_run(begun.plan.settings, rescan=True))
    wildcards = SimpleNamespace(master=below(begun, master(begun, "dark")))
    then, lookup = Lookup(begun), Lookup(begun, lambda: now)
    assert len(then.master(wildcards)["frames"]) == 3
    frames = lookup.master(wildcards)["frames"]
    assert "captured.fits" in names(frame["raw"] for frame in frames)
    assert lookup.told_of_master(wildcards) != then.told_of_master(wildcards)


def test_a_list_is_made_of_its_dark_and_a_mask_of_its_flat_and_the_frames_of_that(jobs, lookup):
    lists = [path for path in jobs.cosmetic_files() if path.endswith(".lst")]
    masks = [path for path in jobs.cosmetic_files() if path not in lists]
    darks = [lookup.dark_of_list(SimpleNamespace(cosmetic=below(jobs, path))) for path in lists]
    assert Path(master(jobs, "dark")) in darks
    for path in masks:
        wildcards = SimpleNamespace(badpix=below(jobs, path))
        flat = lookup.flat_of_mask(wildcards)
        order = record_of(MaskOrder, lookup.mask(wildcards), "x")
        assert replace(order, told=None) == jobs.mask(flat)
        assert order.told == lookup.told_of_mask(wildcards)
        of_flat = lookup.files_of_master(SimpleNamespace(master=below(jobs, flat)))
        assert lookup.files_of_mask(wildcards) == of_flat


def test_a_batch_is_all_its_lights_whatever_the_wildcards(jobs, lookup):
    [batch] = jobs.batches
    order = record_of(CalibrationOrder, lookup.calibration(batch, {}), "x")
    lights = tuple(replace(light, told=None) for light in order.lights)
    assert replace(order, lights=lights) == jobs.calibration(batch.lights)
    assert [light.told for light in order.lights] == lookup.told_of_calibration(batch, {})
    assert names(light.frame.raw for light in order.lights) == [
        f"light_{i:04d}.fits" for i in range(3)
    ]
    assert lookup.calibrated(batch, {}) == jobs.calibrated_files()
    files = lookup.files_of_calibration(batch, {})
    assert {"scores.csv"} < set(names(files))
    assert not {light.frame.path for light in batch.lights} & set(files)


@pytest.mark.parametrize("stage", ["calibrated", "solved"])
def test_a_batch_without_lights_is_the_light_that_is_named(tmp_path, stage):
    jobs = jobs_of(tmp_path, frames_per_job=1)
    lookup, [batch] = Lookup(jobs), jobs.batches
    light = jobs.plan.to_calibrate[1]
    wildcards = {stage: below(jobs, getattr(light, stage))}
    order = record_of(CalibrationOrder, lookup.calibration(batch, wildcards), "x")
    assert [one.frame.raw for one in order.lights] == [light.frame.path]
    assert lookup.calibrated(batch, wildcards) == [light.calibrated]


def test_a_trial_takes_every_candidate_and_the_lights_without_a_flat(jobs, lookup):
    trial = Path(jobs.trials.scores(jobs.plan.to_calibrate[0])).parent
    wildcards = SimpleNamespace(trial=below(jobs, str(trial)))
    flats = lookup.flats_of_trial(wildcards)
    assert set(flats) == {m.path for m in jobs.plan.usable if m.source.key.kind == "flat"}
    assert lookup.previews_of_trial(wildcards) == list(flats.values())
    assert len(lookup.trial(wildcards)["frames"]) == 3
    assert not set(flats) & set(lookup.files_of_trial(wildcards))
    for flat, preview in flats.items():
        of_preview = SimpleNamespace(preview=below(jobs, preview).removesuffix(".fits"))
        assert lookup.flat_of_preview(of_preview) == Path(flat)


def test_an_image_of_pixinsight_and_the_master_that_it_becomes_have_the_same_frames(jobs):
    flat = master(jobs, "flat")
    lookup = IntegrationLookup(Integration(jobs))
    of_master = SimpleNamespace(master=below(jobs, flat))
    image = Path(lookup.image_of_master(of_master))
    name = below(jobs, str(image.with_suffix(""))).removeprefix("pixinsight/")
    of_image = SimpleNamespace(image=name)
    assert lookup.order(of_image)["integrated"] == str(image)
    raw = [frame["raw"] for frame in lookup.adoption(of_master)["frames"]]
    assert [frame["raw"] for frame in lookup.order(of_image)["frames"]] == raw
    files = lookup.files(of_image)
    assert files
    assert all(path.startswith(f"{jobs.results}/pixinsight/") for path in files)
    assert lookup.files_of_adoption(of_master) == [master(jobs, "darkflat")]


def test_pixinsights_jobs_are_told_what_their_frames_hold(tmp_path):
    jobs = jobs_of(tmp_path)
    flat = SimpleNamespace(master=below(jobs, master(jobs, "flat")))

    def told(jobs: Jobs) -> list[str]:
        lookup = IntegrationLookup(Integration(jobs))
        image = Path(lookup.image_of_master(flat)).with_suffix("")
        of_image = SimpleNamespace(image=below(jobs, str(image)).removeprefix("pixinsight/"))
        return [lookup.told(of_image), lookup.told_of_adoption(flat), lookup.all_told({})]

    before = told(jobs)
    after = told(replaced(f"{tmp_path}/raw/flat_1.fits", jobs))
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_dark_of_a_library_is_no_input_of_its_list(tmp_path):
    write_frame(
        tmp_path / "library" / "masterdark.fits", "MASTER DARK",
        exptime=60.0, date_obs="2025-08-15T20:00:00",
    )  # fmt: skip
    jobs = jobs_of(tmp_path, library=[str(tmp_path / "library")])
    [found] = [one for one in jobs.plan.found if one.kind == "dark"]
    lists = {jobs.dark_of_list(path): path for path in jobs.cosmetic_files() if ".lst" in path}
    of_found = SimpleNamespace(cosmetic=below(jobs, jobs.orders.lists[found.path]))
    of_made = SimpleNamespace(cosmetic=below(jobs, lists[master(jobs, "dark")]))
    lookup = Lookup(jobs)
    assert lookup.dark_of_list(of_found) == Path(found.path)
    assert lookup.files_of_list(of_found) == []
    assert lookup.files_of_list(of_made) == [master(jobs, "dark")]
    before = lookup.told_of_list(of_found)
    assert Lookup(replaced(found.path, jobs)).told_of_list(of_found) != before
