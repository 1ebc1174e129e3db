"""How a frame is put together of what its amplifiers read, by the profile of its camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from plateworks.metadata.amplifiers import Amplifier, Readout
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import read_readout
from plateworks.metadata.sections import CROSSTALK, parse_section
from plateworks.metadata.values import Value
from plateworks.settings.profiles import AmplifierProfile, CameraProfile


def readout_of(profile: CameraProfile, frame: Frame) -> Readout | None:
    """Return the readout of a frame; None if neither its header nor the profile tells one.

    Sections that the header has count, and get of the profile what they lack: gain, read noise and
    saturation of each amplifier.  A profile says the rest as a header would; frames that were
    trimmed, binned or cut out, in which not all of its sections lie, are not meant.
    """
    told = profile.amplifiers
    if frame.readout is not None:
        own = frame.readout.amplifiers
        if len(own) != len(told):
            return frame.readout
        filled = (_filled(one, more) for one, more in zip(own, told, strict=True))
        return replace(frame.readout, amplifiers=tuple(filled))
    whole = all(_lies_inside(text, frame) for one in told for text in (one.data, one.bias) if text)
    if not told or not whole or frame.xbin not in (None, 1) or frame.ybin not in (None, 1):
        return None
    cards = dict(_cards(profile))
    return read_readout(
        Header(cards, frame.width, frame.height, frame.planes, frame.bitpix), frame.done
    )


def _lies_inside(text: str, frame: Frame) -> bool:
    found = parse_section(text)
    if found is None:
        return False
    _, right, _, top = found[0]
    return right <= frame.width and top <= frame.height


def _filled(own: Amplifier, told: AmplifierProfile) -> Amplifier:
    return replace(
        own,
        gain=told.gain if own.gain is None else own.gain,
        read_noise=told.read_noise if own.read_noise is None else own.read_noise,
        saturation=told.saturation if own.saturation is None else own.saturation,
    )


def _cards(profile: CameraProfile) -> Iterator[tuple[str, Value]]:
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
        yield CROSSTALK[leak.source - 1, leak.onto - 1], leak.share
