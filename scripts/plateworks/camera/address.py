"""Addresses of Alpaca servers, as the configuration writes them."""

from __future__ import annotations

import ipaddress
import re
import socket
from contextlib import closing

from plateworks.errors import ConfigError

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[A-Za-z0-9._-]+):0*(?P<port>\d{1,5})/?")


def parse_address(text: str, key: str = "capture.address") -> str:
    """The address ``host:port`` of an Alpaca server, checked.

    Parameters
    ----------
    text : str
        A name, an IPv4 address or an IPv6 address in brackets, a colon and the port; a slash may
        follow.
    key : str
        The setting it stands in, for the message.

    Raises
    ------
    ConfigError
        If it is not of that form.
    """
    cleaned = str(text).strip()
    match = _ADDRESS.fullmatch(cleaned)
    if match and 0 < int(match["port"]) < 65536:
        return f"{match['host']}:{match['port']}"
    if match:
        clause = f"port {match['port']} is not between 1 and 65535"
    elif "://" in cleaned:
        clause = "leave out the protocol and any path"
    elif ":" not in cleaned:
        clause = "the port is missing; Alpaca's usual one is 11111"
    else:
        clause = "it is not of the form host:port"
    raise ConfigError(f"{key} is {cleaned!r}: {clause}. Write for example localhost:11111.")


def identities(address: str) -> list[str]:
    """Return what an address stands for: the same for each way to write it.

    Parameters
    ----------
    address : str
        As :func:`parse_address` returns it.

    Returns
    -------
    list of str
        One for each place in the network that the name leads to; this computer is one place, by
        whichever of its addresses.  A name that leads nowhere stands for itself.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]").rstrip(".").lower()
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return [f"{host}:{port}"]
    return sorted({f"{_place(str(one[4][0]))}:{port}" for one in found})


def _place(host: str) -> str:
    ip = ipaddress.ip_address(host)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return f"this computer, {socket.gethostname()}" if _is_ours(ip) else str(ip)


def _is_ours(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of this computer: only to those can a socket be bound."""
    if ip.is_loopback or ip.is_unspecified:
        return True
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    try:
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as probe:
            probe.bind((str(ip), 0))
    except OSError:
        return False
    return True
