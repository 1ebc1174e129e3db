"""Answers of a server that break the rules of HTTP."""

from __future__ import annotations

import gzip

from camerastage import Stage
from observatory.faults import Fault, Request


def raw(stage: Stage, *pieces: bytes, pause: float = 0.0) -> Fault:
    """Answers with bytes as they are, so many seconds apart; then the connection ends."""

    def answer(request: Request) -> None:
        request.handler.close_connection = True
        for piece in pieces:
            stage.clock.sleep(pause)
            request.handler.wfile.write(piece)

    return answer


def trickle(stage: Stage, whole: bytes) -> Fault:
    """Answers with a byte each half second."""
    return raw(stage, *(bytes([byte]) for byte in whole), pause=0.5)


def hang(stage: Stage) -> Fault:
    """Accepts a request and says nothing."""

    def answer(request: Request) -> None:
        stage.over.wait()
        request.handler.close_connection = True

    return answer


def sent(body: bytes, *lines: str) -> bytes:
    """Return a whole answer with a header of more lines."""
    own = ("HTTP/1.1 200 OK", "Content-Type: application/json", *lines)
    return "\r\n".join([*own, "", ""]).encode() + body


CHUNKED = "Transfer-Encoding: chunked"
ANSWER = b'{"Value": 0, "ErrorNumber": 0, "ErrorMessage": ""}'
WHOLE = sent(ANSWER, f"Content-Length: {len(ANSWER)}")


def chunks(stage: Stage, count: int) -> Fault:
    """Answers in pieces, each of 64 kB of a text that does not end."""
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    return raw(stage, sent(b"", CHUNKED), *[piece] * count)


def redirect(number: int, stage: Stage) -> Fault:
    """Sends whoever asks to a page that would be an answer."""
    target = f"Location: http://{stage.server.address}/elsewhere"
    return raw(stage, f"HTTP/1.1 {number} Moved\r\n{target}\r\nContent-Length: 0\r\n\r\n".encode())


#: A small body that unpacks to 4 MB.
BOMB = gzip.compress(b" " * (1 << 22))
