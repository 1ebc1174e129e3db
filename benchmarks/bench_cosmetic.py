"""What finding and replacing defective pixels costs, against ccdproc, numpy and bottleneck.

    python benchmarks/bench_cosmetic.py [runs]

Draws a flat of 1 megapixel and a master dark of 26, and runs whole processes, start-up and
reading included: the bad-pixel mask against ccdproc's ``ccdmask``, the local background against
medians of tiles by bottleneck, the median of a frame against numpy's; finding and replacing hot
pixels by itself, for want of a rival with the same rule.  Results must be equal.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from bigframes import HEIGHT, SIZE, WIDTH
from sidebyside import Contestant, compare, keep, python, told

#: Side of the flat: ccdproc needs half a minute for four times as much.
FLAT = 1024

MASKS = {
    "Plateworks": """
import numpy as np
from plateworks.pixels.badpixels import bad_from_ratio
np.save(sys.argv[2], bad_from_ratio(np.load(sys.argv[1])))
""",
    "ccdproc": """
import numpy as np
from astropy.nddata import CCDData
from ccdproc import ccdmask
np.save(sys.argv[2], ccdmask(CCDData(np.load(sys.argv[1]), unit="")))
""",
}
BACKGROUNDS = {
    "Plateworks": """
import numpy as np
from plateworks.pixels.background import local_background
np.save(sys.argv[2], local_background(np.load(sys.argv[1]))[0])
""",
    "bottleneck": """
import bottleneck, numpy as np
from plateworks.pixels import background
background.medians_of_rows = lambda tiles: bottleneck.nanmedian(tiles, axis=1)
np.save(sys.argv[2], background.local_background(np.load(sys.argv[1]))[0])
""",
}
MEDIANS = {
    "Plateworks": """
import numpy as np
from plateworks.pixels.statistics import median
image = np.load(sys.argv[1])
np.save(sys.argv[2], np.array([median(image) for _ in range(5)], np.float32))
""",
    "numpy": """
import numpy as np
image = np.load(sys.argv[1])
np.save(sys.argv[2], [np.median(image) for _ in range(5)])
""",
}
HOT = {
    "Plateworks": """
import numpy as np
from plateworks.pixels.cosmetic import find_hot, replace
dark = np.load(sys.argv[1])
found = find_hot(dark)
mask = np.zeros(dark.shape, bool)
mask[found[:, 1], found[:, 0]] = True
np.save(sys.argv[2], replace(dark, mask))
""",
}


def flat() -> np.ndarray:
    """Draw a master flat of 20 frames: vignetting, noise, pixels that respond wrongly."""
    rng = np.random.default_rng(1)
    y, x = np.ogrid[-1 : 1 : FLAT * 1j, -1 : 1 : FLAT * 1j]
    image = 25_000 * (1 - 0.2 * (x * x + y * y))
    image += np.sqrt(image / 20) * rng.standard_normal(image.shape)
    wrong = rng.integers(0, image.size, 3000)
    image.ravel()[wrong] *= rng.uniform(0.3, 1.2, wrong.size)
    return image.astype(np.float32)


def dark() -> np.ndarray:
    """Draw a master dark: noise, and one hot pixel in a thousand."""
    rng = np.random.default_rng(2)
    image = rng.normal(500, 3, (HEIGHT, WIDTH)).astype(np.float32)
    hot = rng.integers(0, image.size, image.size // 1000)
    image.ravel()[hot] += rng.exponential(300, hot.size).astype(np.float32)
    return image


def run(title: str, codes: dict[str, str], image: Path, runs: int) -> bool:
    """Run the contestants on an image, print the table, and tell whether their results agree."""
    results = {name: image.with_name(f"{name}.npy") for name in codes}
    costs = compare(
        {name: Contestant(python(code, image, results[name])) for name, code in codes.items()},
        runs,
    )
    print(told(title, costs), end="\n\n", flush=True)
    first, *others = (np.load(path) for path in results.values())
    return all(np.array_equal(first, other, equal_nan=first.dtype != bool) for other in others)


def main(runs: int = 3) -> int:
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image.npy")
        np.save(image, flat())
        equal &= run("bad-pixel mask, 1 megapixel", MASKS, image, runs)
        np.save(image, dark())
        equal &= run(f"local background, {SIZE}", BACKGROUNDS, image, runs)
        equal &= run(f"median five times, {SIZE}", MEDIANS, image, runs)
        equal &= run(f"hot pixels found and replaced, {SIZE}", HOT, image, runs)
    print(keep("equal repairs", f"Results {'are equal' if equal else '**differ**'}."))
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
