"""The seal of an XISF header: XISF has checksums for blocks of pixels, and none for its XML.

A property of ours holds a digest of the XML, reckoned while zeros stand in its place.  Who changes
a keyword and keeps the property breaks it; a file that another program wrote anew has none.
"""

from __future__ import annotations

import os
import re

from plateworks.metadata.datadigest import digest_of_pixels
from plateworks.metadata.xisf_xml import SIGNATURE
from plateworks.troubles import not_read

#: The property, and what stands in it until the digest is known.
SEAL, UNSEALED = "Plateworks:Seal", "0" * 32
_SEAL = re.compile(rb'(?<=id="Plateworks:Seal" type="String">)[0-9a-f]{32}(?=<)')


def sealed(xml: bytes) -> bytes:
    """Return the XML of a header with its seal in the place of the zeros.

    Parameters
    ----------
    xml : bytes
        With the property :data:`SEAL`, which is a text.
    """
    return _SEAL.sub(digest_of_pixels([xml]).encode("ascii"), xml, count=1)


def is_unsealed(path: str | os.PathLike[str]) -> bool:
    """Whether an XISF file has a seal that is not that of its header.

    Raises
    ------
    TroubleError
        If it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(16)
            known = start.startswith(SIGNATURE)
            xml = file.read(int.from_bytes(start[8:12], "little")) if known else b""
    except OSError as error:
        raise not_read(path, error, "cannot be read") from error
    return _SEAL.search(xml) is not None and sealed(_SEAL.sub(UNSEALED.encode(), xml)) != xml
