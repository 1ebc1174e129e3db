"""What profiles of cameras and sites tell of frames whose headers say nothing of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from plateworks.inventory.gaincurves import Figures, figures_at
from plateworks.inventory.readouts import KEYS, place, readout_of
from plateworks.metadata import placecards
from plateworks.metadata.frame import Frame
from plateworks.settings.profiles import (
    CameraProfile,
    Profiles,
    SiteProfile,
    names_of,
    plain_name,
)

_Profile = TypeVar("_Profile", CameraProfile, SiteProfile)

#: Header and profile are apart beyond this part of what the profile says.
_APART = 0.05
#: So near to a site, in degrees, a telescope stands there.
_NEAR_DEG = 0.05
#: So far from it, it is another.
_FAR_DEG = 0.5
#: Figure -> the card, its unit, and the setting that ends a disagreement.
_CARDS = {
    "egain": ("EGAIN", "electrons per ADU", "calibrate.egain"),
    "read_noise": ("RDNOISE", "electrons of read noise", "calibrate.read_noise"),
}
#: Fields that the planning alone needs: no product holds them.
_OF_PLAN = frozenset(("timezone", "readout"))  # of which jobs are told otherwise, or not


class CameraTold(NamedTuple):
    """What a profile says of the camera of a frame."""

    name: str
    figures: Figures
    full_well: float | None


class ProfileFinder:
    """Finds the profiles of frames by their headers.

    Parameters
    ----------
    profiles : Profiles
    """

    def __init__(self, profiles: Profiles):
        self._cameras, self._sites = _by_name(profiles.cameras), _by_name(profiles.sites)
        self._all_sites = profiles.sites
        self._told = lru_cache(maxsize=4096)(self._tell)
        self._placed = lru_cache(maxsize=4096)(self._place)

    def __bool__(self) -> bool:
        return bool(self._cameras or self._sites)

    def camera_of(self, frame: Frame) -> CameraTold | None:
        """Return what is published of the camera of a frame, as it was set."""
        profile = self._cameras.get(plain_name(frame.camera or ""))
        if profile is None:
            return None
        return CameraTold(profile.name, _figures(profile, frame), profile.full_well)

    def why_unplaced(self, frame: Frame) -> str:
        """Say why nobody tells where the images of a frame lie, as a clause; empty if it is told.

        Parameters
        ----------
        frame : Frame
            After :meth:`apply`.
        """
        images = frame.unplaced
        if images is None or frame.readout is not None:
            return ""
        profile = self._cameras.get(plain_name(frame.camera or ""))
        if profile is None:
            named = f"{frame.camera!r}" if frame.camera else "a camera without a name (INSTRUME)"
            why = f"there is no profile of {named}"
        elif not _is_raw(frame):
            why = f"the profile of {profile.name} is of raw frames of whole numbers alone"
        else:
            why = str(place(profile, frame))
        return (
            f"it holds several images ({images}), and no header says where on the sensor each lies "
            f"(DETSEC, CCDSEC), nor does a profile: {why}.  If they are what the amplifiers of one "
            f"frame read, tell it in a profile of the camera (config key profiles; {KEYS}); if "
            "they are a sequence, save each frame as a file of its own"
        )

    def with_site(self, frame: Frame) -> Frame:
        """Return a frame with the zone and the place of its site, where the header is silent."""
        facts, _ = self._placed(frame.site, frame.site_lat, frame.site_lon)
        return replace(frame, **facts) if facts else frame

    def apply(self, frames: Iterable[Frame]) -> tuple[list[Frame], dict[str, dict[str, Any]]]:
        """Give frames what their profiles say and their headers do not.

        Returns
        -------
        frames : list of Frame
            In the same order; where header and profile disagree, a note says so.
        told : dict
            Path to the fields that were set and that products hold.
        """
        profiled, told = [], dict[str, dict[str, Any]]()
        for frame in frames:
            facts, notes = self._facts(frame)
            if facts or notes:
                kept = {name: facts[name] for name in facts if name not in _OF_PLAN}
                if kept:
                    told[frame.path] = kept
                frame = replace(
                    frame,
                    **facts,
                    by_profile=" ".join(sorted(facts)) or None,
                    notes=(*frame.notes, *notes),
                )
            profiled.append(frame)
        return profiled, told

    def _facts(self, frame: Frame) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        facts, notes = self._told(*(getattr(frame, name) for name in _COUNTING))
        placed, afar = self._placed(frame.site, frame.site_lat, frame.site_lon)
        return ({**facts, **placed} if placed else facts), notes + afar

    def _tell(self, *values: Any) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Return what a camera's profile sets in frames that say the same of what counts."""
        said = dict(zip(_COUNTING, values, strict=True))
        profile = self._cameras.get(plain_name(said["camera"] or ""))
        frame = Frame("", **said)
        if profile is None or not _is_raw(frame):
            return {}, ()
        facts, notes = dict[str, Any](), []
        figures = _figures(profile, frame)
        for name, (card, unit, setting) in _CARDS.items():
            found, known = getattr(figures, name), getattr(frame, name)
            if known is None:
                facts[name] = found
            elif found is not None and abs(known - found) > _APART * found:
                counts = _as_the_converter(known, found, figures.step)
                notes.append(
                    f"{card} says {known:.4g} {unit}, the profile of {profile.name} {found:.4g}: "
                    f"the header is believed{counts}; see what flats measure, or set {setting}"
                )
        readout = readout_of(profile, frame)
        if readout != frame.readout:
            facts["readout"] = readout
        if readout is not None:
            for name, value in (("egain", readout.gain), ("read_noise", readout.read_noise)):
                if getattr(frame, name) is None and value is not None:
                    facts[name] = value
        if frame.saturation is None:
            facts["saturation"] = profile.saturation
        facts |= _pixels(profile, frame)
        bayer = _colours(profile, frame)
        if frame.bayer is None:
            facts["bayer"] = bayer
        elif bayer not in (None, frame.bayer):
            notes.append(
                f"its colours begin with {frame.bayer}, by the profile of {profile.name} with "
                f"{bayer}: the header is believed; if flats and previews have odd colours, set "
                "bayer by path_rules"
            )
        return {name: value for name, value in facts.items() if value is not None}, tuple(notes)

    def _place(
        self, name: str | None, latitude: float | None, longitude: float | None
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Return zone and place of the site that is named, or lies where the header says.

        Where it is named and lies elsewhere, a note says so, and the header is believed.
        """
        site = self._sites.get(plain_name(name or ""))
        unknown = latitude is None or longitude is None
        if site is None:
            if latitude is None or longitude is None:
                return {}, ()
            site = next((s for s in self._all_sites if _is_near(s, latitude, longitude)), None)
        if site is None:
            return {}, ()
        if latitude is not None and longitude is not None:
            degrees = _degrees_from(site, latitude, longitude)
            if degrees is not None and degrees > _FAR_DEG:
                return {}, (
                    f"SITELAT and SITELONG lie {degrees:.1f} degrees from {site.name}, as its "
                    "profile has it: the header is believed",
                )
        facts: dict[str, Any] = {"timezone": site.timezone}
        if unknown:
            facts |= {"site_lat": site.latitude, "site_lon": site.longitude}
        return {name: value for name, value in facts.items() if value is not None}, ()


#: Fields of a frame on which depends what the profile of its camera sets.
_COUNTING = (
    "width", "height", "hdu", "readout", "unplaced", "bitpix", "planes", "is_master", "camera",
    "xbin", "ybin", "bayer", "gain", "egain",
    "readout_mode", "raw_bits", "x_origin", "y_origin", "origin_binned", "done", "saturation",
    "read_noise", "pixel_size", "row_order",
)  # fmt: skip


def _by_name(profiles: Iterable[_Profile]) -> dict[str, _Profile]:
    found: dict[str, _Profile] = {}
    for profile in profiles:
        for name in names_of(profile):
            found.setdefault(name, profile)
    return found


def _is_raw(frame: Frame) -> bool:
    """Whether a frame is as the camera gave it, so that figures of the camera are its own."""
    return not (frame.is_master or frame.raw_bits is None or frame.done)


def _figures(profile: CameraProfile, frame: Frame) -> Figures:
    """Return the figures of a frame, as it was binned; none of a frame of other numbers."""
    if frame.xbin is None or frame.xbin != frame.ybin or frame.raw_bits != profile.stored_bits:
        return Figures(None, None)
    return figures_at(profile, frame.gain, frame.readout_mode, frame.xbin)


def _pixels(profile: CameraProfile, frame: Frame) -> dict[str, Any]:
    """Return size and order of the pixels, where the header does not say them."""
    found: dict[str, Any] = {}
    if frame.pixel_size is None and profile.pixel_size is not None and frame.xbin is not None:
        found["pixel_size"] = profile.pixel_size * frame.xbin
    if frame.row_order is None:
        found["row_order"] = profile.row_order
    return found


def _colours(profile: CameraProfile, frame: Frame) -> str | None:
    """Return the colours of the first pixels of a frame, None where the profile tells none."""
    as_it_is = frame.row_order in (None, profile.row_order or placecards.TOP_DOWN)
    if profile.pattern is None or not as_it_is or frame.planes > 1:
        return None
    if not frame.xbin == frame.ybin == 1:
        return None
    return placecards.pattern_from(profile.pattern, frame.x_origin or 0, frame.y_origin or 0)


def _as_the_converter(known: float, found: float, step: int) -> str:
    """Say where a header counts steps of the converter that the file holds scaled."""
    if step == 1 or not math.isclose(known, found * step, rel_tol=_APART):
        return ""
    return f", though it seems to count steps of the converter, {step} ADU of the file each"


def _is_near(site: SiteProfile, latitude: float, longitude: float) -> bool:
    degrees = _degrees_from(site, latitude, longitude)
    return degrees is not None and degrees < _NEAR_DEG


def _degrees_from(site: SiteProfile, latitude: float, longitude: float) -> float | None:
    if site.latitude is None or site.longitude is None:
        return None
    east = (longitude - site.longitude + 180) % 360 - 180
    return math.hypot(latitude - site.latitude, east * math.cos(math.radians(latitude)))


#: No profiles at all.
NONE = ProfileFinder(Profiles())
