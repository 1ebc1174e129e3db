"""A whole night of 80 frames of 26 megapixels, against Siril.

    python benchmarks/bench_night.py [runs] [a checkout of another version]

20 bias, 20 dark, 20 flat and 20 light frames become masters with Winsorized rejection and
calibrated lights with their hot pixels replaced: by one invocation of snakemake on two cores, all
its processes counted, and by Siril's script for the same work.  What the night may cost more than
with another version of Plateworks stands beside what it does.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
from astropy.io import fits

import bigframes
from sidebyside import OUT, ROOT, Contestant, compare, keep, told

WORK = OUT / "night"
#: How many times the CPU of an earlier version a night may cost.
ASKED = 1.03

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


def main(runs: int = 3, earlier: Path | None = None) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    raw = _raw()
    contestants = {"Plateworks": ours(raw)}
    if earlier is not None:
        contestants["earlier"] = ours(raw, earlier.resolve(), "earlier")
    if shutil.which("siril-cli"):
        contestants["Siril"] = siril()
    costs = compare(contestants, runs)
    print(told("night of 80 x 26 MP", costs))
    if earlier is not None:
        times = costs["Plateworks"].cpu / costs["earlier"].cpu
        said = f"The night takes {times:.3f} times the CPU of an earlier version, of {ASKED} asked."
        print(f"\n{keep('night beside an earlier version', said)}")
    if "Siril" in contestants:
        print(f"\n{_judge()}")


def _raw() -> Path:
    """Return a folder of the night's 80 frames; other benchmarks may have drawn more."""
    raw = WORK / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    for kind in bigframes.KINDS:
        (raw / kind).mkdir(parents=True)
        for path in bigframes.frames(kind):
            (raw / kind / path.name).symlink_to(path.resolve())
    return raw


def ours(raw: Path, root: Path = ROOT, name: str = "plateworks") -> Contestant:
    """Return the night by the checkout in `root`."""
    folder = WORK / name
    folder.mkdir(exist_ok=True)
    command: list[str | Path] = [
        sys.executable, "-m", "snakemake", "calibrated", "masters",
        "--snakefile", root / "Snakefile", "--cores", "2", "--config", f"raw={raw}",
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


def _judge() -> str:
    """Say how far our calibrated lights are from Siril's, as multiples of the noise."""
    ours = sorted((WORK / "plateworks").glob("results/calibrated/*/*.fits"))[0]
    image = fits.getdata(ours).astype(np.float64)
    rival = fits.getdata(WORK / "siril" / "light" / "pp_light_00001.fits").astype(np.float64)
    rival *= 65535.0 if rival.max() <= 1.0 else 1.0
    part = (slice(1000, 3000), slice(1000, 3000))
    # Siril scales by the flat's mean, we by its median: a factor, which the medians take out.
    differ = image[part] / np.median(image[part]) - rival[part] / np.median(rival[part])
    noise = 1.4826 * np.median(np.abs(image[part] / np.median(image[part]) - 1))
    spread = 1.4826 * np.median(np.abs(differ))
    return f"the first light differs from Siril's by {spread / noise:.3f} of its noise"


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if sys.argv[1:] else 3,
        Path(sys.argv[2]) if sys.argv[2:] else None,
    )
