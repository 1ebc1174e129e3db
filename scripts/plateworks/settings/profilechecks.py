"""Whether what the profile of a camera tells can be, and its amplifiers as headers say them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations

from plateworks.metadata.amplifiers import Crosstalk, Section
from plateworks.metadata.crosstalkcards import read_crosstalk
from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import of_images, read_readout
from plateworks.metadata.sections import CROSSTALK, parse_section
from plateworks.metadata.values import Value
from plateworks.settings.profiles import AmplifierProfile, CameraProfile, plain_name


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


def cards_of_image(one: AmplifierProfile) -> dict[str, Value]:
    """Return the cards by which the header of an image says the amplifier that read it."""
    told: dict[str, Value] = {
        "DATASEC": one.data,
        "BIASSEC": one.bias,
        "DETSEC": one.detector,
        "EGAIN": one.gain,
        "RDNOISE": one.read_noise,
        "SATURATE": one.saturation,
    }
    return {key: value for key, value in told.items() if value is not None}


def has_images(profile: CameraProfile) -> bool:
    """Whether each amplifier of a camera has an image of its own.

    It says so by their names, or by sections that lie upon each other, which in one image they
    cannot.
    """
    told = profile.amplifiers
    if len(told) < 2 or any(one.image for one in told):
        return len(told) > 1
    lit = [read[0] for one in told if (read := parse_section(one.data)) is not None]
    return all(_lie_upon_each_other(*both) for both in combinations(lit, 2))


def _lie_upon_each_other(one: Section, other: Section) -> bool:
    """Whether two sections share more than half of each."""
    width = min(one[1], other[1]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[2], other[2])
    sizes = [(each[1] - each[0]) * (each[3] - each[2]) for each in (one, other)]
    return min(width, height) > 0 and 2 * width * height > max(sizes)


def mistakes_of(profile: CameraProfile) -> Iterator[str]:
    """Yield a sentence for each thing that a profile of a camera says, and that cannot be."""
    for number, mode in enumerate(profile.modes):
        if mode.readout_mode is not None and not plain_name(mode.readout_mode):
            yield f"modes.{number}.readout_mode has neither letter nor digit."
        for gain, times in Counter(point.gain for point in mode.gains).items():
            if times > 1:
                yield f"modes.{number}.gains has {times} points at gain {gain}; give each once."
    yield from _of_modes(profile)
    if has_images(profile):
        yield from _of_images(profile)
    elif profile.amplifiers:
        yield from _of_amplifiers(profile)


def _of_modes(profile: CameraProfile) -> Iterator[str]:
    told = [(plain_name(mode.readout_mode or ""), mode.binning) for mode in profile.modes]
    for number, one in enumerate(told):
        if one in told[:number]:
            yield (
                f"modes.{number} is that of modes.{told.index(one)}, by its readout_mode and its "
                "binning; give each once."
            )
    bits = {"bits": profile.bits}
    bits |= {f"modes.{number}.bits": mode.bits for number, mode in enumerate(profile.modes)}
    for key, count in bits.items():
        if count is not None and count > profile.stored_bits:
            yield (
                f"{key}: {count} bits of the converter are more than the numbers in files have "
                f"(stored_bits: {profile.stored_bits})."
            )


def _of_amplifiers(profile: CameraProfile) -> Iterator[str]:
    told = profile.amplifiers
    places = [text for one in told for text in (one.data, one.bias) if text is not None]
    sections = [read[0] for text in places if (read := parse_section(text)) is not None]
    width, height = (1 + max((one[end] for one in sections), default=0) for end in (1, 3))
    found = read_readout(Header(dict(cards_of(profile)), width, height, 1, 16))
    if any(one.image for one in told):
        yield "amplifiers: a name of an image (image) is of one of several amplifiers."
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
    yield from _of_crosstalk(profile, found.crosstalk)


def _of_images(profile: CameraProfile) -> Iterator[str]:
    """Yield a sentence for each mistake in amplifiers that have an image each."""
    told = profile.amplifiers
    names = [plain_name(one.image or "") for one in told]
    if any(one.image for one in told) and len(set(names) - {""}) < len(told):
        yield "amplifiers: give image to each, and no name twice, or to none."
    for number, one in enumerate(told):
        if one.detector is None:
            yield (
                f"amplifiers.{number} has no detector: each amplifier that has an image of its own "
                "needs it, since nothing else says where it lies."
            )
    if any(one.detector is None for one in told):
        return
    found = of_images([_image_of(one, hdu) for hdu, one in enumerate(told, 1)])
    if found is None:
        yield (
            "amplifiers make no picture: their sections of the detector lie upon each other, leave "
            "gaps, or have other sizes than their data."
        )
        return
    for number, (one, amplifier) in enumerate(zip(told, found.amplifiers, strict=True)):
        if one.bias is not None and not amplifier.bias:
            yield (
                f"amplifiers.{number}.bias does not run along its data, or lies upon pixels that "
                "see light."
            )
    yield from _of_crosstalk(profile, read_crosstalk(dict(cards_of(profile)), len(told)))


def _of_crosstalk(profile: CameraProfile, found: Sequence[Crosstalk]) -> Iterator[str]:
    if len(found) < sum(1 for leak in profile.crosstalk if leak.share):
        yield "crosstalk is of two amplifiers that there are, and given once for each pair."


def _image_of(one: AmplifierProfile, hdu: int) -> Header:
    """Return the header of the smallest image that holds the sections of an amplifier."""
    texts = [text for text in (one.data, one.bias) if text is not None]
    sections = [read[0] for text in texts if (read := parse_section(text)) is not None]
    width, height = (max((each[end] for each in sections), default=1) for end in (1, 3))
    cards = cards_of_image(one)
    return Header(cards, width, height, 1, 16, hdu=hdu, own=cards)
