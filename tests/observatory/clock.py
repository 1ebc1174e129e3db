"""Time that passes at once."""

import time

from plateworks.camera.waiting import Clock


class _Hands:
    """The hands of one clock; a device and whoever waits for it look at the same ones."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += max(seconds, 1e-6)  # real time never stands still
        time.sleep(0)  # so that the threads of a server get their turn


def fast_clock() -> Clock:
    """A clock that moves only in sleep, which takes no time."""
    hands = _Hands()
    return Clock(hands.now, hands.sleep)
