"""One device of an Alpaca server: requests within time limits, retries, reconnection."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

import requests
from alpaca import exceptions as ascom
from urllib3.exceptions import HTTPError

from plateworks.camera.address import parse_address
from plateworks.camera.faults import CameraFailed, NotOffered, Refused, Unreachable
from plateworks.camera.forms import form_of, in_form
from plateworks.camera.management import Directory
from plateworks.camera.transport import Allowance, Transport
from plateworks.camera.waiting import Clock, Deadlines

_log = logging.getLogger(__name__)

#: Kind of device -> alpyca's module and class.
KINDS = {
    "camera": ("alpaca.camera", "Camera"),
    "filterwheel": ("alpaca.filterwheel", "FilterWheel"),
    "covercalibrator": ("alpaca.covercalibrator", "CoverCalibrator"),
    "telescope": ("alpaca.telescope", "Telescope"),
}

#: Seconds between the first two attempts, and the most; each wait is twice the one before.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
#: Answers in no readable form that are asked for again before they count as a refusal.
UNREADABLE_ANSWERS = 3

#: What alpyca raises for an answer that is no JSON, lacks a field or has an unknown state.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
#: What requests and alpyca raise where no answer comes, or only a part; urllib3 too, bare, for
#: headers that contradict themselves.
_SILENT = (requests.RequestException, HTTPError, ascom.NotConnectedException)
_MISSING = (ascom.NotImplementedException, ascom.ActionNotImplementedException)
_ERRORS = (
    *_MISSING,
    ascom.DriverException,
    ascom.InvalidOperationException,
    ascom.InvalidValueException,
    ascom.OperationCancelledException,
    ascom.ParkedException,
    ascom.SlavedException,
    ascom.ValueNotSetException,
)


class Link:
    """A device of an Alpaca server.

    Parameters
    ----------
    kind : str
        A key of :data:`KINDS`.
    address : str
        ``host:port``.
    number : int
        Device number on that server.
    limits : Deadlines
    clock : Clock

    Attributes
    ----------
    transport : Transport
    outages : int
        How often the server fell silent or was restarted; what had been set may be gone since.
    """

    def __init__(
        self,
        kind: str,
        address: str,
        number: int,
        limits: Deadlines | None = None,
        clock: Clock | None = None,
    ):
        module, name = KINDS[kind]
        self.kind, self.number = kind, number
        self.address = parse_address(address)
        self.limits, self.clock = limits or Deadlines(), clock or Clock()
        self.outages = 0
        self._device = getattr(import_module(module), name)(self.address, number)
        self.transport = Transport(self.limits.request, self.clock)
        self.transport.serve(self.session)
        self._restarts = 0  # those that were noticed
        self._directory = Directory(self.address, self.limits.request, self.clock)
        self._is_listed: bool | None = None  # until it is asked
        self._found_connected = False
        self._given_up = False

    def __str__(self) -> str:
        return f"{self.kind} {self.number} at {self.address}"

    @property
    def session(self) -> requests.Session:
        return self._device.rqs

    @property
    def url(self) -> str:
        return self._device.base_url

    @property
    def restarts(self) -> int:
        """How often the server was restarted, by the numbers of its answers."""
        return self.transport.transactions.restarts

    def connect(self) -> None:
        """Connect the device.

        Raises
        ------
        CameraFailed
            If the server does not answer, or cannot connect the device.
        """
        try:
            self._found_connected = self.read("Connected")
        except Refused as error:
            raise CameraFailed(
                f"The server at {self.address} has no {self.kind} {self.number} that could be "
                f"connected ({error}). capture_devices lists what it has."
            ) from error
        if not self._found_connected:
            self._ask("connecting", self._switch_on)

    def disconnect(self) -> None:
        """Disconnect the device, unless somebody had connected it before us."""
        if not self._found_connected:
            self.write("Connected", False)

    def revive(self) -> None:
        """Connect the device again where somebody disconnected it."""
        self._ask("connecting", self._restore)

    def unique_id(self) -> str | None:
        """What the server calls this device, whatever its name and number; None if nothing."""
        if self._is_listed is False:  # it was not at first, and may take its time to say so
            return None
        try:
            listed = self._directory.read()
        except (requests.RequestException, HTTPError, ValueError):
            listed = []
        own = [one.unique_id for one in listed if one[:2] == (self.kind, self.number)]
        self._is_listed = self._is_listed or bool(own)
        return own[0] if own else None

    def read(self, name: str) -> Any:
        """The value of a property, by its name in the ASCOM interface, in the form it has there.

        Raises
        ------
        Refused
            If the device answered with an error, or with a value of another form.
        Unreachable
            If no answer came.
        """
        return self._ask(name, lambda: self._value(name))

    def optional(self, name: str) -> Any:
        """The value of a property, or None where the device has none."""
        try:
            return self.read(name)
        except Refused:
            return None

    def write(self, name: str, value: Any) -> None:
        """Set a property."""
        self._ask(name, lambda: setattr(self._device, name, value))

    def call(self, name: str, *values: Any, once: bool = False) -> None:
        """Call a method; `once`: not again when the answer fails to arrive.

        Raises
        ------
        Unreachable
            If the answer did not arrive; whether the call did is unknown if asked `once`.
        Refused
            If the device answered with an error.
        """
        self._ask(name, lambda: getattr(self._device, name)(*values), once=once)

    def _ask(self, what: str, request: Callable[[], Any], once: bool = False) -> Any:
        """Ask until there is an answer or the time to reconnect is over."""
        silent_since: float | None = None
        pause, unreadable = FIRST_PAUSE, 0
        trouble: Exception
        while True:
            try:
                if silent_since is not None:
                    self._restore()
                answer = request()
                if self._notice_restart():
                    self._restore()
                self._given_up = False
                return answer
            except _MISSING as error:
                raise NotOffered(f"The {self} does not offer {what}: {error}") from error
            except ascom.AlpacaRequestException as error:
                away = ", to ask elsewhere, which is not done" if 300 <= error.number < 400 else ""
                raise Refused(
                    f"The {self} answered {what} with HTTP status {error.number}{away}."
                ) from error
            except _ERRORS as error:
                raise Refused(f"The {self} answered {what} with an error: {error}") from error
            except _UNREADABLE as error:
                trouble, unreadable = error, unreadable + 1
                if unreadable >= UNREADABLE_ANSWERS:
                    raise Refused(
                        f"The {self} answered {what} in a form that is not Alpaca's ({error!r})."
                    ) from error
            except _SILENT as error:
                trouble = error
            if silent_since is None:
                silent_since = self.clock.now()
                self.outages += 1
            if once:
                raise Unreachable(f"The {self} did not answer {what}: {trouble}") from trouble
            # Who leaves a server that is gone asks everything once more, but does not wait again.
            if self._given_up or self.clock.now() - silent_since >= self.limits.reconnect:
                self._given_up = True
                raise Unreachable(
                    f"The {self} has not answered {what} for {self.limits.reconnect:g} s "
                    f"({briefly(trouble)}). Is its server running, and is capture.address right?"
                ) from trouble
            _log.warning("%s: no answer to %s (%s)", self, what, briefly(trouble))
            self.clock.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _value(self, name: str) -> Any:
        value = getattr(self._device, name)
        try:
            return in_form(value, form_of(self._device, name))
        except ValueError as error:
            raise Refused(f"The {self} answered {name} with {error}.") from error

    def _notice_restart(self) -> bool:
        """Whether the server was restarted since this was asked for last."""
        if self.restarts == self._restarts:
            return False
        self._restarts = self.restarts
        self.outages += 1
        _log.warning(
            "%s: its server was restarted, since it counts its answers anew "
            "(ServerTransactionID); what had been set is set again",
            self,
        )
        return True

    def _restore(self) -> None:
        """After a silence or a restart: connect again where the server has forgotten us."""
        if not self._value("Connected"):
            self._switch_on()

    def _switch_on(self) -> None:
        patient = Allowance(self.limits.connect, self.limits.connect)
        with self.transport.allowing(patient):
            self._device.Connected = True
        if not self._value("Connected"):
            raise CameraFailed(
                f"The {self} stays disconnected. Is the device switched on and plugged in?"
            )


def briefly(error: Exception) -> str:
    """The innermost cause of an error, since those of requests wrap several."""
    while isinstance(inner := error.__context__ or error.__cause__, Exception):
        error = inner
    return str(error) or type(error).__name__
