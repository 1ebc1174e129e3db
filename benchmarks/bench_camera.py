"""Gain and read noise that masters measure, beside the truth of a simulated sensor, or of files.

    python benchmarks/bench_camera.py [frames]
    python benchmarks/bench_camera.py --bias FILE... --flat FILE...

Without files, sets of `frames` bias frames and flats (2 by default) are made by the tests' sensor,
combined as the workflow does it, and what the cards of the masters say is printed beside the truth
and beside the textbook's formula for the first two of each (Janesick, Photon Transfer, 2007), which
knows neither drifting lamps nor stars.  Asked: a gain within 1 %, a read noise within 2 %.  With
files of a real camera, what they tell is printed beside what their headers say.

A second table is of series of flats, two of each level: gain, read noise, the turnoff (the light of
the largest noise) and the largest departure from linear, beside those that emva1288 (the reference
of EMVA Standard 1288) and getframes find of the same frames.  ccdproc measures none of these.
Asked: a turnoff and a departure within 1 % of the signal of their truth, or within their error.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from oracles import by_emva1288, by_getframes  # noqa: E402
from orders import FLAT, frame_order, master_order  # noqa: E402
from plateworks.metadata.normalise import read_frame  # noqa: E402
from plateworks.orders.frames import Subtraction  # noqa: E402
from plateworks.products.headers import original_header  # noqa: E402
from plateworks.products.masters import make_master  # noqa: E402
from plateworks.products.measured import MeasuredCamera, series_told  # noqa: E402
from plateworks.products.measuredheader import read_camera  # noqa: E402
from sensorfiles import write_frames  # noqa: E402
from sensors import Sensor  # noqa: E402

GAINS, NOISES = (0.2, 0.5, 1.0, 2.0, 5.0), (1.0, 3.0, 15.0)
#: Level of flats, ADU.
LEVEL = 25_000
FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "drifting lamp": ({}, {"drift": 0.5}),
    "15 stars": ({}, {"stars": 15}),
    "bad pixels": ({"hot": 400, "flickering": 400, "dead": 40, "cold": 40}, {}),
    "14 bits": ({"step": 4}, {}),
    "all of it": ({"hot": 400, "flickering": 400, "step": 4}, {"drift": 0.5, "stars": 15}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("frames", type=int, nargs="?", default=2)
    parser.add_argument("--bias", nargs="+", default=[])
    parser.add_argument("--flat", nargs="+", default=[])
    asked = parser.parse_args()
    if asked.bias:
        of_files(asked.bias, asked.flat)
    else:
        of_sensors(asked.frames)
        of_series()


def of_sensors(count: int) -> None:
    print(f"{count} bias frames and {count} flats of 512 x 400 pixels, {LEVEL} ADU: off by, in %")
    print(f"{'':26}{'gain':>8}{'error':>8}{'textbook':>10}{'read noise':>12}{'error':>8}")
    worst_gain = worst_noise = 0.0
    for name, sensor, how in _cases():
        gain, noise = _off(name, sensor, how, count)
        worst_gain, worst_noise = max(worst_gain, abs(gain)), max(worst_noise, abs(noise))
    print(f"worst: gain {worst_gain:.2f} %, read noise {worst_noise:.2f} %")


def _cases() -> Iterator[tuple[str, Sensor, dict[str, Any]]]:
    for bayer in (None, "RGGB"):
        kind = "mosaic" if bayer else "mono"
        for egain in GAINS:
            for noise in NOISES:
                yield f"{kind} {egain:g} e-/ADU {noise:g} e-", _sensor(egain, noise, bayer), {}
        for name, (faults, how) in FAULTS.items():
            yield f"{kind} {name}", _sensor(0.8, 4.0, bayer, **faults), how


def _sensor(egain: float, noise: float, bayer: str | None, **faults: Any) -> Sensor:
    more = {"egain": egain, "read_noise": noise, "bayer": bayer, "full_well": 6e4 * egain}
    return Sensor(width=512, height=400, **more, **faults)


def _off(name: str, sensor: Sensor, how: dict[str, Any], count: int) -> tuple[float, float]:
    """Print a row; return by how much gain and read noise are off, in %."""
    lamp = np.linspace(1.0, 1 - how.get("drift", 0.0), count).tolist()
    bias = sensor.bias(count)
    flats = sensor.flat(LEVEL * sensor.egain, count, lamp=lamp, stars=how.get("stars", 0))
    with tempfile.TemporaryDirectory() as folder:
        files = write_frames(folder, sensor, "BIAS", bias)
        lit = write_frames(folder, sensor, "FLAT", flats, exposure=1.0, filter="L")
        camera = _measured(files, lit, Path(folder))
    gain, noise = camera.gain, camera.read_noise
    if gain is None or noise is None:
        raise SystemExit(f"{name}: nothing was measured")
    off_gain = 100 * (gain.value / sensor.egain - 1)
    off_noise = 100 * (noise.value / sensor.read_noise - 1)
    book = 100 * (_textbook(bias, flats) / sensor.egain - 1)
    print(
        f"{name:26}{off_gain:8.2f}{100 * gain.error / gain.value:8.2f}{book:10.2f}"
        f"{off_noise:12.2f}{100 * noise.error / noise.value:8.2f}",
        flush=True,
    )
    return off_gain, off_noise


def of_series() -> None:
    print("series of flats: who, gain and read noise off by %, turnoff in ADU, departure in %")
    for name, parts, sensor in _series():
        flats = {part: sensor.flat(part * sensor.full_well, 2) for part in parts}
        bias = sensor.bias(2)
        with tempfile.TemporaryDirectory() as folder:
            files = write_frames(folder, sensor, "BIAS", bias)
            lit = [
                path
                for part, some in flats.items()
                for path in write_frames(
                    folder, sensor, "FLAT", some,
                    exposure=10 * part, filter="L", name=f"flat_{part:g}",
                )
            ]  # fmt: skip
            camera = _measured(files, lit, Path(folder))
            series = series_told(original_header(f"{folder}/flat.fits"))
        line, well = series.linearity, series.full_well
        if camera.gain is None or camera.read_noise is None or line is None or well is None:
            raise SystemExit(f"{name}: not all was measured")
        reached = max(parts) * sensor.full_well / sensor.egain > sensor.turnoff
        print(f"  {name}: turnoff {sensor.turnoff:.0f}{'' if reached else ', not reached'}, "
              f"departure {100 * _departure(sensor, parts, line.top):.2f}")  # fmt: skip
        error = f" +- {well.error:.0f}" if well.error is not None else " at least"
        _row("plateworks", sensor, camera.gain.value, camera.read_noise.value,
             f"{well.level:.0f}{error}", line.departure)  # fmt: skip
        for other, found in (
            ("emva1288", by_emva1288(bias, flats)), ("getframes", by_getframes(bias, flats))
        ):  # fmt: skip
            full = "not reached" if found.full_well is None else f"{found.full_well:.0f}"
            _row(other, sensor, found.gain, found.read_noise, full, found.departure)


def _series() -> Iterator[tuple[str, tuple[float, ...], Sensor]]:
    parts = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0, 1.05, 1.2)
    more = {"width": 512, "height": 400, "egain": 0.8, "read_noise": 4.0, "full_well": 4e4}
    even = {"vignetting": 0.0}
    yield "even light", parts, Sensor(**more, **even)
    yield "even light, coarse levels", (0.05, 0.1, 0.2, 0.4, 0.8, 1.2), Sensor(**more, **even)
    yield "vignetted", parts, Sensor(**more)
    yield "vignetted mosaic", parts, Sensor(**more, bayer="RGGB")
    yield "bleeding", parts, Sensor(**more, bleeding=True)
    yield "bad pixels", parts, Sensor(**more, hot=400, flickering=400, dead=40)
    yield "bent by 1 %", parts, Sensor(**more, nonlinearity=0.01)
    yield "bent by 3 %", parts, Sensor(**more, nonlinearity=0.03)
    yield "not reached", parts[:10], Sensor(**more)
    sensor = replace(Sensor(**more), egain=0.2, full_well=2e4, read_noise=2.0)
    yield "the converter ends first", (*parts[:8], 0.63, 0.66, 0.75), sensor


def _departure(sensor: Sensor, parts: Sequence[float], top: float) -> float:
    """Return the true one of the mean response, as a part, of levels up to `top` ADU."""
    light = np.array(parts) * sensor.full_well
    means = light * (1 - sensor.nonlinearity / sensor.full_well * light) / sensor.egain
    taken = means <= 1.01 * top
    line = np.polyfit(light[taken], means[taken], 1, w=1 / means[taken])
    return float(np.abs(means[taken] / np.polyval(line, light[taken]) - 1).max())


def _row(
    who: str, sensor: Sensor, gain: float, noise: float, turnoff: str, departure: float
) -> None:
    off_gain = 100 * (gain / sensor.egain - 1)
    off_noise = 100 * (noise / sensor.read_noise - 1)
    print(f"    {who:12}{off_gain:8.2f}{off_noise:8.2f}{turnoff:>18}{100 * departure:8.2f}")


def _textbook(bias: np.ndarray, flats: np.ndarray) -> float:
    one, other, dark, darker = (each.astype(float) for each in (*flats[:2], *bias[:2]))
    light = one.mean() + other.mean() - dark.mean() - darker.mean()
    return float(light / (np.var(one - other) - np.var(dark - darker)))


def of_files(bias: Sequence[str], flats: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        camera = _measured(bias, flats, Path(folder))
        dark = read_camera(f"{folder}/bias.fits").frame_noise
    said = read_frame((*flats, *bias)[0])
    print(f"{said.camera}: {len(bias)} bias frames, {len(flats)} flats")
    if dark is not None:
        print(f"  noise of a bias frame {dark.value:.3f} +- {dark.error:.3f} ADU")
    for name, found, header in (
        ("gain, e-/ADU", camera.gain, said.egain),
        ("read noise, e-", camera.read_noise, said.read_noise),
    ):
        told = "not known" if found is None else f"{found.value:.4f} +- {found.error:.4f}"
        print(f"  {name}: {told}; header: {header}")


def _measured(
    bias: Sequence[str | Path], flats: Sequence[str | Path], folder: Path
) -> MeasuredCamera:
    """Combine frames as the workflow does; return what the master flat tells."""
    master = str(folder / "bias.fits")
    make_master(master_order("bias", bias, min_frames=2), master)
    if not flats:
        return MeasuredCamera()
    taken = Subtraction(bias=master)
    lit = [frame_order(path, subtraction=taken) for path in flats]
    make_master(master_order("flat", lit, min_frames=2, flat=FLAT), str(folder / "flat.fits"))
    return read_camera(str(folder / "flat.fits"))


if __name__ == "__main__":
    main()
