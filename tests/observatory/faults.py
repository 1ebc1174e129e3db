"""Ways to answer a request: rightly, wrongly, in part, not at all."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np

#: ASCOM's error numbers.
NOT_IMPLEMENTED, INVALID_OPERATION, DRIVER = 0x400, 0x40B, 0x500

#: numpy's types -> those of ImageBytes.
ELEMENTS = {"int16": 1, "int32": 2, "float64": 3, "uint8": 6, "uint16": 8, "uint32": 9}


@dataclass
class Request:
    """One request, as a fault sees it."""

    handler: BaseHTTPRequestHandler
    name: str
    values: dict[str, str]
    client: int = 0  # the number that the client gave it
    server: int = 0  # and that of the answer

    def send(self, body: bytes, kind: str = "application/json", length: int | None = None) -> None:
        """Answer; with another `length` than the body has, the connection ends after the body."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Type", kind)
        self.handler.send_header("Content-Length", str(len(body) if length is None else length))
        self.handler.end_headers()
        self.handler.wfile.write(body)
        if length is not None:
            self.handler.close_connection = True

    def send_value(self, value: Any) -> None:
        self.send_answer({"Value": value, "ErrorNumber": 0, "ErrorMessage": ""})

    def send_error(self, number: int, message: str = "as told") -> None:
        self.send_answer({"ErrorNumber": number, "ErrorMessage": message})

    def send_answer(self, answer: dict[str, Any]) -> None:
        """Answer in the form that the server has its answers in."""
        numbers = {"ClientTransactionID": self.client, "ServerTransactionID": self.server}
        answer = numbers | answer
        self.send(json.dumps(self.handler.misbehaving.form(answer)).encode())


Fault = Callable[[Request], None]


def value(what: Any) -> Fault:
    """Answers with a value, whatever is true."""
    return lambda request: request.send_value(what)


def error(number: int, message: str = "as told") -> Fault:
    """Answers with an ASCOM error."""
    return lambda request: request.send_error(number, message)


def garbage(request: Request) -> None:
    """Answers with something that is not JSON."""
    request.send(b"<html>busy</html>", "text/html")


def status(number: int) -> Fault:
    """Answers with a bare HTTP status."""

    def answer(request: Request) -> None:
        request.handler.send_response(number)
        request.handler.send_header("Content-Length", "0")
        request.handler.end_headers()

    return answer


def drop(request: Request) -> None:
    """Closes the connection without an answer."""
    request.handler.close_connection = True


def image(
    pixels: np.ndarray,
    keep: int | None = None,
    shape: tuple[int, ...] | None = None,
    announced: bool = True,
    **metadata: int,
) -> Fault:
    """Answers with an image as ImageBytes.

    Parameters
    ----------
    pixels : (H, W) array
    keep : int, optional
        Bytes to send before the connection ends, out of those that the header announces.
    shape : tuple of int, optional
        The dimensions to claim.
    announced : bool
        Whether a Content-Length is sent.
    metadata : int
        version, error, client, server, start, element or rank, in place of the true ones.
    """
    columns = np.ascontiguousarray(pixels.T)
    width, height, planes = (*(shape or columns.shape), 0)[:3]
    usual = {"version": 1, "error": 0, "start": 44, "rank": 2}
    usual["element"] = ELEMENTS[pixels.dtype.name]

    def answer(request: Request) -> None:
        numbers = {"client": request.client, "server": request.server}
        told = usual | numbers | metadata
        names = ("version", "error", "client", "server", "start", "element", "rank")
        version, error, client, server, start, element, rank = (told[name] for name in names)
        head = struct.pack(
            "<2i2I7i",
            *(version, error, client, server, start, 2, element, rank, width, height, planes),
        )
        whole = head + columns.tobytes()
        sent = whole if keep is None else whole[:keep]
        if announced:
            length = None if keep is None else len(whole)
            request.send(sent, "application/imagebytes", length)
        else:
            request.handler.send_response(200)
            request.handler.send_header("Content-Type", "application/imagebytes")
            request.handler.send_header("Connection", "close")
            request.handler.end_headers()
            request.handler.wfile.write(sent)
            request.handler.close_connection = True

    return answer


def image_as_json(pixels: np.ndarray, **extra: Any) -> Fault:
    """Answers with an image as a server does that knows no ImageBytes."""
    answer = {
        "Type": 2,
        "Rank": 2,
        "ErrorNumber": 0,
        "ErrorMessage": "",
        "Value": pixels.T.tolist(),
    }
    return lambda request: request.send_answer(answer | extra)
