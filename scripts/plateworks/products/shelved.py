"""What calibrated frames are known by on the shelf: all that their bytes depend on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from plateworks import __version__
from plateworks.digests import digest_of
from plateworks.metadata.caveats import texts_of
from plateworks.orders.lights import LightOrder
from plateworks.products.headers import TOLD
from plateworks.shelf import content_of
from plateworks.versions import ALGORITHMS

_ALGORITHM = ALGORITHMS["calibrate"]


class Makings:
    """Tells what lights are made of; masters and lists are read whole for that, once each."""

    def __init__(self) -> None:
        self._held = cache(content_of)

    def of(self, lights: Iterable[LightOrder]) -> dict[str, str]:
        """Return a digest of what each light is made of, by the path of its product.

        A raw frame is told by its order, size and time of change.  A light is left out whose files
        are not all there, or of which no more is known than paths.
        """
        found = {}
        for light in lights:
            if light.told is not None:
                with suppress(OSError):
                    raw = os.stat(light.frame.raw)
                    found[light.output] = digest_of(
                        told=light.told,
                        raw=[raw.st_size, raw.st_mtime_ns],
                        made=[self._held(path) for path in _made(light)],
                        algorithm=_ALGORITHM,
                        version=__version__,
                    )
        return found


def is_of(light: LightOrder) -> bool:
    """Whether the product of a light is there and was made by its order, of what is there now."""
    with suppress(OSError):
        since = os.stat(light.output).st_mtime_ns
        if all(os.stat(path).st_mtime_ns <= since for path in _made(light)):
            return texts_of(light.output, TOLD, "PWALGO") == [light.told, str(_ALGORITHM)]
    return False


def _made(light: LightOrder) -> list[str]:
    """Return the masters and lists of a light."""
    return [path for path in light.files() if path != light.frame.raw]
