"""Images compressed in tiles (``.fz``): compared with their checksums, and unpacked.

Codecs that end the whole process for a wrong bit, as HCOMPRESS does, run in a child: that costs
half a second a frame, which Rice and gzip need not pay.

Source of the form: FITS standard 4.0, section 10.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from plateworks.errors import FrameError, TroubleError
from plateworks.metadata.checksums import check_sum
from plateworks.metadata.header import Header
from plateworks.metadata.untile import DAMAGED, untiled
from plateworks.troubles import may_pass

#: Codecs whose code trusts what it unpacks.
_MAY_ABORT = frozenset(("HCOMPRESS_1", "PLIO_1"))
#: Codecs that may lose bits of integers; those of floats do as a rule.
_LOSSY = frozenset(("HCOMPRESS_1",))
#: The program of the child.  Run as a file, not with -m: it needs nothing of this package.
CHILD = Path(__file__).with_name("untile.py")
#: How long a child may take, seconds; a frame of a hundred million pixels takes 20.
_LONGEST_S = 600.0
#: How a process ends whose code does what it must not.
_BREAKING_DOWN = {
    -one for one in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
}
_TYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}


def unpack_tiles(path: str, header: Header) -> np.ndarray:
    """Return the array of an image that is compressed in tiles, as plain FITS stores it.

    Integers come without offset and factor, so that which of them say *no value* is still seen.

    Parameters
    ----------
    path : str
    header : Header
        From :func:`plateworks.metadata.cards.read_cards`.

    Returns
    -------
    ([planes,] H, W) array
        Of big-endian numbers.

    Raises
    ------
    FrameError
        If the file is damaged.
    OSError, TroubleError
        If it cannot be read for a reason that may pass.
    """
    packed = Path(path).read_bytes()
    check_sum(path, header, [memoryview(packed)[slice(*_unit(header))]], "DATASUM")
    try:
        if header.cards.get("ZCMPTYPE") in _MAY_ABORT:
            pixels = _in_a_child(path, packed, header)
        else:
            pixels = untiled(packed, header.hdu).astype(_TYPES[header.bitpix], copy=False)
        if pixels.size != header.width * header.height * header.planes:
            raise ValueError(f"they unpack to {pixels.size:,} pixels")
    except (MemoryError, TroubleError):
        raise
    except Exception as error:  # astropy raises whatever a wrong value leads to
        if may_pass(error):
            raise
        reason = str(error) or type(error).__name__
        raise FrameError(path, f"its tiles cannot be unpacked ({reason}); copy it again") from error
    if header.bitpix > 0 and header.cards.get("ZCMPTYPE") not in _LOSSY:
        check_sum(path, header, [pixels.reshape(-1).view(np.uint8)], "ZDATASUM")
    return pixels


def _unit(header: Header) -> tuple[int, int]:
    first, length = header.unit or (0, 0)
    return first, first + length


def _in_a_child(path: str, packed: bytes, header: Header) -> np.ndarray:
    """Unpack the tiles of an extension in a process of their own.

    Raises
    ------
    ValueError
        If the file is at fault, by what that process says or by how it breaks down.
    TroubleError
        If it fails for another reason, of which nothing is known.
    """
    command = [sys.executable, "-P", str(CHILD), str(header.hdu)]
    try:
        done = subprocess.run(command, input=packed, capture_output=True, timeout=_LONGEST_S)
    except subprocess.TimeoutExpired:
        raise ValueError(f"it took longer than {_LONGEST_S:.0f} s") from None
    if done.returncode == -signal.SIGKILL:  # by the system, which ran out of memory
        raise MemoryError
    last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    said = last or f"{header.cards['ZCMPTYPE']} ended with {done.returncode}"
    if done.returncode == DAMAGED or done.returncode in _BREAKING_DOWN:
        raise ValueError(said)
    if done.returncode:
        raise TroubleError(path, f"its tiles cannot be unpacked, as {CHILD.name} fails ({said})")
    return np.frombuffer(done.stdout, _TYPES[header.bitpix])
