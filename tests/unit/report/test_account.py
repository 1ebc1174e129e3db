"""The account of a run: what is there, of what it was made, and nothing read twice."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crates import faults_of_crate
from inprocess import expose_night, reduce, sensor
from plateworks.csvtable import write_table
from plateworks.jobs.jobs import Jobs
from plateworks.metadata.datadigest import digest_of_data
from plateworks.report.account import give_account
from plateworks.report.account.account import (
    Account,
    Made,
    Used,
    Verdict,
    read_account,
    write_account,
)
from plateworks.report.account.crate import CRATE, write_crate
from plateworks.report.account.gather import account_of

HOSTILE = 'a <script> #1 ?" 100% ünï.fits'


@pytest.fixture
def jobs(tmp_path):
    """A night that is reduced, up to its calibrated frames."""
    expose_night(tmp_path / "raw", sensor())
    return Jobs(reduce(tmp_path / "raw", stages=["calibrated"]))


def made(**others) -> Made:
    told = {"kind": "master dark", "data": "0" * 32, "recipe": "1" * 16, "size": 7, "used": ()}
    return Made(**told | others)


def account(**products) -> Account:
    return Account(
        nights=("20250815",), software={"plateworks": "1", "python": "3.11.7"}, algorithms={},
        settings={}, products=products, verdicts={},
    )  # fmt: skip


def never(path):
    return False


def test_it_tells_each_product_that_is_there_with_what_it_was_made_of(jobs):
    told = account_of(jobs, None, never)
    there = [*jobs.master_files(), *jobs.cosmetic_files(), *jobs.calibrated_files()]
    assert {*told.products} == {path.removeprefix(f"{jobs.results}/") for path in there}
    first = jobs.plan.to_calibrate[0]
    light = told.products[first.calibrated.removeprefix(f"{jobs.results}/")]
    assert light.kind == "calibrated frame"
    raw, *others = light.used
    assert (raw.raw, raw.data) == (True, digest_of_data(first.frame.path, True).whole)
    assert f"{jobs.results}/{others[0].file}" == first.dark.master.path
    for other in others:
        assert (other.raw, other.data) == (False, told.products[other.file].data)
    assert told.settings["stages"] == "[calibrated]"


def test_what_is_thought_of_a_master_is_told_with_the_reason(jobs, tmp_path):
    flat, *_ = (path for path in jobs.master_files() if "flat" in path)
    (tmp_path / "results" / "report").mkdir()
    table = tmp_path / "results" / "report" / "masters.csv"
    write_table(table, ("master", "verdict", "why"), [(flat, "doubtful", "dust moved")])
    verdicts = account_of(jobs, None, never).verdicts
    name = flat.removeprefix(f"{jobs.results}/")
    assert verdicts == {name: Verdict(verdict="doubtful", why="dust moved")}


def test_a_product_that_did_not_change_is_not_read_again(jobs):
    before = account_of(jobs, None, never)
    name, *_ = before.products
    marked = replace(before, products={**before.products, name: made(kind="as it was told")})
    assert account_of(jobs, marked, lambda path: True) == marked
    assert account_of(jobs, marked, never) == before


def test_it_is_written_once_and_again_when_something_else_is_to_be_told(jobs, tmp_path):
    give_account(jobs, never)
    files = [tmp_path / "results" / name for name in ("report/run.json", CRATE)]
    first = [(path.stat().st_ino, path.read_bytes()) for path in files]
    give_account(jobs, never)
    assert [(path.stat().st_ino, path.read_bytes()) for path in files] == first
    (tmp_path / "results" / json.loads(first[0][1])["products"].popitem()[0]).unlink()
    give_account(jobs, never)
    assert all(path.read_bytes() != was for path, (_, was) in zip(files, first, strict=True))


def test_a_crate_that_a_killed_run_did_not_write_is_written_by_the_next(jobs, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("plateworks.report.account.write_crate", killed)
        give_account(jobs, never)
    give_account(jobs, never)
    crate = Path(jobs.results, CRATE)
    told = crate.read_bytes()
    crate.unlink()
    give_account(jobs, never)
    assert crate.read_bytes() == told


def test_a_table_of_lights_that_is_not_ours_tells_no_verdict(jobs):
    Path(jobs.results, "report").mkdir()
    Path(jobs.results, "report", "lights.csv").write_text("session,frame\n20250301,light_0\n")
    told = account_of(jobs, None, never)
    assert told.products and not told.verdicts


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"nights": 7}', "\xff"])
def test_one_that_is_not_ours_counts_as_none(tmp_path, text):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "run.json").write_text(text)
    assert read_account(str(tmp_path)) is None


def test_names_of_any_letters_make_a_sound_crate(tmp_path):
    raw = Used(file=f"raw/{HOSTILE}", raw=True, data="2" * 32, rest="3" * 32, kept=0.5)
    told = account(**{HOSTILE: made(used=(raw, raw), failed="<script>")})
    (tmp_path / "report").mkdir()
    (tmp_path / HOSTILE).write_bytes(b"SIMPLE")
    write_account(told, str(tmp_path))
    write_crate(told, str(tmp_path))
    assert faults_of_crate(tmp_path) == []
    assert read_account(str(tmp_path)) == told


def test_the_validator_finds_what_a_crate_lacks(tmp_path):
    (tmp_path / "report").mkdir()
    write_account(account(), str(tmp_path))
    write_crate(account(**{"never-made.fits": made()}), str(tmp_path))
    assert any("never-made.fits" in fault for fault in faults_of_crate(tmp_path))
