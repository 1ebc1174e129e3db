"""How a frame is put together of what its amplifiers read, by the profile of its camera."""

from __future__ import annotations

from dataclasses import replace

from plateworks.metadata.amplifiers import Amplifier, Readout
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import read_crosstalk, read_readout
from plateworks.metadata.sections import parse_section
from plateworks.settings.profilechecks import cards_of
from plateworks.settings.profiles import AmplifierProfile, CameraProfile


def readout_of(profile: CameraProfile, frame: Frame) -> Readout | None:
    """Return the readout of a frame; None if neither its header nor the profile tells one.

    Sections that the header has count, and get of the profile what they lack: gain, read noise and
    saturation of each amplifier, and crosstalk.  A profile says the rest as a header would; frames
    that were trimmed, binned or cut out, in which not all of its sections lie, are not meant.
    """
    told, own = profile.amplifiers, frame.readout
    cards = dict(cards_of(profile))
    if own is not None:
        if len(own.amplifiers) != len(told):
            return own
        filled = (_filled(one, more) for one, more in zip(own.amplifiers, told, strict=True))
        crosstalk = own.crosstalk or read_crosstalk(cards, len(told))
        return replace(own, amplifiers=tuple(filled), crosstalk=crosstalk)
    whole = all(_lies_inside(text, frame) for one in told for text in (one.data, one.bias) if text)
    if not told or not whole or frame.xbin not in (None, 1) or frame.ybin not in (None, 1):
        return None
    return read_readout(
        Header(cards, frame.width, frame.height, frame.planes, frame.bitpix, hdu=frame.hdu),
        frame.done,
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
