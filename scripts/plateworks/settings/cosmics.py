"""L.A.Cosmic: the section ``cosmics``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    objlim: float | Literal["auto"] = setting(
        "auto",
        "least contrast between the Laplacian and the fine structure of stars",
        more="`auto`: it follows the FWHM of the stars of each frame (of one colour of a mosaic), "
        "from 5 where that is 2.8 pixels and more, to 20; and hits that may be stars are left "
        "alone. With too few stars it is 20. With a number, cosmic rays are those of astroscrappy, "
        "or none are repaired where too many of them are stars: `PWWARN` says so.",
        unit="a number of sigma",
        over=0,
    )
    niter: int = setting(4, "passes at most", least=1)
