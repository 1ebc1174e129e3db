"""What astropy is set to, asked once in a job: astropy asks for every card, several times over.

Its settings come from a file of the user, and nothing changes them while a job runs.
"""

from __future__ import annotations

import sys


def settle() -> None:
    """Have the settings of astropy's FITS be plain values, where it is loaded."""
    fits = sys.modules.get("astropy.io.fits")
    conf = getattr(fits, "conf", None)
    if conf is None:
        return
    for name, item in vars(type(conf)).copy().items():
        if type(item).__name__ == "ConfigItem" and callable(item):
            setattr(type(conf), name, item())
