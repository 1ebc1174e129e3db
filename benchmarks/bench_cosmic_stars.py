"""What L.A.Cosmic takes from stars, and finds of cosmic rays, for stars sharp and wide.

    python benchmarks/bench_cosmic_stars.py [stars] [rays] [side]

Draws fields of stars at any place within their pixels, from faint to nearly saturated, with cosmic
rays of 15 to 100 sigmas; Gaussian (integrated over pixels, and sampled in their middle), Moffat,
elongated, crowded; of a monochrome sensor and of a mosaic.  Cleans each with astroscrappy's default
of 5 for ``objlim``, and with ``cosmics.objlim: auto``.  Prints how many stars lost more than 1 % of
their light, the most and the median that one lost, the part of the cosmic rays that was found, and
the part of the dark sky that was called one.  Fails if stars of the widths for which that is
promised lose more than chance takes, or cosmic rays are missed.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from sidebyside import ROOT, keep

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

from plateworks.pixels.cfa import MONO, MOSAIC  # noqa: E402
from plateworks.pixels.cosmics import clean, unexplained_variance  # noqa: E402
from plateworks.pixels.cosmicstars import clean_but_stars  # noqa: E402
from starfields import StarField  # noqa: E402

WIDTHS = (1.3, 1.5, 2.0, 2.5, 3.0, 4.0)
KINDS: dict[str, dict[str, Any]] = {
    "Gaussian": {},
    "Gaussian, sampled": {"integrated": False},
    "Moffat": {"moffat": True},
    "elongated 1.4": {"elongation": 1.4},
    "crowded": {"crowded": True},
}
#: From these widths on no star loses more than 1 %, and from the last on cosmic rays are found.
KEPT = {None: 1.3, "RGGB": 2.0}
FOUND, RECALL = 2.0, 0.95
#: Part of the stars that hits of the noise in their wings may cost more than 1 % of their light.
CHANCE = 0.01


def main(stars: int = 200, rays: int = 150, side: int = 800) -> int:
    rows, wrong = [], 0
    for bayer in (None, "RGGB"):
        for kind, drawn in KINDS.items():
            for fwhm in WIDTHS:
                row, fine = _row(kind, dict(drawn), fwhm, bayer, (stars, rays, side))
                rows.append(row)
                wrong += not fine
                print(row, flush=True)
    head = (
        "| sensor | stars | FWHM | objlim | lost > 1 %, 5 | auto | most lost, 5 | auto "
        "| median lost, 5 | auto | found, 5 | auto | false, 5 | auto |\n" + "|---" * 14 + "|"
    )
    print(keep("L.A.Cosmic and stars", "\n".join([head, *rows])))
    return min(wrong, 1)


def _row(
    kind: str, drawn: dict[str, Any], fwhm: float, bayer: str | None, size: tuple[int, int, int]
) -> tuple[str, bool]:
    stars, rays, side = size
    if drawn.pop("crowded", False):
        stars *= 5
    field = StarField(
        fwhm, bayer=bayer, stars=stars, rays=rays, shape=(side, side), seed=int(10 * fwhm), **drawn
    )
    image, camera = field.image, dict(field.camera)
    auto = clean_but_stars(image, **camera)
    cell = MOSAIC if camera.pop("bayer") else MONO
    known = {key: camera[key] for key in ("egain", "read_noise")}
    _, plain = clean(
        image, **camera, cell=cell, extra=unexplained_variance(image, **known, cell=cell)
    )
    cells = [bayer or "mono", kind, f"{fwhm:g}", f"{auto.objlim:.1f}"]
    lost = [field.lost(hit) for hit in (plain, auto.hit)]
    cells += [f"{np.count_nonzero(one > 0.01)} of {one.size}" for one in lost]
    cells += [f"{one.max():.1%}" for one in lost] + [f"{np.median(one):.1%}" for one in lost]
    found = [field.recall(hit) for hit in (plain, auto.hit)]
    cells += [f"{one:.3f}" for one in found]
    cells += [f"{field.false(hit):.1e}" for hit in (plain, auto.hit)]
    kept = fwhm < KEPT[bayer] or np.count_nonzero(lost[1] > 0.01) <= max(1, CHANCE * stars)
    fine = kept and (fwhm < FOUND or found[1] >= RECALL) and not auto.stopped
    return f"| {' | '.join(cells)} |" + ("" if fine else " <- not as promised"), bool(fine)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
