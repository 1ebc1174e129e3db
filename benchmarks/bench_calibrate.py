"""Calibrating lights of 26 megapixels: arithmetic, overlap, two cores, and Siril.

    python benchmarks/bench_calibrate.py [runs]

Measured on batches of 20 lights with dark, flat and a cosmetic list: what a frame costs beyond
reading and writing it (a process that only copies frames is taken off), the wall time on one core
and on two, and Siril's cost for the same frames.
"""

from __future__ import annotations

import json
import shutil
import sys

import bigframes
from sidebyside import OUT, Contestant, compare, python, told

WORK = OUT / "calibrate"
COUNT = 20

OURS = """
import json, os
if sys.argv[3:] == ["one core"]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from plateworks.products.calibrated import calibrate_frames
job = json.load(open(sys.argv[1]))
calibrate_frames(job["frames"], options=job["calibrate"], cosmics=job["cosmics"],
                 repair="median", threads=int(sys.argv[2]))
"""
COPY = """
import json, numpy as np
from plateworks.products.headers import original_header
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.reading import FrameReader
job = json.load(open(sys.argv[1]))
for name in ("dark", "flat"):
    with FrameReader(job["frames"][0][name]) as reader:
        reader.read()
for entry in job["frames"]:
    with FrameReader(entry["raw"]) as reader:
        image = reader.read().astype(np.float32)
    mask = np.zeros(image.shape, np.uint8)
    write_image(entry["output"], Image(image, original_header(entry["raw"]), mask))
"""


def main(runs: int = 3) -> None:
    job = prepared()
    contestants = {
        "Plateworks": Contestant(python(OURS, job, 1)),
        "on one core": Contestant(python(OURS, job, 1, "one core")),
        "two processes": Contestant(python(OURS, job, 2)),
        "copy only": Contestant(python(COPY, job)),
    }
    if shutil.which("siril-cli"):
        contestants["Siril"] = _siril()
    costs = compare(contestants, runs)
    print(told(f"calibrating {COUNT} x 26 MP", costs))
    beyond = (costs["Plateworks"].cpu - costs["copy only"].cpu) / COUNT
    speed = costs["on one core"].wall / costs["two processes"].wall
    print(
        f"\n{beyond:.3f} CPU-s a frame beyond reading and writing; "
        f"two processes on two cores {speed:.2f} x as fast as one on one"
    )


def prepared():
    """Make masters and a list once; return the description of the job."""
    from plateworks.pixels.combine import combine
    from plateworks.products.cosmetics import make_cosmetic_list
    from plateworks.products.headers import original_header
    from plateworks.products.image import Image
    from plateworks.products.imagefiles import write_image
    from plateworks.products.reading import FrameReader
    from plateworks.products.stacking import FrameStack
    from plateworks.settings.configuration import load_yaml
    from sidebyside import ROOT

    WORK.mkdir(parents=True, exist_ok=True)
    settings = load_yaml(ROOT / "config" / "config.yaml")
    for kind in ("dark", "flat"):
        if not (WORK / f"{kind}.fits").exists():
            frames = bigframes.frames(kind)[:10]
            value = combine(FrameStack([FrameReader(str(path)) for path in frames]), "median").value
            image = Image(value, original_header(str(frames[0])))
            write_image(WORK / f"{kind}.fits", image)
    make_cosmetic_list(str(WORK / "dark.fits"), str(WORK / "hot.lst"), settings["cosmetic"])
    frames = [
        {
            "raw": str(path), "output": str(WORK / "out" / path.name), "k": 1.0,
            "bias_inside": True, "dark": str(WORK / "dark.fits"), "flat": str(WORK / "flat.fits"),
            "cosmetic": str(WORK / "hot.lst"), "levels": {},
        }
        for path in bigframes.frames("light")[:COUNT]
    ]  # fmt: skip
    path = WORK / "job.json"
    path.write_text(
        json.dumps({key: settings[key] for key in ("calibrate", "cosmics")} | {"frames": frames})
    )
    return path


def _siril() -> Contestant:
    folder = WORK / "siril"

    def afresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for number, path in enumerate(bigframes.frames("light")[:COUNT], 1):
            (folder / f"light_{number:05d}.fits").symlink_to(path.resolve())
        words = f"preprocess light_ -dark={WORK}/dark -flat={WORK}/flat -cc=dark 8 8"
        script = f"requires 1.0.0\nsetext fits\n{words}\nclose\n"
        (folder / "calibrate.ssf").write_text(script)

    return Contestant(["siril-cli", "-d", folder, "-s", folder / "calibrate.ssf"], None, afresh)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
