"""Calibrating lights of 26 megapixels: arithmetic, two cores, and Siril.

    python benchmarks/bench_calibrate.py [runs]

Measured on batches of 20 lights with dark, flat and a cosmetic list: what a frame costs beyond
reading and writing it (a process that only copies frames is taken off), the wall time on one core
and on two, and Siril's cost for the same frames.  And what a frame costs more that two amplifiers
read: overscan, trim, gain and mosaic, beside reading the same frame as one image.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import bigframes
from sidebyside import OUT, ROOT, Contestant, compare, figure, keep, python, told

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

WORK = OUT / "calibrate"
COUNT = 20
#: Frames of two amplifiers, and columns of overscan of each.
AMPLIFIED, OVERSCAN = 6, 64

OURS = """
import json, os
if sys.argv[3:] == ["one core"]:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from plateworks.orders.lights import CalibrationOrder
from plateworks.products.calibrated import calibrate_frames
from plateworks.records import record_of
order = record_of(CalibrationOrder, json.load(open(sys.argv[1])), "The order")
calibrate_frames(order, threads=int(sys.argv[2]))
"""
COPY = """
import json, numpy as np
from plateworks.pixels.scaled import Scaled
from plateworks.products.headers import original_header
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.reading import FrameReader
lights = json.load(open(sys.argv[1]))["lights"]
for master in (lights[0]["frame"]["subtraction"]["dark"], lights[0]["flat"]):
    with FrameReader(master["path"]) as reader:
        reader.read()
for light in lights:
    raw = light["frame"]["raw"]
    with FrameReader(raw) as reader:
        image = reader.read().astype(np.float32)
    mask, sigma = np.zeros(image.shape, np.uint8), None
    if sys.argv[2:] == ["errors"]:
        sigma = Scaled(np.zeros(image.shape, np.int16), 1.0)
    write_image(light["output"], Image(image, original_header(raw), mask, sigma))
"""


OPENED = """
import json
from plateworks.orders.frames import FrameOrder
from plateworks.products.rawframes import open_raw
from plateworks.records import record_of
for one in json.load(open(sys.argv[1])):
    with open_raw(record_of(FrameOrder, one, "The order")) as reader:
        reader.read()
"""


def main(runs: int = 3) -> None:
    order = prepared()
    contestants = {
        "Plateworks": Contestant(python(OURS, order, 1)),
        "on one core": Contestant(python(OURS, order, 1, "one core")),
        "two processes": Contestant(python(OURS, order, 2)),
        "copy only": Contestant(python(COPY, order)),
    }
    if shutil.which("siril-cli"):
        contestants["Siril"] = _siril()
    costs = compare(contestants, runs)
    print(told(f"calibrating {COUNT} x {bigframes.SIZE}", costs))
    beyond = (costs["Plateworks"].cpu - costs["copy only"].cpu) / COUNT
    speed = costs["on one core"].wall / costs["two processes"].wall
    figure("calibrate.copy", costs["Plateworks"].cpu / costs["copy only"].cpu)
    words = f"{beyond:.3f} CPU-s a frame beyond reading and writing; "
    words += f"two processes on two cores {speed:.2f} x as fast as one on one."
    print(f"\n{keep('calibrating beyond a copy', words)}\n")
    raw = compare({name: Contestant(python(OPENED, path)) for name, path in opened().items()}, runs)
    title = f"reading {AMPLIFIED} x {bigframes.SIZE}"
    print(told(title, raw, ours="of two amplifiers"))
    more = (raw["of two amplifiers"].cpu - raw["as one image"].cpu) / AMPLIFIED
    words = (
        f"{more:.3f} CPU-s a frame more where two amplifiers read it: overscan, trim, gain, mosaic."
    )
    print(f"\n{keep('frames of amplifiers', words)}")


def prepared() -> Path:
    """Make masters and a list once; return the file of the order."""
    from orders import HOT, calibration_order
    from plateworks.orders.frames import FrameOrder, ScaledDark, Subtraction
    from plateworks.orders.lights import FlatChoice, LightOrder, MatchQuality
    from plateworks.pixels.combine import combine
    from plateworks.products.cosmetics import make_cosmetic_list
    from plateworks.products.headers import original_header
    from plateworks.products.image import Image
    from plateworks.products.imagefiles import write_image
    from plateworks.products.reading import FrameReader
    from plateworks.products.stacking import FrameStack
    from plateworks.records import plain

    WORK.mkdir(parents=True, exist_ok=True)
    for kind in ("dark", "flat"):
        if not (WORK / f"{kind}.fits").exists():
            frames = bigframes.frames(kind)[:10]
            value = combine(FrameStack([FrameReader(str(path)) for path in frames]), "median").value
            image = Image(value, original_header(str(frames[0])))
            write_image(WORK / f"{kind}.fits", image)
    make_cosmetic_list(HOT, str(WORK / "dark.fits"), str(WORK / "hot.lst"))
    dark = ScaledDark(path=str(WORK / "dark.fits"), k=1.0, bias_inside=True)
    flat = FlatChoice(path=str(WORK / "flat.fits"), match=MatchQuality(level=0, reason="exact"))
    lights = [
        LightOrder(
            frame=FrameOrder(
                raw=str(path),
                subtraction=Subtraction(dark=dark),
                cosmetic=str(WORK / "hot.lst"),
            ),
            output=str(WORK / "out" / path.name),
            flat=flat,
        )
        for path in bigframes.frames("light")[:COUNT]
    ]
    path = WORK / "order.json"
    path.write_text(json.dumps(plain(calibration_order(lights))))
    return path


def opened() -> dict[str, Path]:
    """Write frames as one image and as two amplifiers read them; return the files of the orders."""
    import numpy as np
    from astropy.io import fits

    from plateworks.metadata.normalise import read_frame
    from plateworks.orders.frames import Assembly, FrameOrder
    from plateworks.products.reading import FrameReader
    from plateworks.records import plain

    folder = WORK / "amplifiers"
    folder.mkdir(parents=True, exist_ok=True)
    plainly, parted = [], []
    for path in bigframes.frames("light")[:AMPLIFIED]:
        whole = folder / path.name
        if not whole.exists():
            with FrameReader(str(path)) as reader:
                pixels = reader.read()
            height, width = pixels.shape
            middle = width // 2
            hdus = fits.HDUList([fits.PrimaryHDU()])
            sides = (
                (pixels[:, :middle], f"1:{middle}"),
                (pixels[:, middle:], f"{middle + 1}:{width}"),
            )
            for (half, columns), gain in zip(sides, (1.1, 0.9), strict=True):
                dark = np.full((height, OVERSCAN), 500, np.uint16)
                dark += np.arange(height, dtype=np.uint16)[:, None] % 3
                image = fits.ImageHDU(np.hstack([half, dark]))
                lit = half.shape[1]
                image.header["DATASEC"] = f"[1:{lit},1:{height}]"
                image.header["BIASSEC"] = f"[{lit + 1}:{lit + OVERSCAN},1:{height}]"
                image.header["DETSEC"] = f"[{columns},1:{height}]"
                image.header["GAIN"] = gain
                hdus.append(image)
            hdus.writeto(whole)
        readout = read_frame(str(whole)).readout
        if readout is None:
            raise SystemExit(f"{whole} is no frame of amplifiers")
        assembly = Assembly(readout=readout, overscan="auto")
        plainly.append(plain(FrameOrder(raw=str(path))))
        parted.append(plain(FrameOrder(raw=str(whole), assembly=assembly)))
    orders = {"as one image": plainly, "of two amplifiers": parted}
    files = {}
    for name, order in orders.items():
        files[name] = folder / f"{name}.json"
        files[name].write_text(json.dumps(order))
    return files


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
