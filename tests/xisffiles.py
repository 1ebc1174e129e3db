"""A small XISF file, and what is said of one that is refused."""

import numpy as np
import pytest

from headerfiles import write_xisf
from plateworks.errors import FrameError

PIXELS = np.arange(24, dtype=np.uint16).reshape(4, 6) * 1111
RAW = PIXELS.astype("<u2").tobytes()


def image(tmp_path, data=RAW, geometry="6:4:1", form="UInt16", more="", inside="", keywords=()):
    """Write an XISF file of one image; return its path."""
    attributes = (
        f'geometry="{geometry}" sampleFormat="{form}" {more} '
        f'location="attachment:{{position}}:{len(data)}"'
    )
    return write_xisf(tmp_path / "a.xisf", attributes, inside, data, keywords)


def refusal(action, path) -> str:
    """Return why a file is refused by an action."""
    with pytest.raises(FrameError) as caught:
        action(path)
    return caught.value.reason
