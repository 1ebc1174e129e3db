"""Addresses of Alpaca servers, as the configuration writes them."""

from __future__ import annotations

import re

from plateworks.errors import ConfigError

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[A-Za-z0-9._-]+):(?P<port>\d{1,5})")


def parse_address(text: str, key: str = "capture.address") -> str:
    """The address ``host:port`` of an Alpaca server, checked.

    Parameters
    ----------
    text : str
        A name, an IPv4 address or an IPv6 address in brackets, a colon and the port.
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
        return cleaned
    if match:
        clause = f"port {match['port']} is not between 1 and 65535"
    elif "://" in cleaned:
        clause = "leave out the protocol and any path"
    elif ":" not in cleaned:
        clause = "the port is missing; Alpaca's usual one is 11111"
    else:
        clause = "it is not of the form host:port"
    raise ConfigError(f"{key} is {cleaned!r}: {clause}. Write for example localhost:11111.")
