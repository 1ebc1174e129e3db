"""A filter wheel: its filters by name, and moves that end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plateworks.camera.connection import Link
from plateworks.camera.device import Device
from plateworks.camera.faults import CameraFailed
from plateworks.camera.waiting import wait_until
from plateworks.errors import ConfigError

#: The position of a wheel that moves.
MOVING = -1
_POLL = 0.2


class Wheel(Device):
    """An open filter wheel; use it in a ``with`` statement.

    Attributes
    ----------
    names : tuple of str
        The filters, in the order of the wheel.
    """

    kind = "filterwheel"
    steady = (*Device.steady, "Position")

    def __init__(self, link: Link):
        super().__init__(link)
        self.names = tuple(str(name).strip() for name in link.read("Names"))

    def rest(self) -> None:
        """Wait until the wheel stands, whoever moved it."""
        self._await_rest()

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
        self._move(index)
        return self.names[index]

    def set_again(self, standing: Mapping[str, Any]) -> None:
        super().set_again(standing)
        if standing["Position"] in range(len(self.names)):
            self._move(standing["Position"])

    def _move(self, index: int) -> None:
        if self.link.read("Position") == index:
            return
        self._await_rest()
        self.link.write("Position", index)
        position = self._await_rest()
        if position != index:
            raise CameraFailed(
                f"The {self.link} was sent to {self.names[index]!r} (position {index}) and stopped "
                f"at position {position}."
            )

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
