"""Make a demonstration night, or show what calibration bought for one of its lights."""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from plateworks.demo.amplifiers import CCD2, OUTPUTS, SILENT
from plateworks.demo.night import Night
from plateworks.demo.rawnight import write_night
from plateworks.demo.scene import INDEX
from plateworks.demo.sensor import Sensor
from plateworks.errors import PlateworksError
from plateworks.files import atomic

#: The cameras there are, with their amplifiers where they have several.
CAMERAS = {"cmos": (Sensor(), ()), "ccd2": (CCD2, OUTPUTS), "ccd2_silent": (CCD2, SILENT)}
#: The kinds of frame in the order and the words of the summary.
WORDS = {
    "light": "lights",
    "dark": "darks",
    "bias": "biases",
    "flat": "flats",
    "darkflat": "flat-darks",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the return value is the exit code."""
    parser = argparse.ArgumentParser(prog="python -m plateworks.demo", description=__doc__)
    commands = parser.add_subparsers(required=True)

    make = commands.add_parser("make", help="write OUT/raw, OUT/truth and OUT/index")
    make.add_argument("out", type=Path, metavar="OUT")
    make.add_argument("--seed", type=int, default=Night.seed)
    make.add_argument("--width", type=int, default=Sensor.width, help="pixels")
    make.add_argument("--height", type=int, default=Sensor.height, help="pixels")
    make.add_argument(
        "--camera",
        choices=sorted(CAMERAS),
        default="cmos",
        help="ccd2: two amplifiers; ccd2_silent: two whose headers tell no gain",
    )
    make.set_defaults(run=make_night)

    compare = commands.add_parser("compare", help="compare a raw light with its solved product")
    compare.add_argument("out", type=Path, metavar="OUT", help="folder of the night")
    compare.add_argument("results", type=Path, metavar="RESULTS", help="folder of the products")
    compare.add_argument("--light", metavar="NAME", help="file name; default: the first solved")
    compare.add_argument("--png", type=Path, metavar="FILE", help="also draw both side by side")
    compare.set_defaults(run=compare_night)

    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except PlateworksError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make_night(options: argparse.Namespace) -> None:
    """Write the night and say so in one line."""
    sensor, outputs = CAMERAS[options.camera]
    sensor = replace(sensor, width=options.width, height=options.height)
    night = Night(seed=options.seed, sensor=sensor, outputs=outputs)
    exposures = write_night(night, options.out)
    (options.out / "index").mkdir(exist_ok=True)
    shutil.copy(INDEX, options.out / "index")
    kinds = [exposure.kind for exposure in exposures]
    counts = ", ".join(f"{kinds.count(kind)} {word}" for kind, word in WORDS.items())
    print(
        f"{options.out / 'raw'}: {len(exposures)} frames of "
        f"{sensor.width} x {sensor.height} pixels ({counts}); "
        f"the truth is in {options.out / 'truth'}"
    )


def compare_night(options: argparse.Namespace) -> None:
    """Print the table of one light, and draw the picture if asked."""
    from plateworks.demo.compare import compare_light, tabulate
    from plateworks.demo.picture import choose_details, draw_comparison
    from plateworks.demo.truth import read_sensor
    from plateworks.metadata.normalise import read_frame

    raw, product = _find_light(options)
    comparison = compare_light(raw, product, options.out / "truth")
    frame = read_frame(raw)
    heading = f"{frame.object}, {frame.filter}, {frame.exposure:g} s"
    print(f"What calibration bought for {raw.name} ({heading})\n\n{tabulate(comparison)}")
    if options.png:
        sensor = read_sensor(options.out / "truth" / "sensor.fits")
        flat = sensor[f"FLAT_{frame.filter or 'NONE'}".upper()]
        details = choose_details(flat, sensor["DARK"])
        picture = draw_comparison(comparison, details, heading)
        with atomic(options.png) as stream:
            picture.save(stream, "PNG")
        print(f"\nBoth are drawn side by side in {options.png}")


def _find_light(options: argparse.Namespace) -> tuple[Path, Path]:
    """A raw light of the night and the solved product that bears its name."""
    lights = sorted((options.out / "truth" / "lights").glob(options.light or "*.fits"))
    solved = {path.name: path for path in sorted((options.results / "solved").rglob("*.fits"))}
    for light in lights:
        raw = sorted((options.out / "raw").rglob(light.name))
        if raw and light.name in solved:
            return raw[0], solved[light.name]
    wanted = options.light or "light"
    raise PlateworksError(
        f"{options.results / 'solved'} holds no {wanted} of the night in {options.out}; "
        f"run snakemake on {options.out / 'raw'} first."
    )


if __name__ == "__main__":
    sys.exit(main())
