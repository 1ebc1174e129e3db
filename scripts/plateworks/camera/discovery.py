"""Which cameras, filter wheels and panels are there, and a configuration to start from."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

import requests
from urllib3.exceptions import HTTPError

from plateworks.camera.abilities import Abilities, positive, read_abilities
from plateworks.camera.address import parse_address
from plateworks.camera.connection import KINDS, Link
from plateworks.camera.faults import CameraFailed
from plateworks.camera.management import Directory
from plateworks.camera.panel import Panel
from plateworks.camera.progress import say
from plateworks.camera.waiting import Clock, Deadlines
from plateworks.camera.wheel import Wheel
from plateworks.errors import ConfigError, PlateworksError
from plateworks.files import atomic
from plateworks.printable import printable

_log = logging.getLogger(__name__)

#: A device that does not answer a discovery is told so at once, not waited for.
LIMITS = Deadlines(request=5.0, connect=30.0, reconnect=0.0)
NOTHING_FOUND = (
    "No Alpaca device answers.  Start the server of the camera (ASCOM Remote, or the one of its "
    "maker), and name it in capture.address if it is in another network."
)
#: Device numbers tried on a server that keeps no list of its devices.
NUMBERS_TRIED = range(3)


@dataclass(frozen=True, slots=True)
class Found:
    """A device that was found.

    Attributes
    ----------
    kind : str
        A key of :data:`~.connection.KINDS`.
    address : str
    number : int
    name : str
    abilities : tuple of (str, str)
        What it can do, in words.
    filters : tuple of str
        Of a filter wheel.
    problem : str
        Why it could not be asked; empty if it could.
    """

    kind: str
    address: str
    number: int
    name: str
    abilities: tuple[tuple[str, str], ...] = ()
    filters: tuple[str, ...] = ()
    problem: str = ""


def search_network() -> list[str]:
    """Addresses of the servers that answer Alpaca's discovery in the local network.

    The protocol is chapter 4 of the Alpaca API reference, a broadcast over UDP, as alpyca does it.
    """
    from alpaca.discovery import search_ipv4

    try:
        found = search_ipv4(numquery=1, timeout=2)
    except OSError as error:
        _log.warning("the network cannot be searched: %s", error)
        return []
    except (ValueError, KeyError, TypeError) as error:
        _log.warning("something in the network answers as no Alpaca server does: %r", error)
        return []
    return [one for one in found if _is_address(one)]


def discover(
    addresses: Iterable[str] = (), search: Callable[[], Sequence[str]] = search_network
) -> list[Found]:
    """Find devices and ask them what they can do.  No device is moved, lit or exposed.

    Parameters
    ----------
    addresses : iterable of str
        Servers to ask in any case, also where no broadcast reaches them.
    search : callable
        Finds further servers.

    Returns
    -------
    list of Found
        In the order of address, kind and number.

    Raises
    ------
    ConfigError
        If an address is not of the form ``host:port``.
    """
    servers = {parse_address(one): None for one in (*addresses, *search())}
    return [
        _ask_device(kind, address, number, name)
        for address in servers
        for kind, number, name in _list_devices(address)
    ]


def describe(found: Sequence[Found]) -> str:
    """The devices for a person to read."""
    lines = []
    for one in found:
        lines.append(f"{one.kind} {one.number} at {one.address}: {one.name}")
        lines += [f"    {name}: {value}" for name, value in one.abilities]
        lines += [f"    {one.problem}"] if one.problem else []
    return "\n".join(lines) + "\n"


def starting_configuration(found: Sequence[Found]) -> str:
    """A configuration with the first camera, and the wheel and panel of the same server.

    Returns
    -------
    str
        YAML: the section ``capture``, not armed.
    """
    usable = [one for one in found if not one.problem]
    cameras = [one for one in usable if one.kind == "camera"]
    address = cameras[0].address if cameras else "localhost:11111"
    lines = [
        "# Written by capture_devices from what it found. Nothing exposes until armed is true.",
        "capture:",
        "  armed: false",
        f"  address: {address}{'' if cameras else ' # no camera was found'}",
    ]
    for kind in KINDS:
        here = [one for one in usable if one.kind == kind and one.address == address]
        if not here:
            lines.append(f"  {kind}: null")
            continue
        lines.append(f"  {kind}: {here[0].number} # {_in_comment(here[0].name)}")
        lines += [f"  #   {name}: {_in_comment(value)}" for name, value in here[0].abilities]
        lines += [f"  # or {one.number}: {_in_comment(one.name)}" for one in here[1:]]
        if here[0].filters:
            # A list in JSON is one in YAML, whatever the names of the filters are.
            lines.append(f"  filters: {json.dumps(here[0].filters, ensure_ascii=False)}")
    for key, ability in (
        ("gain", "gains"),
        ("offset", "offsets"),
        ("readout_mode", "readout modes"),
    ):
        choice = dict(cameras[0].abilities).get(ability, "not told") if cameras else "not told"
        lines.append(f"  {key}: null # {_in_comment(choice)}")
    lines.append("  raw_dir: raw # where frames go")
    return "\n".join(lines) + "\n"


def list_devices(address: str | None, configuration: str | os.PathLike) -> None:
    """Print what is found, and write a configuration to start from.

    Parameters
    ----------
    address : str or None
        A server to ask in any case.
    configuration : path
        Written anew, if anything is found.

    Raises
    ------
    PlateworksError
        If no device answers.
    """
    found = discover([] if address is None else [address])
    if not found:
        raise PlateworksError(NOTHING_FOUND)
    with atomic(configuration, "w") as stream:
        stream.write(starting_configuration(found))
    say(f"{describe(found)}A configuration to start from: {configuration}")


def _in_comment(text: str) -> str:
    """What a device says, as it can stand in a comment: on one line, printable."""
    return printable(text)


def _list_devices(address: str) -> list[tuple[str, int, str]]:
    """Kind, number and name of the devices of a server, as its management tells or as tried."""
    try:
        listed = Directory(address, LIMITS.request, Clock()).read()
        devices = sorted({(one.kind, one.number, one.name) for one in listed})
        return [one for kind in KINDS for one in devices if one[0] == kind]
    except requests.ConnectionError as error:
        _log.warning("%s: no server answers: %s", address, error)
        return []
    except (requests.RequestException, HTTPError, ValueError):
        _log.info("%s: keeps no list of its devices; trying the first numbers", address)
    tried = ((kind, number) for kind in KINDS for number in NUMBERS_TRIED)
    return [
        (kind, number, str(name))
        for kind, number in tried
        if (name := _try_name(kind, address, number)) is not None
    ]


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ConfigError:
        _log.warning("a server says that it is at %r, which is no address", text)
        return False
    return True


def _try_name(kind: str, address: str, number: int) -> str | None:
    try:
        return Link(kind, address, number, LIMITS).optional("Name")
    except CameraFailed:
        return None


def _ask_device(kind: str, address: str, number: int, name: str) -> Found:
    link = Link(kind, address, number, LIMITS)
    try:
        link.connect()
        try:
            abilities = _DESCRIBED[kind](link)
            filters = Wheel(link).names if kind == "filterwheel" else ()
        finally:
            link.disconnect()
    except CameraFailed as error:
        return Found(kind, address, number, name, problem=str(error))
    return Found(kind, address, number, name, tuple(abilities), filters)


def _describe_camera(link: Link) -> list[tuple[str, str]]:
    abilities = read_abilities(link)
    told = [(one.name, getattr(abilities, one.name)) for one in fields(Abilities)]
    return [(name.replace("_", " "), _in_words(value)) for name, value in told if name != "name"]


def _describe_wheel(link: Link) -> list[tuple[str, str]]:
    return [("filters", ", ".join(Wheel(link).names))]


def _describe_panel(link: Link) -> list[tuple[str, str]]:
    panel = Panel(link)
    light = f"brightness 0 to {panel.max_brightness}" if panel.has_light else "none"
    return [("cover", _in_words(panel.has_cover)), ("light", light)]


def _describe_mount(link: Link) -> list[tuple[str, str]]:
    metres = positive(link.optional("FocalLength"))
    return [("focal length", "not told" if metres is None else f"{metres * 1000:g} mm")]


_DESCRIBED = {
    "camera": _describe_camera,
    "filterwheel": _describe_wheel,
    "covercalibrator": _describe_panel,
    "telescope": _describe_mount,
}


def _in_words(value: object) -> str:
    if value is None or value == ():
        return "not told"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " to ".join(map(str, value)) if isinstance(value[0], int) else ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
