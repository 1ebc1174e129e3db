"""What the download of one image costs: ours, and alpyca's two ways, from the same server.

    python benchmarks/bench_download.py [width] [height]

The server is the misbehaving one of the tests, behaving, in a process of its own.  Each run is a
fresh process; the memory is the highest that it held at once, less what it held before the image.
All three end with the same array: rows first, 16 bits.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from alpaca.camera import Camera

    from plateworks.camera.connection import Link

from sidebyside import ROOT, keep

RUNS = 3


def frame(width: int, height: int) -> np.ndarray:
    """A frame with noise."""
    noise = np.random.default_rng(7).normal(1000, 20, height * width)
    return noise.astype(np.uint16).reshape(height, width)


def ours(link: Link, width: int, height: int) -> np.ndarray:
    from plateworks.camera.imagebytes import download_image

    return download_image(link, width, height)


def raw_of_alpyca(link: Link, width: int, height: int) -> np.ndarray:
    """ImageArrayRaw, the faster way: one flat array."""
    flat = np.asarray(_by_itself(link).ImageArrayRaw)
    return np.ascontiguousarray(flat.reshape(width, height).T)


def lists_of_alpyca(link: Link, width: int, height: int) -> np.ndarray:
    """ImageArray, the documented way: nested lists."""
    return np.ascontiguousarray(np.array(_by_itself(link).ImageArray, np.uint16).T)


def _by_itself(link: Link) -> Camera:
    """Return the camera of a link as alpyca alone has it."""
    from alpaca.camera import Camera

    return Camera(link.address, 0)


WAYS: dict[str, Callable[[Link, int, int], np.ndarray]] = {
    "ours": ours,
    "alpyca ImageArrayRaw": raw_of_alpyca,
    "alpyca ImageArray": lists_of_alpyca,
}


def measure(way: str, address: str, width: int, height: int) -> None:
    """Download once in this process; print the processor seconds and the megabytes."""
    from plateworks.camera.connection import Link

    link = Link("camera", address, 0)
    link.connect()
    link.call("StartExposure", 0.0, True)
    held, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    pixels = WAYS[way](link, width, height)
    seconds = time.process_time() - begin
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held
    assert pixels.dtype == np.uint16
    assert (pixels == frame(width, height)).all()
    print(seconds, more / 1024)


def serve(width: int, height: int) -> None:
    from observatory.misbehaving import misbehaving

    with misbehaving(frame(width, height)) as server:
        print(server.address, flush=True)
        sys.stdin.read()


def main(width: int, height: int) -> None:
    paths = os.pathsep.join((str(ROOT / "scripts"), str(ROOT / "tests")))
    environment = os.environ | {"PYTHONPATH": paths}
    size = [str(width), str(height)]
    command = [sys.executable, __file__]
    lines = [f"| an image of {width} x {height} | CPU, s | memory, MB |", "|---|--:|--:|"]
    with subprocess.Popen(
        [*command, "--serve", *size],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    ) as server:  # fmt: skip
        assert server.stdin and server.stdout
        address = server.stdout.readline().strip()
        for way in WAYS:
            runs = []
            for _ in range(RUNS):
                done = subprocess.run(
                    [*command, "--once", way, address, *size],
                    check=True, capture_output=True, text=True, env=environment,
                )  # fmt: skip
                runs.append([float(word) for word in done.stdout.split()])
            seconds, memory = (sorted(column)[RUNS // 2] for column in zip(*runs, strict=True))
            lines.append(f"| {way} | {seconds:.2f} | {memory:.0f} |")
        server.stdin.close()
    print(keep("download of an image", "\n".join(lines)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    elif sys.argv[1:2] == ["--serve"]:
        serve(*map(int, sys.argv[2:4]))
    else:
        main(*(int(word) for word in [*sys.argv[1:3], *("6248", "4176")[len(sys.argv) - 1 :]]))
