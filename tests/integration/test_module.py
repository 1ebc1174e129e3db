"""Plateworks imported into another workflow, from a folder and from a tag of a git repository."""

import shutil
import subprocess
from pathlib import Path

import pytest

from exposed import expose_night
from frames import ROOT
from workflow import snakemake

IMPORTING = """
configfile: "mine.yaml"


module plates:
    snakefile:
        {source}
    config:
        config["plateworks"]


use rule * from plates as plates_*


onstart:
    plates.onstart()


onsuccess:
    plates.onsuccess()


onerror:
    plates.onerror()


rule stack:
    default_target: True
    input:
        rules.plates_calibrated.input,
    output:
        "stack.txt",
    shell:
        "ls {{input}} > {{output}}"
"""
CONFIG = """
mine: 3
plateworks: {raw: raw, results: products/night}
"""


@pytest.fixture
def workflow(tmp_path) -> Path:
    """A folder with raw frames, and the configuration of a workflow of which ours is a part."""
    expose_night(tmp_path / "raw")
    (tmp_path / "mine.yaml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def cache(tmp_path) -> Path:
    """The cache of Snakemake, holding a bare clone of this repository with the tag v1.

    It lies where Snakemake clones ``github("observatory/plateworks", ...)`` to, and spares the net.
    """
    cache = tmp_path / "cache"
    clone = cache / "snakemake/snakemake/source-cache/snakemake-git-cache/github.com/observatory"
    repository = tmp_path / "repository"
    for part in ("rules", "scripts", "config", "envs"):
        shutil.copytree(ROOT / part, repository / part, ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "Snakefile", repository)
    git("init", "-q", str(repository))
    git("-C", str(repository), "add", ".")
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
    git("-C", str(repository), *who, "commit", "-q", "-m", "A release")
    git("-C", str(repository), "tag", "v1")
    git("clone", "-q", "--bare", str(repository), str(clone / "plateworks"))
    return cache


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True)


def check(folder: Path, source: str, importing: str = IMPORTING, **environment: str) -> None:
    (folder / "importing.smk").write_text(importing.format(source=source))
    done = snakemake(folder, snakefile=folder / "importing.smk", **environment)
    assert done.code == 0, done.text
    products = "products/night/calibrated/20250815/light_20250815_{:04d}.fits"
    assert (folder / "stack.txt").read_text().split() == [products.format(i) for i in range(3)]
    assert all((folder / products.format(i)).stat().st_size for i in range(3))
    assert done.text.count("Made so far") == 1
    assert (folder / "products/night/.plateworks/batches.json").exists()
    assert "calibrated 3 of 3" in (folder / "products/night/logs/progress.log").read_text()
    assert not (folder / "results").exists()
    again = snakemake(
        folder, "-n", "--configfile", "mine.yaml",
        snakefile=folder / "importing.smk", **environment,
    )  # fmt: skip
    assert "Nothing to be done" in again.text


def test_another_workflow_imports_plateworks_from_a_folder(workflow):
    check(workflow, repr(str(ROOT / "Snakefile")))


def test_a_workflow_without_handlers_imports_plateworks_from_a_tag(workflow, cache):
    source = 'github("observatory/plateworks", path="Snakefile", tag="v1")'
    begin, end = IMPORTING.index("onstart:"), IMPORTING.index("rule stack:")
    bare = IMPORTING[:begin] + IMPORTING[end:]  # as snakedeploy writes them
    check(workflow, source, bare, XDG_CACHE_HOME=str(cache))


def test_local_rules_stay_local_under_their_new_names(workflow):
    (workflow / "importing.smk").write_text(IMPORTING.format(source=repr(str(ROOT / "Snakefile"))))
    done = snakemake(
        workflow, "plates_plan", "--executor", "touch", "--forceall",
        snakefile=workflow / "importing.smk",
    )  # fmt: skip
    assert "localrule plates_plan" in done.text
