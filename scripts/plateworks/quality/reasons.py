"""Why a light is flagged or not judged, in a sentence with its numbers and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Fewer lights of one field are not judged.
FEWEST = 5


def why(light: Mapping[str, Any], lights: int) -> str:
    """Return the sentence of one light; empty of a good one.

    Parameters
    ----------
    light : mapping
        A row of the table of verdicts, with verdict and cause; NaN where something is not known.
    lights : int
        How many of its field there are to compare.
    """
    cause = light["cause"]
    if cause:
        return _SENTENCES[cause](light)
    if light["verdict"] == "good":
        return ""
    if light["sources"] != light["sources"]:
        return str(light["reason"] or "it was not measured")
    if lights < FEWEST:
        return f"too few to judge: {lights} of {FEWEST}"
    return f"too few stars to judge: {light['stars_matched']:.0f} of the field are found"


def _dim(light: Mapping[str, Any]) -> str:
    through = light["transparency"]
    if through != through:
        return f"hardly any of the {light['stars_expected']:.0f} stars of the field is seen"
    return f"{through:.0%} of the light comes through, limit {light['transparency_limit']:.0%}"


def _blocked(light: Mapping[str, Any]) -> str:
    cells, flux = light["blocked_cells"], light["darkest_flux"]
    through = f"lets {flux:.0%} of the light through" if flux > 0 else "hides its stars or its sky"
    more = (
        f", as do {cells - 1:.0f} more" if cells > 2 else ", as does one more" if cells > 1 else ""
    )
    return f"cell {light['darkest_cell']} {through} beside the others{more}"


def _wide(light: Mapping[str, Any]) -> str:
    return f"stars are {light['fwhm_ratio']:.2f} times as wide, limit {light['fwhm_limit']:.2f}"


def _stretched(light: Mapping[str, Any]) -> str:
    return (
        f"stars are longer by {light['stretch_over']:.2f} along {light['stretch_deg']:.0f}°, "
        f"limit {light['stretch_limit']:.2f}"
    )


def _elsewhere(light: Mapping[str, Any]) -> str:
    off = light["off_field"]
    if not off > light["shift_limit"]:
        return f"its {light['sources']:.0f} stars are none of the field"
    return f"{off:.2f} frames away from its field, limit {light['shift_limit']:.2f}"


def _bright(light: Mapping[str, Any]) -> str:
    return f"the sky is {light['sky_ratio']:.1f} times as bright, limit {light['sky_limit']:.1f}"


_SENTENCES = {
    "cloud": _dim,
    "dew": lambda light: f"slowly: {_dim(light)}; {_wide(light)}",
    "obstruction": _blocked,
    "focus": _wide,
    "trailing": _stretched,
    "wrong pointing": _elsewhere,
    "moon or dawn": _bright,
}
