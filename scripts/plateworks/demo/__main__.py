"""Command line of the demonstration: make a night, or show what its calibration bought."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from plateworks.demo.frames import write_night
from plateworks.demo.night import Night
from plateworks.errors import PlateworksError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m plateworks.demo", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    make = commands.add_parser("make", help="write OUT/raw and OUT/truth")
    make.add_argument("out", type=Path)
    make.add_argument("--seed", type=int, default=Night.seed)
    make.add_argument("--width", type=int, default=1200)
    make.add_argument("--height", type=int, default=800)

    options = parser.parse_args(arguments)
    try:
        return make_night(options)
    except PlateworksError as error:
        print(error, file=sys.stderr)
        return 1


def make_night(options: argparse.Namespace) -> int:
    night = Night(seed=options.seed)
    sensor = replace(night.sensor, width=options.width, height=options.height)
    exposures = write_night(replace(night, sensor=sensor), options.out)
    kinds = [exposure.kind for exposure in exposures]
    counts = ", ".join(
        f"{kinds.count(kind)} {name}"
        for kind, name in (
            ("light", "lights"), ("dark", "darks"), ("bias", "biases"),
            ("flat", "flats"), ("darkflat", "flat-darks"),
        )
    )  # fmt: skip
    print(
        f"{options.out / 'raw'}: {len(exposures)} frames of "
        f"{sensor.width} x {sensor.height} pixels ({counts}); "
        f"the truth is in {options.out / 'truth'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
