"""World coordinates: the section ``solve``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plateworks.settings.section import Section
from plateworks.settings.setting import NEXT, setting


@dataclass(frozen=True, kw_only=True, slots=True)
class SolveOptions(Section):
    """How frames are solved."""

    engine: Literal["auto", "embedded", "solve-field"] = setting(
        "auto",
        "`auto`, `embedded` (the astrometry wheel) or `solve-field` (Astrometry.net's program)",
        more="`auto`: each that is there, the next where one failed or searches something else.",
    )
    index_dirs: tuple[str, ...] = setting(
        (),
        "folders of Astrometry.net index files, searched before the usual places",
        what="a list of folders",
        path=True,
    )
    strict: bool = setting(
        False,
        "true: a frame that does not solve is an error, once all have been written",
        more="false: it is a result, `PLTSOLVD = F` with the reason.",
    )
    sip_order: int | Literal["auto"] = setting(
        "auto",
        "`auto`, or the order of the SIP distortion; 0: none",
        more="`auto`: the lens that predicts best where stars lie that it was not fitted to, up to "
        "order 5, and at least 3 where there are 30 stars. A number is lowered by itself where "
        "there are too few.",
        what="auto, or a whole number from 0 (no distortion) to 5",
        least=0,
        most=5,
    )
    scale_low: float | None = setting(
        None,
        "least arcsec a pixel; null: from the header, else 0.1",
        more="From its focal length and pixel size, that is, widened step by step.",
        unit="arcsec a pixel",
        over=0,
        upto="scale_high",
    )
    scale_high: float | None = setting(
        None,
        "most arcsec a pixel; null: from the header, else 180",
        unit="arcsec a pixel",
        over=0,
    )
    field_width_deg: tuple[float, float] | None = setting(
        None,
        "least and greatest width of the field, in place of the scales: `[0.9, 1.1]`",
        what="two numbers, degrees, more than 0, the least first",
        over=0,
        upto=NEXT,
    )
    threshold: float = setting(
        5.0,
        "σ above the background from which a source is taken",
        unit="a number of sigma",
        over=0,
    )
    min_matches: int = setting(8, "fewer matched stars are no solution", least=4)
    max_rms_px: float | None = setting(
        None,
        "residual above which a solution is poor; null: 0.7, or half a FWHM",
        more="Of held-out stars, and of the corners as far as the stars leave them open "
        "(`ASTCORN`); whichever of the two is more. A poor solution stays, and warns of "
        "itself in its header (`PWWARN`, `ASTQUAL`), in `report/solved.csv` and at the run's end.",
        unit="pixels",
        over=0,
    )
    time_limit_s: float = setting(
        60.0,
        "seconds that one frame may take",
        more="Of the processor, in the engine.",
        unit="seconds",
        over=0,
    )
    night_budget_s: float = setting(
        600.0,
        "seconds of a night for frames whose scale nothing tells",
        more="Shared out in the plan, in the order in which they were taken: the first may be "
        "searched for as long as any frame, half as long after one other, a quarter after three, "
        "an eighth after seven, and none for more than half of what is left. They need "
        "no search once one of them solved.",
        unit="seconds",
        over=0,
    )
    catalogue: str | None = setting(
        None,
        "FITS or CSV table of stars with magnitudes; null: the indexes tell them",
        more="For zero points. With columns of right ascension and declination (degrees, or "
        "12:30:45.6) and at least one magnitude, by their usual names: `ra`, `dec`, `Vmag`, "
        "`e_Vmag`, `B-V`. Another content has all frames solved again.",
        path=True,
    )
    catalogue_band: str | None = setting(
        None,
        "band or column of magnitudes; null: the nearest to the filter",
    )
    catalogue_colour: str | None = setting(
        None,
        "column of the colour, or two bands such as B-V; null: the usual",
        more="Where stars allow, the zero point is found with a colour term.",
    )
