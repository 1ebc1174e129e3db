"""Tables of what stands in the headers of frames, a row for each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from plateworks.csvtable import write_table
from plateworks.metadata.caveats import FAILED
from plateworks.products.imagefiles import read_image_header


def write_card_table(
    frames: Iterable[str], output: str | os.PathLike[str], cards: Mapping[str, str]
) -> None:
    """Write one row for each frame, in the order given.

    Parameters
    ----------
    frames : iterable of str
        Files of products.
    output : path
        The CSV file.
    cards : mapping
        Column to the card it comes from.  The last says why there is nothing; of a frame that was
        set aside, that is the reason.
    """
    write_table(output, ["frame", "session", *cards], (_row(path, cards) for path in frames))


def _row(path: str, cards: Mapping[str, str]) -> list[object]:
    header = read_image_header(path)
    row = [header.get(card) for card in cards.values()]
    row[-1] = row[-1] or header.get(FAILED)
    return [Path(path).stem, Path(path).parent.name, *row]
