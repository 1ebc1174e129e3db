"""A device that is opened, used in a ``with`` statement, and left safe on every way out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

from plateworks.camera.connection import Link
from plateworks.camera.faults import CameraFailed
from plateworks.camera.waiting import Clock, Deadlines
from plateworks.stopping import shield

_log = logging.getLogger(__name__)


class Device:
    """A connected device.

    Attributes
    ----------
    link : Link
    name : str
    """

    #: A key of :data:`~.connection.KINDS`.
    kind: ClassVar[str]
    #: Properties that stay as they are while frames are taken.
    steady: ClassVar[tuple[str, ...]] = ("Connected", "Name")

    def __init__(self, link: Link):
        self.link = link
        self.name = link.optional("Name") or f"{self.kind} {link.number}"

    @classmethod
    def open(
        cls, address: str, number: int, limits: Deadlines | None = None, clock: Clock | None = None
    ) -> Self:
        """Connect a device and bring it to rest, whatever an earlier run that was killed left.

        Parameters
        ----------
        address : str
            ``host:port``.
        number : int
            Of the device on that server.
        limits : Deadlines, optional
        clock : Clock, optional

        Raises
        ------
        ConfigError
            If the address is not of the form ``host:port``.
        CameraFailed
            If it cannot be connected, or not be brought to rest.
        """
        link = Link(cls.kind, address, number, limits, clock)
        link.connect()
        try:
            device = cls(link)
            device.rest()
        except BaseException:
            attempt(link.disconnect)
            raise
        return device

    def rest(self) -> None:
        """Bring the device to rest."""

    def standing(self) -> dict[str, Any]:
        """Return what the device says of how it stands, by property; None where it says nothing."""
        told = {name: self.link.optional(name) for name in self.steady}
        return told | {"UniqueID": self.link.unique_id()}

    def set_again(self, standing: Mapping[str, Any]) -> None:
        """Bring the device back to how it stood, as far as it may be without asking anybody.

        Raises
        ------
        CameraFailed
            If it does not obey.
        """
        self.link.revive()

    def leave(self) -> Iterator[Callable[[], None]]:
        """The steps that leave the device safe; each is done whatever becomes of the others."""
        yield self.link.disconnect

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with shield():
            for step in self.leave():
                attempt(step)


def attempt(step: Callable[[], None]) -> None:
    """Do what leaves a device safe; a failure is told, and does not hide why it is left."""
    try:
        step()
    except CameraFailed as error:
        _log.error("%s", error)
