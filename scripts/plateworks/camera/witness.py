"""What is proven of a frame: that every device stood as it was set, and that the image is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plateworks.camera.device import Device
from plateworks.camera.faults import CameraFailed
from plateworks.camera.levels import digest_of

#: With fewer pixels than this part between the lowest and the highest value, a frame is dark or
#: full all over, and the next one may well be the same.
_MOVING_SHARE = 0.01


class Witness:
    """Compares what devices say after each frame with what they said before.

    The reading after a frame is that before the next, so that what changes between two frames is
    found out by the later one.

    Parameters
    ----------
    devices : sequence of Device
    """

    def __init__(self, devices: Sequence[Device]):
        self._devices = devices
        self._before: list[Mapping[str, Any]] = []
        self._restarts: list[int] = []
        self._image = ""

    def note(self) -> None:
        """Take what the devices say now for what frames are to be taken under."""
        self._before = [device.standing() for device in self._devices]
        self._restarts = [device.link.restarts for device in self._devices]

    def doubt(self, pixels: np.ndarray) -> str:
        """Say why a frame that was just taken is not what it is taken for; an empty text if it is.

        Parameters
        ----------
        pixels : (H, W) integer array
        """
        doubts = self._changes()
        for device, restarts in zip(self._devices, self._restarts, strict=True):
            if device.link.restarts != restarts:
                doubts.append(f"the server of the {device.link} was restarted meanwhile")
        image = _identity(pixels)
        if image and image == self._image:
            doubts.append("its pixels are those of the frame before, to the last")
        self._image = image
        return "; ".join(doubts)

    def restore(self) -> None:
        """Set the devices again as they were noted; what one does not tell may come back.

        Raises
        ------
        CameraFailed
            If one of them stays otherwise, or is another device by now.
        """
        for device, before in zip(self._devices, self._before, strict=True):
            if _differences(before, device.standing(), silence=True):
                device.set_again(before)
        if left := self._changes(silence=False):
            raise CameraFailed(
                f"What frames are taken under has changed and does not come back: "
                f"{'; '.join(left)}. Another program or person may be using the devices. Frames so "
                "far are kept; run the same target again to go on."
            )
        self._restarts = [device.link.restarts for device in self._devices]

    def _changes(self, silence: bool = True) -> list[str]:
        return [
            f"{device.link}: {', '.join(changes)}"
            for device, before in zip(self._devices, self._before, strict=True)
            if (changes := _differences(before, device.standing(), silence))
        ]


def _differences(before: Mapping[str, Any], now: Mapping[str, Any], silence: bool) -> list[str]:
    """Say what is no longer as it was; what was not known before is not compared.

    Parameters
    ----------
    before, now : mapping
        Property to its value, None where it was not told.
    silence : bool
        Whether what is no longer told counts.
    """
    return [
        f"{name} {_said(was)}, now {_said(now[name])}"
        for name, was in before.items()
        if was is not None and was != now[name] and (silence or now[name] is not None)
    ]


def _said(value: Any) -> str:
    if value is None:
        return "not told"
    return str(getattr(value, "name", value))


def _identity(pixels: np.ndarray) -> str:
    """Return what tells an image from all others; an empty text if nothing does."""
    inner = np.count_nonzero((pixels > pixels.min()) & (pixels < pixels.max()))
    return digest_of(pixels) if inner >= _MOVING_SHARE * pixels.size else ""
