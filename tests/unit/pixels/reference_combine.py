"""Combination of one pixel's stack in plain float64 Python: slow, and written after the docstrings.

Nothing here is shared with the code that it is compared with.
"""

import math
import statistics


def _robust_sigma(deviations, quantum):
    return max(1.4826 * statistics.median(abs(d) for d in deviations), quantum / 2)


def _sigma_clip(deviations, quantum, **_):
    return _robust_sigma(deviations, quantum)


def _winsorized(deviations, quantum, cutoff):
    robust = _robust_sigma(deviations, quantum)
    counted = [d for d in deviations if abs(d) <= cutoff * robust]
    sigma = max(1.134 * statistics.stdev(counted), quantum / 2)
    for _ in range(20):
        pulled = [min(max(d, -1.5 * sigma), 1.5 * sigma) for d in counted]
        before, sigma = sigma, max(1.134 * statistics.stdev(pulled), quantum / 2)
        if abs(sigma - before) <= 0.0005 * before:
            break
    return sigma


def combine_pixel(values, method, low=4.0, high=3.0, cutoff=5.0, drop=(1, 1), quantum=0.0):
    """Return (value, count) of one pixel's stack."""
    values = sorted(float(v) for v in values if math.isfinite(v))
    if not values:
        return math.nan, 0
    if method == "median":
        return statistics.median(values), len(values)
    if method == "minmax":
        kept = values[drop[0] : len(values) - drop[1]]
        if not kept:
            return statistics.median(values), len(values)
        values = kept
    if method in ("sigma_clip", "winsorized"):
        scale = {"sigma_clip": _sigma_clip, "winsorized": _winsorized}[method]
        while len(values) >= 3:
            centre = statistics.median(values)
            sigma = scale([v - centre for v in values], quantum, cutoff=cutoff)
            middle = ((len(values) - 1) // 2, len(values) // 2)
            kept = [
                value
                for rank, value in enumerate(values)
                if -low * sigma <= value - centre <= high * sigma or rank in middle
            ]
            if len(kept) == len(values):
                break
            values = kept
    return math.fsum(values) / len(values), len(values)
