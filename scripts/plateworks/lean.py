"""astropy's FITS without a library that it loads for others only.

Where numcodecs is installed, as ccdproc brings it along, :mod:`astropy.io.fits` loads it, to offer
its codecs to zarr.  That takes a job longer than reading a frame, and no job has a use for it.
"""

import sys

#: Not loaded, and not needed.
UNUSED = "numcodecs"


def _load_fits_alone() -> None:
    if UNUSED not in sys.modules:
        # None makes an import fail, as if it were not installed (documented of sys.modules).
        sys.modules[UNUSED] = None  # type: ignore[assignment]
        try:
            import astropy.io.fits  # noqa: F401
        finally:
            del sys.modules[UNUSED]


_load_fits_alone()
