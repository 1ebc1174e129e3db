"""Errors of pixels: how true they are, and what they cost.

    python benchmarks/bench_errors.py [runs]

Pulls are (value - truth) / error of a simulated sensor's calibrated lights; their variance is 1
where the errors are true.  It is told for ten equal parts of the pixels by their light, and for the
corners, where the flat is darkest; beside it that of ccdproc, which propagates the errors of the
same frames.  Then the CPU and the disk of 20 lights of 26 megapixels, with errors and without,
beside what they may be more; what of it a process takes that only copies frames and writes as many
bytes more; and the CPU of the propagation by ccdproc.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import bigframes
from bench_calibrate import COPY, COUNT, OURS, prepared
from sidebyside import OUT, ROOT, Contestant, compare, figure, keep, python, told

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from pulls import EXPOSURE, Night, calibrated, pulls, truth, variances  # noqa: E402
from sensors import Sensor  # noqa: E402

TAKES, LIGHTS = 2, 2
#: How much more a light with errors may cost than one without.
ASKED = {"CPU": 0.15, "disk": 0.45}

CCDPROC = """
import json, warnings
import astropy.units as u
import ccdproc
from astropy.nddata import CCDData, StdDevUncertainty
warnings.simplefilter("ignore")
told = json.load(open(sys.argv[1]))
def read(path):
    return CCDData.read(path, unit="adu")
def known(ccd, sigma):
    ccd.uncertainty = StdDevUncertainty(sigma(ccd.data))
    return ccd
first = told["lights"][0]
dark = known(read(first["frame"]["subtraction"]["dark"]["path"]), lambda d: 0 * d + 1.5)
flat = known(read(first["flat"]["path"]), lambda d: 0 * d + 50.0)
for light in told["lights"]:
    ccd = ccdproc.create_deviation(
        read(light["frame"]["raw"]), gain=0.8 * u.electron / u.adu, readnoise=4.0 * u.electron,
        disregard_nan=True)
    ccd = ccdproc.subtract_dark(
        ccd, dark, dark_exposure=60 * u.s, data_exposure=60 * u.s)
    ccd = ccdproc.flat_correct(ccd, flat)
    ccd.write(light["output"], overwrite=True)
"""


@dataclass
class _Table:
    lines: list[str] = field(default_factory=list)

    def row(self, name: str, levels: list[np.ndarray], found: list[np.ndarray]) -> None:
        each = np.array(list(variances(np.array(levels), np.array(found))))
        edge = found[0].shape[0] // 6
        corner = np.concatenate([one[-edge:, -edge:].ravel() for one in found])
        faint, bright = levels[0].min(), levels[0].max()
        cells = " | ".join(f"{value:.3f}" for value in each)
        at_corner = np.nanmean(corner**2)
        self.lines.append(f"| {name} | {faint:.0f} to {bright:.0f} | {cells} | {at_corner:.3f} |")


def main(runs: int = 3) -> None:
    heads = " | ".join(f"{part}" for part in range(1, 11))
    table = _Table([f"| variance of pulls | electrons | {heads} | corner |", "|---|" + "--:|" * 12])
    for name, night, settings in _nights():
        _pulls(table, name, night, settings)
    print(keep("errors of pixels", "\n".join(table.lines)))
    plain = prepared()
    with_errors, by_ccdproc = _with_errors(plain, "errors"), _with_errors(plain, "ccdproc")
    contestants = {
        "Plateworks": Contestant(python(OURS, plain, 1)),
        "with errors": Contestant(python(OURS, with_errors, 1)),
        "ccdproc": Contestant(python(CCDPROC, by_ccdproc)),
        "copy only": Contestant(python(COPY, plain)),
        "copy of as much more": Contestant(python(COPY, with_errors, "errors")),
    }
    costs = compare(contestants, runs)
    print(told(f"errors of {COUNT} x {bigframes.SIZE}", costs))
    sizes = [_bytes(order) for order in (plain, with_errors)]
    ours, copied = costs["Plateworks"].cpu, costs["copy only"].cpu
    more = {"CPU": costs["with errors"].cpu / ours - 1, "disk": sizes[1] / sizes[0] - 1}
    for what, part in more.items():
        figure(f"errors.{what.lower()}", part)
    lines = ["| errors beyond the frame without | measured | at most |", "|---|--:|--:|"]
    lines += [f"| {what} | {more[what]:.0%} | {most:.0%} |" for what, most in ASKED.items()]
    written = (costs["copy of as much more"].cpu - copied) / ours
    lines.append(f"| CPU of writing them, and no more | {written:.0%} | |")
    print("\n" + keep("cost of errors", "\n".join(lines)))


def _nights() -> list[tuple[str, Night, dict[str, object]]]:
    def sensor(**more: object) -> Sensor:
        return Sensor(**{"width": 400, "height": 400, "vignetting": 0.5, "dark_rate": 0.05} | more)

    ways = ((3, "median"), (5, "minmax"), (8, "sigma_clip"), (10, "winsorized"), (30, "auto"))
    found: list[tuple[str, Night, dict[str, object]]]
    found = [(f"{method} of {n}", Night(sensor(), n, method), {}) for n, method in ways]
    mosaic, warm = sensor(bayer="RGGB"), sensor(dark_rate=0.5)
    return [
        *found,
        ("mosaic, 6", Night(mosaic, 6), {}),
        ("scaled darks, 6", Night(warm, 6, scale=2.0), {}),
        ("electrons", Night(sensor(), 10), {"units": "electron", "egain": 0.5}),
        ("integers", Night(sensor(egain=4.0), 10, sky=1.0), {"output_type": "raw"}),
        ("few electrons", Night(sensor(read_noise=1.5), 10, sky=0.05), {}),
        ("noise of masters alone", Night(mosaic, 5, errors=False), {}),
    ]


def _pulls(table: _Table, name: str, night: Night, settings: dict[str, object]) -> None:
    egain = 1.0 if settings.get("units") == "electron" else night.sensor.egain
    levels, ours, theirs = [], [], []
    for take in range(TAKES):
        with tempfile.TemporaryDirectory() as folder:
            for light in calibrated(night, Path(folder), LIGHTS, take=take, **settings):
                levels.append(truth(night))
                ours.append(pulls(night, light, egain))
            if name.startswith("winsorized"):
                theirs += _by_ccdproc(night, Path(folder), take)
    table.row(name, levels, ours)
    if theirs:
        table.row("the same by ccdproc", levels, theirs)


def _by_ccdproc(night: Night, folder: Path, take: int) -> list[np.ndarray]:
    """Return pulls of lights calibrated by ccdproc, with the masters' stated errors."""
    import astropy.units as u
    import ccdproc
    from astropy.nddata import CCDData

    sensor = night.sensor
    found: list[np.ndarray] = []
    dark, flat = (CCDData.read(folder / f"{kind}.fits") for kind in ("dark", "flat"))
    for raw in night.lights(LIGHTS, take):
        gain, noise = sensor.egain * u.electron / u.adu, sensor.read_noise * u.electron
        ccd = CCDData(raw.astype(float), unit="adu")
        ccd = ccdproc.create_deviation(ccd, gain=gain, readnoise=noise)
        times = {"dark_exposure": EXPOSURE * u.s, "data_exposure": EXPOSURE * u.s}
        ccd = ccdproc.subtract_dark(ccd, dark, **times)
        ccd = ccdproc.flat_correct(ccd, flat, norm_value=float(np.median(flat.data)))
        ccd.mask = np.zeros(ccd.shape, bool)
        found.append(pulls(night, ccd, sensor.egain))
    return found


def _with_errors(plain: Path, name: str) -> Path:
    """Return the file of the same order with errors, products in a folder of this name."""
    order = json.loads(plain.read_text())
    order["settings"] |= {"uncertainty": True, "egain": 0.8, "read_noise": 4.0}
    folder = OUT / "calibrate" / name
    folder.mkdir(parents=True, exist_ok=True)
    for light in order["lights"]:
        light["output"] = str(folder / Path(light["output"]).name)
    path = OUT / "calibrate" / f"{name}.json"
    path.write_text(json.dumps(order))
    return path


def _bytes(order: Path) -> int:
    lights = json.loads(order.read_text())["lights"]
    return sum(Path(light["output"]).stat().st_size for light in lights)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
