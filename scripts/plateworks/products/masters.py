"""Master frames: from the frames of one set to one file."""

from __future__ import annotations

import logging
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from plateworks.digests import digest_of
from plateworks.metadata.frame import Frame
from plateworks.pixels.calibrate import subtract
from plateworks.pixels.combine import Combined, automatic
from plateworks.pixels.statistics import median, quantum, robust_sigma
from plateworks.products.flats import LevelledFlats
from plateworks.products.headers import content_digest, digests_of, lineage, put, stamp
from plateworks.products.image import Image
from plateworks.products.imagefiles import write_image
from plateworks.products.inputs import Inputs, frame_of
from plateworks.products.reading import FrameReader
from plateworks.products.stacking import FrameStack, combine_frames, opened
from plateworks.versions import ALGORITHMS

_log = logging.getLogger(__name__)

_Readers = Sequence[FrameReader]
_Entries = Sequence[Mapping[str, Any]]

#: What of a job the pixels of its master depend on.
_SETTINGS = ("kind", "method", "rejection", "constant")
_SETTINGS_OF_FLATS = ("flat_weights", "target", "statistic", "repair")

#: The noise is measured in one row of so many, of large frames in about so many pixels.
_SPARSE, _ENOUGH = 16, 1 << 19
#: Cards of a master flat: the levels of the darkest and the brightest of its frames.
LEVELS = ("LEVELMIN", "LEVELMAX")

_TYPES = {
    "bias": "Master Bias",
    "dark": "Master Dark",
    "darkflat": "Master DarkFlat",
    "flat": "Master Flat",
}


def make_master(
    job: Mapping[str, Any], output: str, threads: int = 1, memory: float = math.inf
) -> None:
    """Combine the frames of one set into a master frame.

    Parameters
    ----------
    job : mapping
        As :meth:`plateworks.jobs.jobs.Jobs.master` describes it.
    output : str
        The file to write, FITS or XISF.
    threads : int
    memory : float
        Bytes that combining may take; the master is the same for any.

    Raises
    ------
    PlateworksError
        If too few of the frames can be read.
    """
    inputs = Inputs()
    if job["constant"] is not None:
        _make_constant(job, output, inputs)
        return
    with opened([entry["raw"] for entry in job["frames"]], job["min_frames"]) as readers:
        entries = [job["frames"][position] for position in readers]
        readers = list(readers.values())
        if job["kind"] == "flat":
            combined, entries, levels = _combined_flats(
                readers, entries, inputs, job, threads, memory
            )
            noise = None
        else:
            combined, levels = _combined(readers, entries, inputs, job, threads, memory), None
            noise = _noise(readers, _method(job))
    frames = [frame_of(entry) for entry in entries]
    header = master_header(job, frames, entries, inputs)
    put(header, "PWMEDIAN", median(combined.value), "[ADU] median of all pixels")
    put(header, "PWNOISE", noise, "[ADU] noise of an ordinary pixel")
    if levels is not None:
        put(header, LEVELS[0], min(levels), "[ADU] level of the darkest flat")
        put(header, LEVELS[1], max(levels), "[ADU] level of the brightest flat")
    losses = None
    if job["rejection_map"]:
        losses = len(frames) - combined.count
        _tell_losses(header, frames, combined)
    image = Image(combined.value, header, losses=losses)
    write_image(output, image, job.get("xisf_compression"))
    _log.info("combined %d frames into %s", len(frames), output)


def _make_constant(job: Mapping[str, Any], output: str, inputs: Inputs) -> None:
    """Write a master bias that has one level everywhere, for the setup of the job's frame."""
    [entry] = job["frames"]
    frame = replace(frame_of(entry), exposure=0.0, mjd=None, filter=None, temp=None, set_temp=None)
    header = master_header(job, [frame], [entry], inputs)
    put(header, "NCOMBINE", 0, "number of frames combined")
    put(header, "COMBMETH", "constant", "method of combination")
    put(header, "PWMEDIAN", job["constant"], "[ADU] median of all pixels")
    put(header, "PWNOISE", 0.0, "[ADU] noise of an ordinary pixel")
    level = np.float32(job["constant"])
    pixels = np.full((frame.height, frame.width), level, np.float32)
    write_image(output, Image(pixels, header), job.get("xisf_compression"))
    _log.info("a constant bias of %g ADU in %s", level, output)


def _tell_losses(header: fits.Header, frames: Sequence[Frame], combined: Combined) -> None:
    """Say in `header` how many pixels of each frame were rejected."""
    lost = np.zeros(len(frames), int) if combined.rejected is None else combined.rejected
    put(header, "NREJECT", int(lost.sum()), "values rejected")
    names = (Path(frame.path).name for frame in frames)
    lineage(
        header, (f"rejected {count} of {name}" for count, name in zip(lost, names, strict=True))
    )


def _method(job: Mapping[str, Any]) -> str:
    """Return the method of combination, ``auto`` resolved by the number of frames planned."""
    return automatic(len(job["frames"])) if job["method"] == "auto" else job["method"]


def _noise(readers: _Readers, method: str) -> float | None:
    """Estimate the noise of a master from how two of its frames differ, in some of their rows.

    The median of N values is noisier than their mean by the root of pi/2.
    """
    if len(readers) < 2:
        return None
    height, width = readers[0].shape
    rows = range(0, height, max(_SPARSE, height * width // _ENOUGH))
    pair = (
        np.concatenate([reader.rows(row, row + 1) for row in rows]).astype(np.float64)
        for reader in readers[:2]
    )
    single = robust_sigma(np.subtract(*pair)) / 2**0.5
    excess = np.pi / 2 if method == "median" else 1.0
    return single * (excess / len(readers)) ** 0.5


def _combined(
    readers: _Readers,
    entries: _Entries,
    inputs: Inputs,
    job: Mapping[str, Any],
    threads: int,
    memory: float,
) -> Combined:
    """Combine bias frames or darks."""
    biases = [inputs.subtraction(entry).bias for entry in entries]

    def without_bias(index: int, rows: np.ndarray, where: slice, out: np.ndarray) -> None:
        subtract(rows, bias=None if biases[index] is None else biases[index][where], out=out)

    stack = FrameStack(readers, without_bias if any(b is not None for b in biases) else None)
    method, step = _method(job), _quantum(readers[0])
    return combine_frames(stack, job, threads, memory, method=method, quantum=step)


def _quantum(reader: FrameReader) -> float | None:
    """Return the step of the converter; None for floats."""
    if reader.dtype.kind not in "iu":
        return None
    height = reader.shape[0]
    return quantum(reader.rows(row, min(row + 64, height)) for row in range(0, height, 64))


def _combined_flats(
    readers: _Readers,
    entries: _Entries,
    inputs: Inputs,
    job: Mapping[str, Any],
    threads: int,
    memory: float,
) -> tuple[Combined, _Entries, list[float]]:
    """Combine flats to the target level; return the master, who took part, and their levels."""
    flats = LevelledFlats(readers, entries, inputs, job, threads)
    method = _method(job)
    weighted = job["flat_weights"] == "level" and method != "median"
    stack = FrameStack(flats.readers, flats.prepare)
    weights = flats.levels if weighted else None
    combined = combine_frames(stack, job, threads, memory, method=method, weights=weights)
    return replace(combined, value=flats.normalise(combined.value)), flats.entries, flats.levels


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
        put(header, "FLATNORM", float(job["target"]), "[ADU] level of the master")
        put(header, "FLATSTAT", job["statistic"], "what of the master has that level")
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
    masters = {Path(path).name: inputs.digest(path) for path in sorted(used)}
    lists = sorted({content_digest(e["cosmetic"]) for e in entries if "cosmetic" in e})
    settings = (*_SETTINGS, *(_SETTINGS_OF_FLATS if kind == "flat" else ()))
    digest = digest_of(
        frames=digests_of(frames),
        masters=sorted(masters.values()),
        lists=lists,
        settings={name: job[name] for name in settings},
        algorithm=ALGORITHMS["combine"],
    )
    stamp(header, digest, ALGORITHMS["combine"])
    lineage(header, (f"input {Path(frame.path).name}" for frame in frames))
    lineage(header, (f"with {name} {its}" for name, its in sorted(masters.items())))
    fitted = [entry for entry in entries if "optimise" in entry]
    lineage(header, (f"dark scaled by {e['k']:.6g} for {Path(e['raw']).name}" for e in fitted))
    return header
