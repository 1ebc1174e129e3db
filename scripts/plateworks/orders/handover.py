"""What the job is told that hands the lights of a night over to those who stack."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class HandoverOrder:
    """The lights of a night, and which of them are stacked together.

    Attributes
    ----------
    session : str
        Such as 20250815.
    groups : tuple of str
        Of each light, in the order of the night's tables, the name of its group: target, filter,
        exposure and setup, safe in a path.
    """

    session: str
    groups: tuple[str, ...]
