"""All kinds of trouble, and how many trials of each a campaign makes."""

from __future__ import annotations

from typing import NamedTuple

from torture.bits import flipped_bits
from torture.cameras import camera_faults
from torture.clocks import clock_changes
from torture.configurations import configurations
from torture.disks import full_disks, vanishing_disks
from torture.files import malformed_files
from torture.kills import kills
from torture.solving import struck_solving
from torture.trial import Kind
from torture.tworuns import two_runs


class Campaign(NamedTuple):
    """A kind of trouble.

    Attributes
    ----------
    make : function
        Makes its trials.
    whole, short : int
        The trials of a whole campaign, and those of the short one in the tests.
    parts : int
        Among how many processes the whole is divided.
    """

    make: Kind
    whole: int
    short: int
    parts: int = 1


KINDS = {
    "kills": Campaign(kills, 200, 2, parts=10),
    "full disks": Campaign(full_disks, 15, 1),
    "vanishing disks": Campaign(vanishing_disks, 12, 1),
    "malformed files": Campaign(malformed_files, 500, 40, parts=2),
    "configurations": Campaign(configurations, 250, 40),
    "camera faults": Campaign(camera_faults, 60, 6),
    "solving strikes": Campaign(struck_solving, 90, 6),
    "flipped bits": Campaign(flipped_bits, 300, 30),
    "two runs at once": Campaign(two_runs, 4, 1),
    "clock changes": Campaign(clock_changes, 6, 1),
}
