"""The way to an Alpaca server: every answer within limits of time and size, none from elsewhere.

What requests and urllib3 call a time limit ends a silence only, and they know no limit of size.
Here the socket itself counts, so that both hold at every depth: in the header, in the pieces of a
body, in what is never asked for.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from plateworks.camera.answers import Answer, Transactions
from plateworks.camera.waiting import Clock

#: The most bytes of an answer, its header included, that is no image.
MOST_BYTES = 1 << 20


class Excess(ValueError):  # noqa: N818 - an outcome, told apart by what to do next
    """An answer is larger than it may be, or packed so that nobody knows how large it is."""


class Allowance(NamedTuple):
    """What an exchange may take.

    Attributes
    ----------
    silence : float
        Seconds until something comes, and from one piece of the answer to the next.
    seconds : float
        Until the whole answer is there.
    most : int
        Bytes of the answer, its header included.
    """

    silence: float
    seconds: float
    most: int = MOST_BYTES


class _Ration:
    """What is left of the allowance of the present exchange."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self.begin(Allowance(0.0, 0.0, 0))

    def begin(self, allowance: Allowance) -> None:
        self._allowed = allowance
        self._end, self._left = self._clock.now() + allowance.seconds, allowance.most

    def seconds(self) -> float:
        """Return the time that is left; TimeoutError if none is."""
        left = self._end - self._clock.now()
        if left <= 0:
            raise TimeoutError(f"the answer took longer than {self._allowed.seconds:g} s")
        return left

    def take(self, count: int) -> None:
        """Take note of bytes that came; Excess if these are too many."""
        self._left -= count
        if self._left < 0:
            raise Excess(f"the answer is longer than {self._allowed.most} bytes")


class _Socket(socket.socket):
    """A connected socket that reads within a ration."""

    ration: _Ration

    def recv_into(self, *arguments: Any) -> int:
        silence, left = self.gettimeout(), self.ration.seconds()
        self.settimeout(left if silence is None else min(silence, left))
        count = super().recv_into(*arguments)
        self.ration.take(count)
        return count


class _Connection(HTTPConnection):
    def __init__(self, *arguments: Any, ration: _Ration, **options: Any):
        super().__init__(*arguments, **options)
        self._ration = ration

    def connect(self) -> None:
        super().connect()
        silence = self.sock.gettimeout()
        rationed = _Socket(fileno=self.sock.detach())
        rationed.settimeout(silence)
        rationed.ration = self._ration
        self.sock = rationed


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class Transport(HTTPAdapter):
    """Carries the requests of one session to a server, one after the other.

    Parameters
    ----------
    seconds : float
        What an exchange may take, unless another allowance is made.
    clock : Clock

    Attributes
    ----------
    transactions : Transactions
        What the answers say of their order.
    """

    def __init__(self, seconds: float, clock: Clock):
        self._ration, self._allowance = _Ration(clock), Allowance(seconds, seconds)
        self.transactions = Transactions()
        super().__init__()

    def serve(self, session: requests.Session) -> None:
        """Have a session use this way, and no other."""
        # Devices stand in the local network; a proxy of the environment does not lead there.
        session.trust_env = False
        session.headers["Accept-Encoding"] = "identity"
        session.mount("http://", self)

    @contextmanager
    def allowing(self, allowance: Allowance) -> Iterator[None]:
        """Give the exchanges that begin within the ``with`` statement another allowance."""
        usual, self._allowance = self._allowance, allowance
        try:
            yield
        finally:
            self._allowance = usual

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        # All connections share the ration: there is one exchange at a time.
        pool = partial(_Pool, ration=self._ration)
        self.poolmanager.pool_classes_by_scheme = {"http": pool}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        form = request.body or urlsplit(request.url or "").query
        self.transactions.ask(parse_qs(str(form)).get("ClientTransactionID", [""])[0])
        self._ration.begin(self._allowance)
        silence = self._allowance.silence
        return super().send(
            request, stream=stream, timeout=silence, verify=verify, cert=cert, proxies=proxies
        )

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        packed = resp.headers.get("Content-Encoding", "identity")
        if packed.strip().lower() != "identity":
            resp.close()
            raise Excess(f"the answer is packed ({packed!r}), and was not asked to be")
        response = super().build_response(req, resp)
        response.__class__ = Answer
        response.transactions = self.transactions  # type: ignore[attr-defined]
        return response
