"""A filter wheel: its filters by name, and moves that end."""

from __future__ import annotations

import logging

from plateworks.camera.connection import Link
from plateworks.camera.faults import CameraFailed
from plateworks.camera.guard import shield
from plateworks.camera.waiting import Clock, Deadlines, wait_until
from plateworks.errors import ConfigError

_log = logging.getLogger(__name__)

#: The position of a wheel that moves.
MOVING = -1
_POLL = 0.2


class Wheel:
    """An open filter wheel; use it in a ``with`` statement.

    Attributes
    ----------
    link : Link
    name : str
    names : tuple of str
        The filters, in the order of the wheel.
    """

    def __init__(self, link: Link):
        self.link = link
        self.name = link.optional("Name") or f"filter wheel {link.number}"
        self.names = tuple(str(name).strip() for name in link.read("Names"))

    @classmethod
    def open(
        cls, address: str, number: int, limits: Deadlines | None = None, clock: Clock | None = None
    ) -> Wheel:
        """Connect a filter wheel.

        Raises
        ------
        ConfigError
            If the address is not of the form ``host:port``.
        CameraFailed
            If it cannot be connected.
        """
        link = Link("filterwheel", address, number, limits, clock)
        link.connect()
        return cls(link)

    def __enter__(self) -> Wheel:
        return self

    def __exit__(self, *_) -> None:
        with shield():
            try:
                self.link.disconnect()
            except CameraFailed as error:
                _log.error("%s", error)

    def current(self) -> str | None:
        """The filter in the light path; None while the wheel moves."""
        position = self.link.read("Position")
        return self.names[position] if position in range(len(self.names)) else None

    def select(self, wanted: str) -> str:
        """Move a filter into the light path and wait until it is there.

        Parameters
        ----------
        wanted : str
            A name of the wheel, in any case.

        Returns
        -------
        str
            The name as the wheel writes it.

        Raises
        ------
        ConfigError
            If the wheel has no such filter, or two.
        CameraFailed
            If it does not arrive, or stops at another filter.
        """
        index = self._find(wanted)
        if self.link.read("Position") != index:
            self._await_rest()
            self.link.write("Position", index)
            position = self._await_rest()
            if position != index:
                raise CameraFailed(
                    f"The {self.link} was sent to {wanted!r} (position {index}) and stopped at "
                    f"position {position}."
                )
        return self.names[index]

    def _find(self, wanted: str) -> int:
        folded = wanted.strip().casefold()
        found = [index for index, name in enumerate(self.names) if name.casefold() == folded]
        if len(found) == 1:
            return found[0]
        raise ConfigError(
            f"capture.filters names {wanted!r}, which {self.name} has "
            f"{'more than once' if found else 'not'}; it has {', '.join(self.names)}."
        )

    def _await_rest(self) -> int:
        limit = self.link.limits.move + self.link.limits.margin
        if not wait_until(
            lambda: self.link.read("Position") != MOVING, limit, _POLL, self.link.clock
        ):
            raise CameraFailed(f"The {self.link} has not stopped moving after {limit:g} s.")
        return self.link.read("Position")
