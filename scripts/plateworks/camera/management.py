"""The list that an Alpaca server keeps of its devices."""

from __future__ import annotations

from typing import NamedTuple

import requests

from plateworks.camera.answers import by_names, in_a_line
from plateworks.camera.transport import Transport
from plateworks.camera.waiting import Clock

_FIELDS = ("DeviceType", "DeviceNumber", "DeviceName", "UniqueID")


class Listed(NamedTuple):
    """A device as its server lists it."""

    kind: str  # in small letters
    number: int
    name: str
    unique_id: str | None  # the same for the same device, whatever its number becomes


class Directory:
    """The list of one server.

    Parameters
    ----------
    address : str
        ``host:port``.
    seconds : float
        What an answer may take.
    clock : Clock
    """

    def __init__(self, address: str, seconds: float, clock: Clock):
        self._url = f"http://{address}/management/v1/configureddevices"
        self._session = requests.Session()
        # A way of its own: servers may count the answers of their management apart.
        Transport(seconds, clock).serve(self._session)

    def read(self) -> list[Listed]:
        """Return the devices, in the order of the server.

        Raises
        ------
        requests.RequestException
            If no answer comes.
        ValueError
            If the server keeps no such list.
        """
        response = self._session.get(self._url)
        try:
            listed = response.json()["Value"]
            return [_listed(by_names(one, _FIELDS)) for one in listed]
        except (LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"no list of devices: {error!r}") from error


def _listed(one: dict) -> Listed:
    unique_id = one.get("UniqueID")
    return Listed(
        str(one["DeviceType"]).lower(),
        int(one["DeviceNumber"]),
        in_a_line(str(one["DeviceName"])),
        None if unique_id is None else str(unique_id),
    )
