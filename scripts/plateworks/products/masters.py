"""Master frames: from the frames of one set to one file."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.metadata.frame import Frame
from plateworks.pixels.combine import automatic
from plateworks.pixels.statistics import median, quantum, robust_sigma
from plateworks.products.fitsio import write_fits
from plateworks.products.flats import LevelledFlats
from plateworks.products.headers import content_digest, digest_of, lineage, put, stamp
from plateworks.products.inputs import Inputs, frame_of
from plateworks.products.reading import FrameReader
from plateworks.products.stacking import combine_rows, opened
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

_Readers = Sequence[FrameReader]
_Entries = Sequence[Mapping[str, Any]]

_TYPES = {
    "bias": "Master Bias",
    "dark": "Master Dark",
    "darkflat": "Master DarkFlat",
    "flat": "Master Flat",
}


def make_master(job: Mapping[str, Any], output: str) -> None:
    """Combine the frames of one set into a master frame.

    Parameters
    ----------
    job : mapping
        As :meth:`plateworks.planning.jobs.Jobs.master` describes it.
    output : str
        The FITS file to write.

    Raises
    ------
    PlateworksError
        If too few of the frames can be read.
    """
    inputs = Inputs()
    combined = _combined_flats if job["kind"] == "flat" else _combined
    with opened([entry["raw"] for entry in job["frames"]], job["min_frames"]) as readers:
        entries = [job["frames"][position] for position in readers]
        value, entries = combined(list(readers.values()), entries, inputs, job)
        noise = None if job["kind"] == "flat" else _noise(list(readers.values()), _method(job))
    frames = [frame_of(entry) for entry in entries]
    header = master_header(job, frames, entries, inputs)
    put(header, "PWMEDIAN", median(value), "[ADU] median of all pixels")
    put(header, "PWNOISE", noise, "[ADU] noise of an ordinary pixel")
    write_fits(output, value, header)
    _log.info("combined %d frames into %s", len(frames), output)


def _method(job: Mapping[str, Any]) -> str:
    """Return the method of combination, ``auto`` resolved by the number of frames planned."""
    return automatic(len(job["frames"])) if job["method"] == "auto" else job["method"]


def _noise(readers: _Readers, method: str) -> float | None:
    """Estimate the noise of a master from how two of its frames differ, in every 16th row.

    The median of N values is noisier than their mean by the root of pi/2.
    """
    if len(readers) < 2:
        return None
    rows = range(0, readers[0].shape[0], 16)
    pair = (
        np.concatenate([reader.rows(row, row + 1) for row in rows]).astype(np.float64)
        for reader in readers[:2]
    )
    single = robust_sigma(np.subtract(*pair)) / 2**0.5
    excess = np.pi / 2 if method == "median" else 1.0
    return single * (excess / len(readers)) ** 0.5


def _combined(
    readers: _Readers, entries: _Entries, inputs: Inputs, job: Mapping[str, Any]
) -> tuple[np.ndarray, _Entries]:
    """Combine bias frames or darks; return the master and the entries that took part."""

    def prepare(index: int, rows: np.ndarray, where: slice) -> np.ndarray:
        bias = inputs.subtraction(entries[index]).bias
        return rows if bias is None else rows.astype(np.float32) - bias[where]

    step = quantum(readers[0].read()) if readers[0].dtype.kind in "iu" else None
    how = (_method(job), job["rejection"], job["mem_gb"], step)
    return combine_rows(readers, prepare, *how)[0], entries


def _combined_flats(
    readers: _Readers, entries: _Entries, inputs: Inputs, job: Mapping[str, Any]
) -> tuple[np.ndarray, _Entries]:
    """Combine flats to the target level; return the master and the entries that took part."""
    flats = LevelledFlats(readers, entries, inputs, job)
    how = (_method(job), job["rejection"], job["mem_gb"])
    value, _ = combine_rows(flats.readers, flats.prepare, *how)
    return flats.normalise(value), flats.entries


def master_header(
    job: Mapping[str, Any], frames: Sequence[Frame], entries: Sequence[Mapping], inputs: Inputs
) -> fits.Header:
    """Return the header of a master: its kind, what its frames share, and where it comes from."""
    first, kind = frames[0], job["kind"]
    header = fits.Header()
    put(header, "IMAGETYP", _TYPES[kind], "type of frame")
    put(header, "NCOMBINE", len(frames), "number of frames combined")
    put(header, "COMBMETH", _method(job), "method of combination")
    for key, comment in (
        ("low", "[sigma] rejection below"),
        ("high", "[sigma] rejection above"),
        ("cutoff", "[sigma] beyond it a value takes no part"),
    ):
        put(header, f"REJ{key[:5].upper()}", float(job["rejection"][key]), comment)
    if kind in ("dark", "darkflat"):
        put(header, "BIASSUB", any("bias" in e for e in entries), "bias was subtracted")
    if kind == "flat":
        put(header, "FLATNORM", float(job["target"]), "[ADU] median each frame was scaled to")
    put(header, "INSTRUME", first.camera, "camera")
    put(header, "TELESCOP", first.telescope, "telescope")
    put(header, "FILTER", first.filter if kind == "flat" else None, "filter")
    exposures = [f.exposure for f in frames if f.exposure is not None]
    put(header, "EXPTIME", statistics.fmean(exposures) if exposures else None, "[s] exposure")
    put(header, "XBINNING", first.xbin, "binning in x")
    put(header, "YBINNING", first.ybin, "binning in y")
    put(header, "GAIN", first.gain, "gain setting of the camera")
    put(header, "EGAIN", first.egain, "[e-/ADU] electrons per ADU")
    put(header, "OFFSET", first.offset, "offset setting of the camera")
    put(header, "READOUTM", first.readout_mode, "readout mode")
    put(header, "RDNOISE", first.read_noise, "[e-] read noise")
    put(header, "SET-TEMP", first.set_temp, "[degC] set temperature")
    measured = [f.temp for f in frames if f.temp is not None]
    put(header, "CCD-TEMP", statistics.fmean(measured) if measured else None, "[degC] mean")
    put(header, "XPIXSZ", first.pixel_size, "[um] pixel size after binning")
    put(header, "YPIXSZ", first.pixel_size, "[um] pixel size after binning")
    put(header, "FOCALLEN", first.focal_length, "[mm] focal length")
    put(header, "BAYERPAT", first.bayer, "colours of the first 2x2 pixels as stored")
    put(header, "ROWORDER", first.row_order, "order of the rows")
    put(header, "SITELAT", first.site_lat, "[deg] latitude, north positive")
    put(header, "SITELONG", first.site_lon, "[deg] longitude, east positive")
    times = sorted(f.mjd for f in frames if f.mjd is not None)
    if times:
        put(header, "MJD-OBS", statistics.fmean(times), "mean start of the exposures, UTC")
        put(header, "MJD-BEG", times[0], "start of the first exposure, UTC")
        put(header, "MJD-END", times[-1], "start of the last exposure, UTC")
    used = {entry[part] for entry in entries for part in ("bias", "dark") if part in entry}
    masters = {Path(path).name: inputs.master(path).digest for path in sorted(used)}
    settings = {key: job[key] for key in ("kind", "method", "rejection", "target", "repair")}
    lists = sorted({content_digest(e["cosmetic"]) for e in entries if "cosmetic" in e})
    inputs_of = (sorted(masters.values()), lists, settings)
    digest = digest_of(frames, *inputs_of, ALGORITHMS["combine"])
    stamp(header, digest, ALGORITHMS["combine"])
    lineage(header, (f"input {Path(frame.path).name}" for frame in frames))
    lineage(header, (f"with {name} {its}" for name, its in sorted(masters.items())))
    return header
