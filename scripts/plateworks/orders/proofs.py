"""What a job is told that proves products: each with the files that it was made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One product, and what it was made of.

    Attributes
    ----------
    product : str
    raw : tuple of (str, str)
        Raw frames: how products name each, and the file.
    made : tuple of str
        Masters, lists and masks that it may have been made with, products or not.
    image_of : str or None
        The product whose image it has, unchanged.
    """

    product: str
    raw: tuple[tuple[str, str], ...]
    made: tuple[str, ...]
    image_of: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProofOrder:
    """All products of a plan, whether they are there or not.

    Attributes
    ----------
    products : tuple of Proof
    """

    products: tuple[Proof, ...]
