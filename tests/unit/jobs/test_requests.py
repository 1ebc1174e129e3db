"""What the jobs of each rule ask for, as Snakemake calls for it."""

import inspect
from types import SimpleNamespace

import pytest

from frames import settings, write_frame, write_night
from plateworks.jobs.demand import Around
from plateworks.jobs.jobs import Jobs
from plateworks.jobs.lookup import Lookup
from plateworks.jobs.requests import Request, Requests
from plateworks.jobs.resources import Demands
from plateworks.planning.run import plan_run
from plateworks.records import plain

#: What Snakemake gives a function of a resource that names it as a parameter.
GIVEN = {"attempt": 2, "threads": 2}


def jobs_of(folder, **changes) -> Jobs:
    write_night(folder / "raw", lights=3)
    given = settings(folder / "raw", folder / "results", **changes)
    return Jobs(plan_run(given, rescan=True))


@pytest.fixture(scope="module")
def jobs(tmp_path_factory) -> Jobs:
    changes = {"matching": {"best_flat": True}, "mem_gb": 0.004}
    return jobs_of(tmp_path_factory.mktemp("night"), **changes)


def asked(request: Request, wildcards: object) -> dict[str, int]:
    """Call the functions of a request as Snakemake does, by the names of their parameters."""
    values = {}
    for name, function in request.resources.items():
        taken = set(inspect.signature(function).parameters) & set(GIVEN)
        values[name] = function(wildcards, **{key: GIVEN[key] for key in taken})
    return values


def below(jobs: Jobs, path: str) -> str:
    return path.removeprefix(f"{jobs.results}/")


def test_a_request_is_what_the_demand_says_for_the_attempt_and_the_threads(jobs):
    path = jobs.plan.usable[0].path
    wildcards = SimpleNamespace(master=below(jobs, path))
    demand, node = Demands(jobs).master(path), jobs.plan.settings.node
    request = Requests(Lookup(jobs)).master
    assert request.threads(wildcards) == demand.threads
    assert asked(request, wildcards) == {
        "mem_mb": demand.memory(2, 2), "disk_mb": demand.disk(),
        "runtime": demand.minutes(2, node, 2),
    }  # fmt: skip


def test_snakemake_round_a_job_is_asked_for_too_where_it_runs_there(jobs):
    wildcards = SimpleNamespace(master=below(jobs, jobs.plan.usable[0].path))
    around = Requests(Lookup(jobs), lambda: Around(mb=500, seconds=600)).master
    alone = Requests(Lookup(jobs)).master
    more = asked(around, wildcards)["mem_mb"] - asked(alone, wildcards)["mem_mb"]
    assert more == pytest.approx(2 * 500, abs=2)
    assert asked(around, wildcards)["runtime"] > asked(alone, wildcards)["runtime"]


def test_every_rule_has_its_request(jobs):
    requests, demands = Requests(Lookup(jobs)), Demands(jobs)
    [batch] = jobs.batches
    listed, masked = sorted(jobs.cosmetic_files(), key=lambda path: not path.endswith(".lst"))[::2]
    flat = next(one.path for one in jobs.plan.usable if one.source.key.kind == "flat")
    image = below(jobs, flat).removesuffix(".fits")
    for request, wildcards, demand in [
        (requests.adoption, {"master": below(jobs, flat)}, demands.adoption(flat)),
        (requests.integration, {"image": image}, demands.integration(flat)),
        (requests.mask, {"badpix": below(jobs, masked)}, demands.mask(flat)),
        (requests.calibration(batch), {}, demands.calibration(batch)),
        (requests.solving(batch), {}, demands.solving(batch)),
        (
            requests.hot_list,
            {"cosmetic": below(jobs, listed)},
            demands.hot_list(jobs.dark_of_list(listed)),
        ),
    ]:
        assert request.demand(SimpleNamespace(**wildcards)) == demand


def test_masters_are_reckoned_by_the_plan_that_holds_now(tmp_path):
    begun = jobs_of(tmp_path)
    path = next(one.path for one in begun.plan.usable if one.source.key.kind == "dark")
    write_frame(tmp_path / "raw" / "captured.fits", "DARK", exptime=60.0)
    now = Jobs(plan_run(begun.plan.settings, rescan=True))
    demand = Requests(Lookup(begun, lambda: now)).master.demand
    needed = demand(SimpleNamespace(master=below(begun, path)))
    assert needed == Demands(now).master(path) != Demands(begun).master(path)


def test_memory_for_combining_is_a_resource_of_its_own_and_no_part_of_a_job(jobs):
    assert Requests(Lookup(jobs)).combine_mb == 4
    assert "mem" not in " ".join(plain(jobs.master(jobs.plan.usable[0].path)))
