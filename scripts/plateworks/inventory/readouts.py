"""How a frame is put together of what its amplifiers read, by the profile of its camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plateworks.metadata.amplifiers import Amplifier, Crosstalk, Readout, Section
from plateworks.metadata.crosstalkcards import read_crosstalk
from plateworks.metadata.frame import Frame
from plateworks.metadata.header import Header
from plateworks.metadata.readoutcards import of_images, read_readout
from plateworks.metadata.sections import parse_section, section_text
from plateworks.metadata.unplaced import Unplaced, UnplacedImage
from plateworks.settings.profilechecks import cards_of, cards_of_image, has_images
from plateworks.settings.profiles import AmplifierProfile, CameraProfile, plain_name

#: What a profile tells of amplifiers that have an image each.
KEYS = "amplifiers: data, bias and detector of each, and image, its EXTNAME"


def readout_of(profile: CameraProfile, frame: Frame) -> Readout | None:
    """Return the readout of a frame; None if neither its header nor the profile tells one.

    Sections that the header has count, and get of the profile what they lack: gain, read noise and
    saturation of each amplifier, and crosstalk.  A profile says the rest as a header would; frames
    that were trimmed, binned or cut out, in which not all of its sections lie, are not meant.
    """
    told, own = profile.amplifiers, frame.readout
    if own is not None:
        paired = _paired(own, profile)
        if paired is None:
            return own
        filled = (_filled(one, more) for one, more in zip(own.amplifiers, paired, strict=True))
        crosstalk = own.crosstalk or _crosstalk_of(profile, paired)
        return replace(own, amplifiers=tuple(filled), crosstalk=crosstalk)
    if frame.unplaced is not None:
        placed = place(profile, frame)
        return None if isinstance(placed, str) else placed
    if has_images(profile):
        return None
    whole = all(_lies_inside(text, frame) for one in told for text in (one.data, one.bias) if text)
    if not told or not whole or not _is_unbinned(frame):
        return None
    return read_readout(
        Header(
            dict(cards_of(profile)),
            frame.width,
            frame.height,
            frame.planes,
            frame.bitpix,
            hdu=frame.hdu,
        ),
        frame.done,
    )


def place(profile: CameraProfile, frame: Frame) -> Readout | str:
    """Return how images are put together of which no header tells where they lie.

    What a header tells of its amplifier, such as the pixels that see light or its gain, counts
    before the profile.

    Returns
    -------
    Readout or str
        Or why the profile does not tell it, as a clause.
    """
    unplaced, named = frame.unplaced, f"the profile of {profile.name}"
    assert unplaced is not None
    if not has_images(profile):
        which = "no amplifiers" if not profile.amplifiers else "amplifiers of one image"
        return f"{named} tells {which}"
    told = _of_images(profile, unplaced)
    if isinstance(told, str):
        return f"{named} {told}"
    both = list(zip(unplaced.images, told, strict=True))
    if not _is_unbinned(frame) and any(image.data is None for image, _ in both):
        return f"{named} tells sections of unbinned frames, and the header none (DATASEC)"
    found = of_images([_header_of(image, one, frame) for image, one in both])
    if found is None:
        data = ", ".join(one.data for one in told[:4])
        return (
            f"the sections of {named} make no picture of its images: their data ({data}) lie "
            "outside them, or have another size than they have on the detector"
        )
    if "O" in (frame.done or "") or not all(one.bias for one in found.amplifiers):
        found = found.without_bias()
    return replace(found, crosstalk=unplaced.crosstalk or _crosstalk_of(profile, told))


def _of_images(profile: CameraProfile, unplaced: Unplaced) -> Sequence[AmplifierProfile] | str:
    """Return the amplifier of each image in turn; why there is none, as what the profile does."""
    told, images = profile.amplifiers, unplaced.images
    if len(told) != len(images):
        return f"tells {len(told)} amplifiers, and it has {len(images)} images"
    if not told[0].image:
        return told
    known = {plain_name(one.image or ""): one for one in told}
    unknown = [str(image) for image in images if plain_name(image.name or "") not in known]
    if unknown or len({plain_name(image.name or "") for image in images}) < len(images):
        names = ", ".join(str(one.image) for one in told)
        return f"tells the images {names} (image), and not {', '.join(unknown[:4]) or 'one twice'}"
    return [known[plain_name(image.name or "")] for image in images]


def _header_of(image: UnplacedImage, told: AmplifierProfile, frame: Frame) -> Header:
    """Return the header of an image as it would be if it told what the profile does."""
    own = {"EGAIN": image.gain, "RDNOISE": image.read_noise, "SATURATE": image.saturation}
    sections = {
        key: section_text(one)
        for key, one in (("DATASEC", image.data), ("BIASSEC", image.bias))
        if one is not None
    }
    known = {key: value for key, value in own.items() if value is not None}
    cards = cards_of_image(told) | sections | known
    return Header(cards, image.width, image.height, 1, frame.bitpix, hdu=image.hdu, own=cards)


def _paired(own: Readout, profile: CameraProfile) -> Sequence[AmplifierProfile] | None:
    """Return what the profile tells of each amplifier that a header places; None if nothing.

    Those that have an image each are known by where they lie, others by their order.
    """
    told = profile.amplifiers
    if len(own.amplifiers) != len(told):
        return None
    if not has_images(profile):
        return told
    there = sorted(range(len(told)), key=lambda i: own.amplifiers[i].corner[::-1])
    places = [parse_section(one.detector) for one in told]
    by_place = sorted(zip(places, told, strict=True), key=lambda both: _corner(both[0]))
    paired = {i: one for i, (_, one) in zip(there, by_place, strict=True)}
    return [paired[i] for i in range(len(told))]


def _corner(place: tuple[Section, bool, bool] | None) -> tuple[int, int]:
    """Return row and column at which a section of the detector begins."""
    return (0, 0) if place is None else (place[0][2], place[0][0])


def _crosstalk_of(
    profile: CameraProfile, told: Sequence[AmplifierProfile]
) -> tuple[Crosstalk, ...]:
    """Return the crosstalk of a profile between amplifiers in the order of those of a frame."""
    place_of = {id(one): i for i, one in enumerate(told)}
    order = [place_of[id(one)] for one in profile.amplifiers]
    found = read_crosstalk(dict(cards_of(profile)), len(order))
    return tuple(replace(one, source=order[one.source], onto=order[one.onto]) for one in found)


def _is_unbinned(frame: Frame) -> bool:
    return frame.xbin in (None, 1) and frame.ybin in (None, 1)


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
