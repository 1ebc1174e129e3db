"""A stand-in for the program PixInsight: it takes its options, and makes what a script asks for.

The script itself runs under Node, with PixInsight's classes recorded (pixinsight.js); what they
were told is then done plainly: flats are calibrated, frames averaged, images written between 0 and
1 with the few cards that PixInsight writes.  A file ``behaviour`` beside this program says how to
fail.  Without ``--force-exit`` it stays open; a file ``open`` says which process that is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from xisf import XISF

HERE = Path(__file__).parent
KINDS = {1: "BIAS", 2: "DARK", 3: "MASTER FLAT"}


def main(arguments: list[str]) -> int:
    """Run the script, as the file ``behaviour`` says."""
    (HERE / "arguments").write_text("\n".join(arguments))
    behaviour = (HERE / "behaviour").read_text() if (HERE / "behaviour").exists() else ""
    if behaviour == "hang":
        signal.pause()
    if behaviour == "silent":
        return 0
    if "--force-exit" not in arguments:
        (HERE / "open").write_text(str(os.getpid()))  # before the log says that the script is done
    script = next(a for a in arguments if a.startswith("-r="))[3:]
    word, _, file = behaviour.partition(" ")
    wish = {"failing": list(KINDS)} if word == "fail" else {"unreadable": [file]}
    told = run_under_node(script, wish)
    saved = iter(told["saved"])
    for process in told["processes"]:
        if process["process"] == "ImageCalibration":
            calibrate(process, without=file)
        elif behaviour != "fail":
            image = next(saved)
            count = len(process["images"]) - (behaviour == "fewer")
            told_of = [f"ImageIntegration.numberOfImages: {count}"]
            told_of += [one["comment"] for one in image["keywords"] if isinstance(one, dict)]
            if behaviour == "mute":
                told_of.clear()
            integrate(process, image["file"], told_of, cut=behaviour == "truncate")
    Path(told["log"]).write_text("\n".join(["Starting up", *told["console"], ""]), encoding="utf-8")
    print("PixInsight Core: some words on the standard output")
    if "--force-exit" not in arguments:
        signal.pause()
    return 3 if behaviour == "status" else 0


def run_under_node(script: str, wish: dict) -> dict:
    """Return what the script tells PixInsight's classes."""
    record = HERE / "record.json"
    subprocess.run(["node", HERE / "pixinsight.js", script, record, json.dumps(wish)], check=True)
    return json.loads(record.read_text())


def calibrate(process: dict, without: str) -> None:
    """Subtract bias and dark; a dark that is optimised is scaled by the exposures."""
    folder = Path(process["outputDirectory"])
    folder.mkdir(parents=True, exist_ok=True)
    bias = read(process["masterBiasPath"])[0] if process["masterBiasEnabled"] else 0.0
    for _, file in process["targetFrames"]:
        if file == without:
            continue
        image, seconds = read(file)
        image = image - bias
        if process["masterDarkEnabled"]:
            dark, dark_seconds = read(process["masterDarkPath"])
            dark = dark - bias if process["calibrateDark"] else dark
            image = image - dark * (seconds / dark_seconds if process["optimizeDarks"] else 1.0)
        name = Path(file).stem + process["outputPostfix"] + process["outputExtension"]
        write(folder / name, image, "FLAT", seconds)


def integrate(process: dict, output: str, history: list[str], cut: bool) -> None:
    """Average the images, flats at the level of the first."""
    images = [read(image[1]) for image in process["images"]]
    pixels = [image for image, _ in images]
    if process["normalization"] == "ImageIntegration.Multiplicative":
        pixels = [image * (np.median(pixels[0]) / np.median(image)) for image in pixels]
    write(Path(output), np.mean(pixels, axis=0), KINDS[process["imageType"]], images[0][1], history)
    if cut:
        Path(output).write_bytes(Path(output).read_bytes()[:-100])


def read(path: str) -> tuple[np.ndarray, float | None]:
    """Return an image from 0 to 1, as PixInsight takes it, and its exposure."""
    if not path.endswith(".xisf"):
        return read_fits(Path(path).read_bytes())
    file = XISF(path)
    cards = file.get_images_metadata()[0]["FITSKeywords"]
    ours = "Plateworks" in str(file.get_file_metadata()["XISF:CreatorApplication"]["value"])
    seconds = float(cards["EXPTIME"][0]["value"]) if "EXPTIME" in cards else None
    return file.read_image(0)[..., 0].astype(float) / (65535 if ours else 1), seconds


def read_fits(data: bytes) -> tuple[np.ndarray, float | None]:
    """Return a raw frame; without astropy, whose loading would take most of the time."""
    cards = {}
    for start in range(0, len(data), 80):
        card = data[start : start + 80].decode("ascii")
        if card.startswith("END "):
            break
        cards[card[:8].strip()] = card[10:].partition("/")[0].strip()
    shape = int(cards["NAXIS2"]), int(cards["NAXIS1"])
    bits, zero = int(cards["BITPIX"]), float(cards.get("BZERO", 0))
    kind = f">i{bits // 8}" if bits > 8 else "u1"
    pixels = np.frombuffer(data, kind, shape[0] * shape[1], (start // 2880 + 1) * 2880)
    unsigned = zero > 0 or (bits == 8 and zero == 0)
    highest = 2.0**bits - 1 if unsigned else 2.0 ** (bits - 1) - 1
    seconds = float(cards["EXPTIME"]) if "EXPTIME" in cards else None
    return (pixels.reshape(shape) + zero) / highest, seconds


def write(
    path: Path, image: np.ndarray, kind: str, seconds: float | None, history: Sequence[str] = ()
) -> None:
    """Write an image as PixInsight does, in 32-bit floating point."""
    cards = {
        "IMAGETYP": [{"value": f"'{kind}'", "comment": "Type of image"}],
        "HISTORY": [
            {"value": "", "comment": line}
            for line in ("Integration with ImageIntegration process", *history)
        ],
    }
    if seconds is not None:
        cards["EXPTIME"] = [{"value": str(seconds), "comment": "Exposure time in seconds"}]
    path.parent.mkdir(parents=True, exist_ok=True)
    XISF.write(
        str(path), image.astype(np.float32)[..., np.newaxis],
        creator_app="PixInsight 1.8.9", image_metadata={"FITSKeywords": cards},
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
