"""Sections of binned images that count the pixels of the sensor, as some cameras go on to do."""

from __future__ import annotations

from dataclasses import replace

from plateworks.metadata.binning import read_binning
from plateworks.metadata.header import Header
from plateworks.metadata.sections import SECTION_KEYS, parse_section, section_text
from plateworks.metadata.values import Cards


def in_stored_pixels(header: Header) -> Header:
    """Return a header whose sections count the pixels of its image.

    They count those of the sensor where the outermost of them end where the image does once they
    are binned, and not before.  What is left of a pixel at an edge is no part of a section.
    """
    binning = [each or 1 for each in read_binning(header.cards, [])]
    if binning == [1, 1]:
        return header
    told = {key: parse_section(header.cards[key]) for key in SECTION_KEYS if key in header.cards}
    sections = {key: read[0] for key, read in told.items() if read is not None}
    ends = [max((one[end] for one in sections.values()), default=0) for end in (1, 3)]
    size = [header.width, header.height]
    if [end // each for end, each in zip(ends, binning, strict=True)] != size or ends == size:
        return header
    x, y = binning
    binned: Cards = {
        key: section_text((-(-left // x), right // x, -(-bottom // y), top // y))
        for key, (left, right, bottom, top) in sections.items()
    }
    return replace(header, cards=header.cards | binned)
