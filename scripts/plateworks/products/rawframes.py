"""Raw frames, as orders tell of them: what each says of itself, and its pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plateworks.metadata.assembled import assembled
from plateworks.metadata.frame import Frame
from plateworks.metadata.normalise import read_frame
from plateworks.orders.frames import FrameOrder
from plateworks.products.assembling import AssembledReader
from plateworks.products.reading import FrameReader


def frame_of(order: FrameOrder) -> Frame:
    """Return what a raw frame says of itself, path rules and profiles included."""
    told, assembly = order.profile_facts or {}, order.assembly
    facts: dict[str, Any] = {**told, **(order.path_facts or {})}
    frame = replace(read_frame(order.raw), **facts, by_profile=" ".join(told) or None)
    return assembled(replace(frame, readout=None if assembly is None else assembly.readout))


def open_raw(order: FrameOrder) -> FrameReader:
    """Open a raw frame: all jobs that read the pixels of one begin here.

    Raises
    ------
    FrameError
        If the file cannot be opened.
    """
    told = order.assembly
    if told is not None and told.gains is not None:
        raise ValueError(f"{order.raw} is opened before its gains are read (with_gains)")
    return FrameReader(order.raw) if told is None else AssembledReader(order.raw, told)
