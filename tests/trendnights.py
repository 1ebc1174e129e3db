"""Headers of masters of years, of cameras whose drifts and steps are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from plateworks.csvtable import write_table
from plateworks.orders.trends import TrendMaster, night_of
from plateworks.settings.expiry import Expiry

#: Side of an image; nothing is written of its pixels.
SIDE = 4096
#: Columns of the tables of trends -> the scatter of a night, as a part of the value; of the shape
#: of flats as it is.
SCATTER = {"bias": 0.0008, "noise": 0.01, "gain": 0.01, "dark": 0.02, "flat": 0.02, "shape": 5e-4}
#: ADU, and how many of the longer darks.
BIAS, FRAME_NOISE, HOT = 500.0, 6.0, 2000
#: Night that all begin with, and days of a year.
FIRST, YEAR = 738_000, 365
_EXPOSURES = (60.0, 300.0)
_FILTERS = ("l", "r")


@dataclass(frozen=True, kw_only=True)
class Camera:
    """What a camera is like, and how it changes.

    Attributes
    ----------
    seed : int
    nights : int
        In a year.
    begins, ends : int
        Days after :data:`FIRST`.
    drifts : mapping
        Name of a value to the part of it by which it grows in a year; of ``shape`` what the last
        cell of flats gains.
    steps : mapping
        Name to (day, scatters of a night).
    births : float
        Hot pixels that are new in a week, of 2,000.
    passing : float
        Pixels that are hot in one night and in the next no longer, so many a night.
    """

    seed: int
    nights: int = 100
    begins: int = 0
    ends: int = 5 * YEAR
    drifts: Mapping[str, float] = field(default_factory=dict)
    steps: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    births: float = 0.0
    passing: float = 0.0

    @property
    def days(self) -> list[int]:
        """The days after :data:`FIRST` on which it is used."""
        rng = np.random.default_rng(self.seed)
        count = round(self.nights * (self.ends - self.begins) / YEAR)
        days = rng.choice(np.arange(self.begins, self.ends), count, replace=False)
        return sorted(int(day) for day in days)

    def factor(self, name: str, day: int) -> float:
        """Return what a value is on a day, as a part of what it was first."""
        grown = self.drifts.get(name, 0.0) * (day - self.begins) / YEAR
        when, size = self.steps.get(name, (0, 0.0))
        return 1.0 + grown + (size * SCATTER[name] if day >= when else 0.0)


def until(camera: Camera, name: str, day: int, borne: Expiry) -> float:
    """Return in how many days what is borne is reached, from a day of a session on.

    `name` is that of a drift, or ``births``.
    """
    if name == "births":
        hot = HOT + camera.births * (day - FIRST - camera.begins) / 7
        return borne.new_pixels * hot / (camera.births / 7)
    yearly = camera.drifts[name] / YEAR
    if name == "bias":
        return borne.bias_level * FRAME_NOISE / (yearly * BIAS)
    if name == "dark":
        return borne.dark_rate * camera.factor(name, day - FIRST) / yearly
    return borne.flat_shape / yearly


def write_defects(path: Path, camera: Camera) -> str:
    """Write a table of defects as far as it tells when they are new and when they heal."""
    rng, last, rows = np.random.default_rng(camera.seed), camera.begins, []
    for day in camera.days:
        born = rng.poisson(camera.births * (day - last) / 7)
        rows += [(night_of(FIRST + day), "")] * born
        if camera.passing and last != day:
            count = rng.poisson(camera.passing)
            rows += [(night_of(FIRST + last), night_of(FIRST + day))] * count
        last = day
    write_table(path, ("first_seen", "healed"), rows)
    return str(path)


def write_masters(folder: Path, camera: Camera) -> tuple[TrendMaster, ...]:
    """Write the headers of all its masters."""
    return tuple(one for day in camera.days for one in write_night(folder, camera, day))


def write_night(folder: Path, camera: Camera, day: int) -> Iterator[TrendMaster]:
    """Write the headers of a night: a bias, darks of two exposures, flats in two filters."""
    rng, night = np.random.default_rng([camera.seed, day]), night_of(FIRST + day)
    value = {
        name: camera.factor(name, day) * (1 + rng.normal(0, scatter))
        for name, scatter in SCATTER.items()
    }
    bias, noise = BIAS * value["bias"], FRAME_NOISE * value["noise"]
    gain = 0.8 * value["gain"]
    path = folder / f"bias_{night}.fits"
    cards = {"PWMEDIAN": bias, "PWNOISE": 1.5, "PWFNOISE": noise, "PWFNOIER": 0.01}
    yield _master(path, "bias", night, cards)
    hot = HOT + camera.births * (day - camera.begins) / 7
    for exposure in _EXPOSURES:
        level = bias + 0.05 * value["dark"] * exposure
        counts = {"NBIT1": rng.poisson(hot * exposure / 300), "NBIT6": rng.poisson(50)}
        cards = {"PWMEDIAN": level, "PWNOISE": 1.6, "BIASSUB": False, **counts}
        path = folder / f"dark_{exposure:g}_{night}.fits"
        yield _master(path, "dark", night, cards, exposure=exposure, temperature=-10.0)
    for name in _FILTERS:
        level = 30_000 * value["flat"]
        shape = 1 + rng.normal(0, SCATTER["shape"], 9)
        shape[-1] += camera.factor("shape", day) - 1
        cards = {
            "PWMEDIAN": 5000.0, "PWNOISE": 8.0, "LEVELMIN": level * 0.98, "LEVELMAX": level * 1.02,
            "PWSHAPE": " ".join(f"{cell:.4f}" for cell in shape), "PWGAIN": gain, "PWGAINER": 0.004,
            "PWRDN": noise * gain, "PWRDNER": 0.02,
        }  # fmt: skip
        yield _master(folder / f"flat_{name}_{night}.fits", "flat", night, cards, filter=name)


def _master(
    path: Path, kind: str, night: str, cards: Mapping[str, object], **known: object
) -> TrendMaster:
    write_header(path, {"NCOMBINE": 20, **cards})
    return TrendMaster(kind=kind, path=str(path), night=night, **known)


def write_header(path: Path, cards: Mapping[str, object]) -> None:
    """Write a header as long as that of a master of twenty frames."""
    lines = ["SIMPLE  =                    T", "BITPIX  =                  -32"]
    lines += [f"FILLER{i:02d}= 'what other cards say'" for i in range(60)]
    lines += [f"{key:<8}= {_value(value)}" for key, value in cards.items()]
    lines += [f"HISTORY input 2025/raw/frame_{i:04d}.fits with its digest" for i in range(60)]
    text = "".join(f"{line:<80}" for line in (*lines, "END"))
    path.write_text(text.ljust(-(-len(text) // 2880) * 2880), encoding="ascii")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return f"{'T' if value else 'F':>20}"
    return f"'{value}'" if isinstance(value, str) else f"{float(value):>20.10G}"
