"""The header of a master: its kind, what its frames share, and where it comes from."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from astropy.io import fits

from plateworks.digests import digest_of
from plateworks.metadata.amplifiers import SHARES_KEY
from plateworks.metadata.frame import Frame
from plateworks.metadata.identity import MODE_KEY
from plateworks.metadata.kinds import KINDS
from plateworks.metadata.values import date_from_mjd
from plateworks.orders.frames import FrameOrder
from plateworks.orders.masters import MasterOrder
from plateworks.products.headers import content_digest, digests_of, lineage, put, put_text, stamp
from plateworks.products.inputs import Inputs
from plateworks.products.readoutheader import put_readout
from plateworks.versions import ALGORITHMS


def master_header(
    order: MasterOrder,
    method: str,
    frames: Sequence[Frame],
    orders: Sequence[FrameOrder],
    inputs: Inputs,
    data: Iterable[str],
    words: Iterable[str] = (),
) -> fits.Header:
    """Return the header of a master: its kind, what its frames share, and where it comes from.

    `data` are digests of the pixels of its frames; `words` say what was done to the numbers in
    their files.
    """
    first, kind = frames[0], order.kind
    header = fits.Header()
    put(header, "IMAGETYP", KINDS[kind].master, "type of frame")
    put(header, "BUNIT", "adu", "unit of the pixels")
    put(header, "NCOMBINE", len(frames), "number of frames combined")
    put(header, "COMBMETH", method, "method of combination")
    put(header, "REJLOW", order.rejection.low, "[sigma] rejection below")
    put(header, "REJHIGH", order.rejection.high, "[sigma] rejection above")
    put(header, "REJCUTOF", order.rejection.cutoff, "[sigma] beyond it a value takes no part")
    if KINDS[kind].thermal:
        gone = "B" in (first.done or "") or any(one.subtraction.bias for one in orders)
        put(header, "BIASSUB", gone, "bias was subtracted")
    put(header, "CALSTAT", first.done, "done to its frames before: B bias, D dark")
    if order.flat is not None:
        put(header, "FLATNORM", order.flat.levelling.target, "[ADU] level of the master")
        put(header, "FLATSTAT", order.flat.statistic, "what of the master has that level")
    put_shared(header, frames, of_flat=kind == "flat")
    put_readout(header, orders[0].assembly)
    used = {path for one in orders for path in one.subtraction.masters}
    masters = {Path(path).name: inputs.digest(path) for path in sorted(used)}
    listed = {one.cosmetic for one in orders if one.cosmetic is not None}
    lists = {Path(path).name: content_digest(path) for path in sorted(listed)}
    digest = digest_of(
        frames=digests_of(frames),
        data=sorted(data),
        masters=sorted(map(inputs.identity, used)),
        lists=sorted(set(lists.values())),
        settings=_settings(order),
        algorithm=ALGORITHMS["combine"],
    )
    stamp(header, digest, ALGORITHMS["combine"], order.told)
    lineage(header, (f"input {one.named}" for one in orders))
    lineage(header, words)
    lineage(header, (f"with {name} {its}" for name, its in sorted((masters | lists).items())))
    for one in orders:
        if (dark := one.subtraction.dark) is not None and dark.fit_bounds is not None:
            lineage(header, [f"dark scaled by {dark.k:.6g} for {one.named}"])
    return header


def put_shared(header: fits.Header, frames: Sequence[Frame], *, of_flat: bool = False) -> None:
    """Tell in the header of a product what its frames share: the camera, how it was set, when."""
    first = frames[0]
    put(header, "INSTRUME", first.camera, "camera")
    put(header, "CAMERAID", first.serial, "serial number of the camera")
    telescopes = {frame.telescope for frame in frames}
    put(header, "TELESCOP", first.telescope if len(telescopes) == 1 else None, "telescope")
    put(header, "FILTER", first.filter if of_flat else None, "filter")
    exposures = [f.exposure for f in frames if f.exposure is not None]
    put(header, "EXPTIME", statistics.fmean(exposures) if exposures else None, "[s] exposure")
    put(header, "XBINNING", first.xbin, "binning in x")
    put(header, "YBINNING", first.ybin, "binning in y")
    put(header, "GAIN", first.gain, "gain setting of the camera")
    put(header, "EGAIN", first.by_header("egain"), "[e-/ADU] electrons per ADU")
    put(header, "OFFSET", first.offset, "offset setting of the camera")
    put(header, "READOUTM", first.readout_mode, "readout mode")
    put(header, MODE_KEY, first.driver_mode, "other modes of the driver")
    if first.amplifiers is not None:
        put_text(header, SHARES_KEY, first.amplifiers, "by what amplifiers have one gain")
    put(header, "RAWBITS", first.raw_bits, "bits of the numbers that the camera gave")
    put(header, "XORGSUBF", first.x_origin, "column of the sensor at which it begins")
    put(header, "YORGSUBF", first.y_origin, "row of the sensor at which it begins")
    put(header, "RDNOISE", first.by_header("read_noise"), "[e-] read noise")
    put(header, "SET-TEMP", first.set_temp, "[degC] set temperature")
    temps = [f.temp for f in frames if f.temp is not None]
    put(header, "CCD-TEMP", statistics.fmean(temps) if temps else None, "[degC] mean")
    put(header, "XPIXSZ", first.pixel_size, "[um] pixel size after binning")
    put(header, "YPIXSZ", first.pixel_size, "[um] pixel size after binning")
    put(header, "FOCALLEN", first.focal_length, "[mm] focal length")
    put(header, "BAYERPAT", first.bayer, "colours of the first 2x2 pixels as stored")
    put(header, "ROWORDER", first.row_order, "order of the rows")
    put(header, "FLIPSTAT", first.flip, "how its frames were turned when they were saved")
    put(header, "ROTATANG", first.rotator if of_flat else None, "[deg] angle of the rotator")
    put(header, "SITELAT", first.site_lat, "[deg] latitude, north positive")
    put(header, "SITELONG", first.site_lon, "[deg] longitude, east positive")
    times = sorted(f.mjd for f in frames if f.mjd is not None)
    if times:
        mean = statistics.fmean(times)
        put(header, "DATE-OBS", date_from_mjd(mean), "mean start of the exposures, UTC")
        put(header, "JD", mean + 2400000.5, "the same, Julian date")
        put(header, "MJD-OBS", mean, "the same, modified Julian date")
        put(header, "MJD-BEG", times[0], "start of the first exposure, UTC")
        put(header, "MJD-END", times[-1], "start of the last exposure, UTC")


def _settings(order: MasterOrder) -> dict[str, Any]:
    """Return what the pixels of a master depend on beside its frames, masters and lists."""
    told = {name: getattr(order, name) for name in ("kind", "method", "rejection", "constant")}
    if order.method == "variance":
        told |= {"egain": order.egain}
    if order.flat is not None:
        told |= {
            "flat_weights": order.flat.weights,
            "target": order.flat.levelling.target,
            "statistic": order.flat.statistic,
            "floor": order.flat.floor,
            "repair": order.flat.levelling.repair,
            "saturation": order.flat.levelling.saturation,
        }
    if (assembly := order.frames[0].assembly) is not None:
        told |= {"assembly": assembly.how}
    return told
