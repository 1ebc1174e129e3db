"""Combination of one pixel's stack in plain float64 Python: slow, and written after the docstrings.

Nothing here is shared with the code that it is compared with.
"""

import math
import statistics


def _robust_sigma(deviations, quantum):
    return max(1.4826 * statistics.median(abs(d) for d in deviations), quantum / 2)


def _deviation(values):
    """The standard deviation of a sample, of sums without error."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _sigma_clip(deviations, quantum, **_):
    return _robust_sigma(deviations, quantum)


def _winsorized(deviations, quantum, cutoff):
    robust = _robust_sigma(deviations, quantum)
    counted = [d for d in deviations if abs(d) <= cutoff * robust]
    sigma = max(1.134 * _deviation(counted), quantum / 2)
    for _ in range(20):
        pulled = [min(max(d, -1.5 * sigma), 1.5 * sigma) for d in counted]
        before, sigma = sigma, max(1.134 * _deviation(pulled), quantum / 2)
        if abs(sigma - before) <= 0.0005 * before:
            break
    return sigma


def _sigma_limits(values, low, high, sigma):
    centre = statistics.median(values)
    return [-low * sigma <= value - centre <= high * sigma for value in values]


def _near_the_line(values, low, high):
    """From each end, what lies too far from the line through (rank, value) does not count."""
    ranks = range(len(values))
    mean_rank, mean = statistics.fmean(ranks), statistics.fmean(values)
    slope = sum((i - mean_rank) * (v - mean) for i, v in enumerate(values)) / sum(
        (i - mean_rank) ** 2 for i in ranks
    )
    residuals = [v - mean - slope * (i - mean_rank) for i, v in enumerate(values)]
    scale = statistics.fmean(abs(r) for r in residuals)
    keep = [True] * len(values)
    for i in ranks:
        if not residuals[i] < -low * scale:
            break
        keep[i] = False
    for i in reversed(ranks):
        if not residuals[i] > high * scale:
            break
        keep[i] = False
    return keep


def _known(centre, sigma, level, shot, quantum):
    return max(math.sqrt(sigma**2 + shot * max(centre - level, 0.0)), quantum / 2)


def kept_values(
    values,
    method,
    low=4.0,
    high=3.0,
    cutoff=5.0,
    drop=(1, 1),
    percentile=(0.2, 0.1),
    linear_fit=(5.0, 3.5),
    quantum=0.0,
    noise=None,
):
    """Return the sorted values of one pixel's stack that are used."""
    values = sorted(float(v) for v in values if math.isfinite(v))
    if method == "minmax":
        return values[drop[0] : len(values) - drop[1]] or values
    scales = {"sigma_clip": _sigma_clip, "winsorized": _winsorized}
    while len(values) >= 3 and method not in ("median", "mean"):
        centre = statistics.median(values)
        if method in scales:
            deviations = [v - centre for v in values]
            sigma = scales[method](deviations, quantum, cutoff=cutoff)
            believed = _sigma_limits(values, low, high, sigma)
        elif method == "variance":
            believed = _sigma_limits(values, low, high, _known(centre, *noise, quantum))
        elif method == "percentile":
            believed = _sigma_limits(values, *percentile, abs(centre))
        else:
            believed = _near_the_line(values, *linear_fit)
        middle = ((len(values) - 1) // 2, len(values) // 2)
        kept = [v for rank, v in enumerate(values) if believed[rank] or rank in middle]
        if len(kept) == len(values):
            break
        values = kept
        if method == "percentile":
            break
    return values


def combine_pixel(values, method, drop=(1, 1), **options):
    """Return (value, count) of one pixel's stack."""
    kept = kept_values(values, method, drop=drop, **options)
    if not kept:
        return math.nan, 0
    nothing_left = method == "minmax" and len(kept) <= sum(drop) and _all_of(values) == kept
    if method == "median" or nothing_left:
        return statistics.median(kept), len(kept)
    return math.fsum(kept) / len(kept), len(kept)


def kept_range(values, method, **options):
    """Return the lowest and the highest value that is used."""
    kept = kept_values(values, method, **options)
    return (kept[0], kept[-1]) if kept else (math.nan, math.nan)


def _all_of(values):
    return sorted(float(v) for v in values if math.isfinite(v))
