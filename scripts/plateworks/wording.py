"""Counts and numbers as people write them."""

from __future__ import annotations

from decimal import Decimal


def counted(number: int, thing: str) -> str:
    """Return ``1 light``, ``22 lights``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def figures(value: float, digits: int = 3) -> str:
    """Return a number with so many figures that count, and no power of ten: ``2000``, ``0.004``."""
    return f"{Decimal(f'{value:.{digits}g}'):f}"


def with_error(value: float, error: float) -> str:
    """Return ``0.2496 ± 0.0004``: one figure of the error counts, and no more of the value."""
    if not error > 0:
        return figures(value, 4)
    counts = Decimal(f"{error:.1g}")
    places = max(0, -int(counts.as_tuple().exponent))
    return f"{value:.{places}f} ± {counts:f}"


def ranged(values: list[float], unit: str) -> str:
    """Return ``60 s``, or ``10 to 300 s`` where they differ; nothing of nothing."""
    if not values:
        return ""
    low, high = min(values), max(values)
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"
