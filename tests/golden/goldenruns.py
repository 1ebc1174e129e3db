"""The golden runs: the golden night through the real workflow, every step at work.

The workflow runs from a copy in which every step has the number 1 and the package the version
``golden``.  So the bytes do not depend on the numbers, and it shows whether a number was raised for
nothing.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from goldenbytes import Product, describe_products
from goldennight import ROOT, write_colour, write_darks, write_mono, write_mosaic, write_whole
from workflow import snakemake

#: What of the project the workflow consists of.
PARTS = ("Snakefile", "rules", "scripts", "config", "envs")


class Golden(NamedTuple):
    """One run: what draws its frames, what is asked for, and the configuration."""

    draw: Callable[[Path], None]
    targets: tuple[str, ...]
    settings: Mapping[str, Any]


RUNS = {
    # Masters of every kind, in FITS and XISF; lights with a scaled and with a fitted dark; solved.
    "mono": Golden(
        write_mono,
        (),
        {
            "names": {
                "darkflat": "masters/{setup}/{name}.xisf",
                "flat": "masters/{setup}/{name}.xisf",
                "solved": "solved/{session}/{frame}.xisf",
            },
            "xisf_compression": "zlib+sh",
            "path_rules": [{"match": "light*", "set": {"object": "M 39"}}],
            "overrides": [
                {"select": {"match": "light_1*"}, "use": {"k": "optimise"}},
                {"select": {"match": "light_2*"}, "use": {"cosmetic": "none", "mult": 12000}},
            ],
            "masters": {
                "method": {"darkflat": "linear_fit", "flat": "percentile"},
                "flat_weights": "level",
                "rejection_map": True,
                "subtract_bias": True,
            },
            "solve": {
                "engine": "embedded", "index_dirs": ["index"], "catalogue": "index/stars.csv",
            },
        },
    ),
    # Best flat by trial, colours, electrons, cosmic rays, three planes.  Of masters that others
    # made, so that these steps are seen apart from those that combine.
    "colour": Golden(
        write_colour,
        ("calibrated", "debayered"),
        {
            "library": ["library"],
            "debayer": "superpixel",
            "solve": {"engine": "embedded", "index_dirs": ["index"], "threshold": 1e6},
            "matching": {"best_flat": True},
            "calibrate": {"units": "electron", "cosmic_rays": True, "read_noise": 6.0},
        },
    ),
    # Flats that are levelled by colour.
    "mosaic": Golden(write_mosaic, ("masters",), {}),
    # A model of the dark, and a dark that is made of it.
    "darks": Golden(
        write_darks,
        ("results/darkmodels/golden-mono_256x192_b1_g100_o50/model_100s_m10c.fits",),
        {
            "library": ["library"],
            "masters": {"dark_model": True},
            "calibrate": {"require": ["dark"]},
        },
    ),
    # Whole numbers in XISF, a dark with bias fitted to each light, frames that do not solve.
    "whole": Golden(
        write_whole,
        ("masters", "solved"),
        {
            "library": ["library"],
            "names": {
                "calibrated": "calibrated/{session}/{frame}.xisf",
                "solved": "solved/{session}/{frame}.fits",
            },
            "matching": {"dark_scale": "optimise", "prefer": "library"},
            "masters": {"method": {"bias": "mean", "dark": "sigma_clip"}},
            "cosmetic": {"count": 150, "cold_sigma": 6.0},
            "calibrate": {
                "output_type": "raw", "pedestal": 100.0, "cosmic_rays": True, "read_noise": 4.0,
            },
            "solve": {"engine": "embedded", "index_dirs": ["index"], "threshold": 1e6},
        },
    ),
}  # fmt: skip


def run_all(folder: Path, cores: int = 2) -> dict[str, Product]:
    """Draw the night below `folder`, run the workflow, and describe all products.

    Parameters
    ----------
    folder : Path
    cores : int
        For each of the runs, of which two go on at a time.

    Returns
    -------
    dict
        Name of a product, ``mono/solved/20250815/light_0.xisf``, to what is known of it.  What a
        run was given stands among them, as ``mono``.

    Raises
    ------
    RuntimeError
        If a run fails, with what Snakemake said.
    """
    snakefile = _copy_workflow(folder / "workflow")
    with ThreadPoolExecutor(2) as pool:
        parts = pool.map(lambda name: _run(name, folder / name, snakefile, cores), RUNS)
    return {name: product for part in parts for name, product in sorted(part.items())}


def _run(name: str, folder: Path, snakefile: Path, cores: int) -> dict[str, Product]:
    draw, targets, settings = RUNS[name]
    draw(folder)
    (folder / "index").mkdir()
    for file in ("index-demo.fits", "stars.csv"):
        shutil.copy(ROOT / "config" / "demo" / file, folder / "index")
    config = folder / "settings.yaml"
    config.write_text(yaml.safe_dump({"raw": "raw", **settings}), encoding="utf-8")
    given = Product("given", _digest_of_files(folder), _digest(config.read_bytes()))
    done = snakemake(
        folder, *targets, "--cores", str(cores), "--configfile", str(config), snakefile=snakefile
    )
    if done.code != 0:
        raise RuntimeError(f"The golden run {name} in {folder} failed:\n{done.text}")
    return {name: given} | {
        f"{name}/{path}": product for path, product in describe_products(folder / "results")
    }


def _copy_workflow(folder: Path) -> Path:
    """Copy the workflow, with neutral numbers; return its Snakefile."""
    folder.mkdir(parents=True)
    for part in PARTS:
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / part)
    package = folder / "scripts" / "plateworks"
    for module, line in (
        ("versions.py", "ALGORITHMS = dict.fromkeys(ALGORITHMS, 1)"),
        ("__init__.py", '__version__ = "golden"'),
    ):
        with open(package / module, "a", encoding="utf-8") as stream:
            stream.write(f"\n{line}\n")
    return folder / "Snakefile"


def _digest_of_files(folder: Path) -> str:
    """Return one digest of all frames, masters and lists that a run is given."""
    paths = sorted(path for part in ("raw", "library") for path in (folder / part).glob("*"))
    told = (f"{path.name} {_digest(path.read_bytes())}\n" for path in paths)
    return _digest("".join(told).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
