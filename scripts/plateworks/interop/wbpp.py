"""Lights as WBPP of PixInsight takes them: folders of links, with grouping keywords in the paths.

It reads kind, filter and exposure in the headers, and the session in the path.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from plateworks.csvtable import write_table
from plateworks.interop.handedlights import COLUMNS, HandedLight
from plateworks.interop.links import lay_links

#: Folder of lights that are stacked, and of those that are not.
_STACKED, _LEFT = "lights", "left_out"


def hand_to_wbpp(groups: Mapping[str, Sequence[HandedLight]], table: Path) -> None:
    """Write the folders of a night, and the table of what is in them.

    Parameters
    ----------
    groups : mapping
        From :func:`plateworks.interop.handedlights.read_lights`.
    table : Path
        Its name without the ending is the session; the folders lie beside it.
    """
    session = f"SESSION_{table.stem}"
    links: dict[str, dict[str, str]] = {_STACKED: {}, _LEFT: {}}
    rows = []
    for group, lights in groups.items():
        for light in lights:
            file = ""
            if not light.empty:
                some = links[_LEFT if light.left else _STACKED]
                file = _free(f"{group}/{os.path.basename(light.path)}", some)
                some[file] = light.path
            rows.append(light.row(file))
    for folder, some in links.items():
        lay_links(table.parent / folder / session, some)
    write_table(table, COLUMNS, rows)


def _free(name: str, taken: Mapping[str, str]) -> str:
    """Return a name that is not taken: products of other folders may have the same."""
    stem, ending = os.path.splitext(name)
    number = 1
    while name in taken:
        number += 1
        name = f"{stem}-{number}{ending}"
    return name
