"""L.A.Cosmic: the section ``cosmics``."""

from __future__ import annotations

from dataclasses import dataclass

from plateworks.settings.section import Section
from plateworks.settings.setting import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class Cosmics(Section):
    """Parameters of L.A.Cosmic (van Dokkum 2001), named as in astroscrappy."""

    sigclip: float = setting(
        4.5,
        "σ of the Laplacian from which a pixel is a cosmic ray",
        unit="a number of sigma",
        over=0,
    )
    sigfrac: float = setting(
        0.3, "fraction of that limit for its neighbours", unit="a part", over=0, most=1
    )
    objlim: float = setting(
        5.0,
        "least contrast between the Laplacian and the fine structure of stars",
        unit="a number of sigma",
        over=0,
    )
    niter: int = setting(4, "passes at most", least=1)
