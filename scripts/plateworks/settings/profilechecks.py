"""Whether what the profile of a camera tells can be, and its amplifiers as headers say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import read_readout
from plateworks.metadata.sections import CROSSTALK, parse_section
from plateworks.metadata.values import Value
from plateworks.settings.profiles import CameraProfile, plain_name


def cards_of(profile: CameraProfile) -> Iterator[tuple[str, Value]]:
    """Yield the cards by which a header would say the amplifiers of a camera."""
    several = len(profile.amplifiers) > 1
    for number, one in enumerate(profile.amplifiers, 1):
        suffix = str(number) if several else ""
        told: dict[str, Value] = {
            f"DATASEC{suffix}": one.data,
            f"BIASSEC{suffix}": one.bias,
            f"DETSEC{suffix}": one.detector,
            f"EGAIN{suffix}": one.gain,
            f"RDNOISE{suffix}": one.read_noise,
            f"SATURAT{suffix}" if several else "SATURATE": one.saturation,
        }
        yield from ((key, value) for key, value in told.items() if value is not None)
    for leak in profile.crosstalk:
        if leak.source != leak.onto:
            yield CROSSTALK[leak.source - 1, leak.onto - 1], leak.share


def mistakes_of(profile: CameraProfile) -> Iterator[str]:
    """Yield a sentence for each thing that a profile of a camera says, and that cannot be."""
    for number, mode in enumerate(profile.modes):
        if mode.readout_mode is not None and not plain_name(mode.readout_mode):
            yield f"modes.{number}.readout_mode has neither letter nor digit."
        for gain, times in Counter(point.gain for point in mode.gains).items():
            if times > 1:
                yield f"modes.{number}.gains has {times} points at gain {gain}; give each once."
    if profile.amplifiers:
        yield from _of_amplifiers(profile)


def _of_amplifiers(profile: CameraProfile) -> Iterator[str]:
    told = profile.amplifiers
    places = [text for one in told for text in (one.data, one.bias) if text is not None]
    sections = [read[0] for text in places if (read := parse_section(text)) is not None]
    width, height = (1 + max((one[end] for one in sections), default=0) for end in (1, 3))
    found = read_readout(Header(dict(cards_of(profile)), width, height, 1, 16))
    if found is None or len(found.amplifiers) != len(told):
        yield (
            "amplifiers make no picture: their data lie upon each other, leave gaps, or are those "
            "of more than 8."
        )
        return
    for number, (one, amplifier) in enumerate(zip(told, found.amplifiers, strict=True)):
        if one.bias is not None and not amplifier.bias:
            yield (
                f"amplifiers.{number}.bias does not run along its data, or lies upon pixels that "
                "see light."
            )
    if len(told) > 1 and found.origin is None and any(one.detector for one in told):
        yield "amplifiers: their sections of the detector make no picture; give one to each."
    if len(found.crosstalk) < sum(1 for leak in profile.crosstalk if leak.share):
        yield "crosstalk is of two amplifiers that there are, and given once for each pair."
