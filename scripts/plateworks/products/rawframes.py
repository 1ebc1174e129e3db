"""Raw frames, as orders tell of them: what each says of itself, and its pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import FrameOrder
from plateworks.products.reading import FrameReader


def frame_of(order: FrameOrder) -> Frame:
    """Return what a raw frame says of itself, path rules and profiles included."""
    told = order.profile_facts or {}
    facts: dict[str, Any] = {**told, **(order.path_facts or {})}
    return replace(read_frame(order.raw), **facts, by_profile=" ".join(told) or None)


def open_raw(order: FrameOrder) -> FrameReader:
    """Open a raw frame: all jobs that read the pixels of one begin here.

    Raises
    ------
    FrameError
        If the file cannot be opened.
    """
    return FrameReader(order.raw)
