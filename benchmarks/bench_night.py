"""A whole night of 80 frames of 26 megapixels, against Siril.

    python benchmarks/bench_night.py [runs] [a checkout of another version]

20 bias, 20 dark, 20 flat and 20 light frames become masters with Winsorized rejection and
calibrated lights with their hot pixels replaced: by one invocation of snakemake on two cores, all
its processes counted, and by Siril's script for the same work.  Ours screens the frames of each
set and judges the masters, which Siril does not; in "the whole workflow" lights are solved and
measured too, and compared on the page of the night.  What the night may cost more than with another
version of Plateworks stands beside what it does.
"""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
from astropy.io import fits

import bigframes
from sidebyside import OUT, ROOT, Contestant, compare, figure, keep, told

sys.path.insert(0, str(ROOT / "scripts"))

from plateworks.demo.scene import INDEX

WORK = OUT / "night"
#: How many times the CPU of an earlier version a night may cost.
ASKED = 1.03
#: What is asked of Snakemake: what Siril makes, with masters judged; and everything.
NIGHT, WHOLE = ("calibrated", "masters", "judge_masters"), ("all",)

SIRIL = """requires 1.0.0
setext fits
setcpu 2
cd bias
stack bias_ rej w 4 3 -nonorm -out=../master_bias
cd ../dark
stack dark_ rej w 4 3 -nonorm -out=../master_dark
cd ../flat
preprocess flat_ -bias=../master_bias
stack pp_flat_ rej w 4 3 -norm=mul -out=../master_flat
cd ../light
preprocess light_ -dark=../master_dark -flat=../master_flat -cc=dark 8 8
close
"""
#: Its name in the table; and what is told of a night, in the order of a cost.
_WHOLE, FIGURES = "the whole workflow", ("cpu", "wall", "memory")


def main(runs: int = 3, earlier: Path | None = None) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    raw = _raw()
    contestants = {"Plateworks": ours(raw), _WHOLE: ours(raw, targets=WHOLE, name="whole")}
    if earlier is not None:
        contestants["earlier"] = ours(raw, earlier.resolve(), name="earlier")
    if shutil.which("siril-cli"):
        contestants["Siril"] = siril()
    costs = compare(contestants, runs)
    print(told(f"night of 80 x {bigframes.SIZE}", costs))
    print(f"\n{keep('lights of the whole night', _measured())}")
    if earlier is not None:
        times = costs["Plateworks"].cpu / costs["earlier"].cpu
        said = f"The night takes {times:.3f} times the CPU of an earlier version, of {ASKED} asked."
        print(f"\n{keep('night beside an earlier version', said)}")
    if "Siril" in contestants:
        for name, contestant in (("night", "Plateworks"), ("whole", _WHOLE)):
            for what, one, other in zip(FIGURES, costs[contestant], costs["Siril"], strict=True):
                figure(f"{name}.{what}", one / other)
        print(f"\n{keep('night beside that of Siril', _judge())}")


def _raw() -> Path:
    """Return a folder of the night's 80 frames; other benchmarks may have drawn more."""
    raw = WORK / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    for kind in bigframes.KINDS:
        (raw / kind).mkdir(parents=True)
        for path in bigframes.frames(kind):
            (raw / kind / path.name).symlink_to(path.resolve())
    return raw


def ours(
    raw: Path, root: Path = ROOT, targets: tuple[str, ...] = NIGHT, name: str = "plateworks"
) -> Contestant:
    """Return the night by the checkout in `root`."""
    folder = WORK / name
    folder.mkdir(exist_ok=True)
    command: list[str | Path] = [
        sys.executable, "-m", "snakemake", *targets,
        "--snakefile", root / "Snakefile", "--cores", "2", "--config", f"raw={raw}",
        f"solve={{'index_dirs': ['{INDEX.parent}']}}",
    ]  # fmt: skip
    return Contestant(command, folder, lambda: _emptied(folder))


def siril() -> Contestant:
    folder = WORK / "siril"

    def afresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        for kind in bigframes.KINDS:
            (folder / kind).mkdir(parents=True)
            for number, path in enumerate(bigframes.frames(kind), 1):
                (folder / kind / f"{kind}_{number:05d}.fits").symlink_to(path.resolve())
        (folder / "night.ssf").write_text(SIRIL)

    return Contestant(
        ["siril-cli", "-d", folder, "-s", folder / "night.ssf"], folder.parent, afresh
    )


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _measured() -> str:
    """Say how many lights were solved, and how many the page of the night shows."""
    report = WORK / "whole" / "results" / "report"
    with (report / "solved.csv").open(encoding="utf-8", newline="") as stream:
        solved = sum(row["solved"] == "True" for row in csv.DictReader(stream))
    [page] = [path for path in report.glob("*.html") if path.name != "index.html"]
    shown = sum(path.stem in page.read_text("utf-8") for path in bigframes.frames("light"))
    return f"In the whole workflow {solved} lights are solved, and {shown} stand on the page."


def _judge() -> str:
    """Say how far our calibrated lights are from Siril's, as multiples of the noise."""
    ours = sorted((WORK / "plateworks").glob("results/calibrated/*/*.fits"))[0]
    image = fits.getdata(ours).astype(np.float64)
    rival = fits.getdata(WORK / "siril" / "light" / "pp_light_00001.fits").astype(np.float64)
    rival *= 65535.0 if rival.max() <= 1.0 else 1.0
    height, width = image.shape
    part = (slice(height // 4, 3 * height // 4), slice(width // 4, 3 * width // 4))
    # Siril scales by the flat's mean, we by its median: a factor, which the medians take out.
    differ = image[part] / np.median(image[part]) - rival[part] / np.median(rival[part])
    noise = 1.4826 * np.median(np.abs(image[part] / np.median(image[part]) - 1))
    spread = 1.4826 * np.median(np.abs(differ))
    return f"The first light differs from Siril's by {spread / noise:.3f} of its noise."


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if sys.argv[1:] else 3,
        Path(sys.argv[2]) if sys.argv[2:] else None,
    )
