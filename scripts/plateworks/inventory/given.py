"""All sources that a configuration names, and what it says of the files of some."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from plateworks.inventory.library import as_master
from plateworks.inventory.sources import Source, raw_sources, sources
from plateworks.metadata.frame import Frame
from plateworks.settings.settings import Settings


@dataclass(frozen=True)
class Given:
    """The sources of a configuration.

    Attributes
    ----------
    raw, library : tuple of Source
        Where raw frames lie, and masters.
    kinds : mapping
        Kind of frame to the source whose files are that, whatever their headers say.
    bias_off : bool
        Whether darks that are named are free of bias where they do not say.
    """

    raw: tuple[Source, ...]
    library: tuple[Source, ...]
    kinds: Mapping[str, tuple[Source, ...]]
    bias_off: bool = False

    def in_library(self, path: str) -> bool:
        """Whether a file is among those named as masters."""
        return _holds(self.library, path)

    def was_found(self, path: str) -> bool:
        """Whether a file was looked for, and is not named itself."""
        return all(source.searched for source in self.all if source.holds(path))

    @property
    def all(self) -> tuple[Source, ...]:
        return (*self.raw, *self.library)

    @cached_property
    def single(self) -> dict[str, str]:
        """Slot -> the master that is named for it, where that is one file."""
        library = set(self.library)
        return {
            kind: source.files[0]
            for kind, [source, *more] in self.kinds.items()
            if source in library and not more and not source.searched
            and source.files is not None and len(source.files) == 1
        }  # fmt: skip

    def named(self, frame: Frame) -> str | None:
        """Return the kind that a frame is named; None if its header or its name is to tell.

        What is named itself comes before what a pattern fits.  In a folder that is named, headers
        still tell where they do; of one that is named as two kinds, nothing is said.
        """
        holding = [
            (source, kind)
            for kind, found in self.kinds.items()
            for source in found
            if source.holds(frame.path)
        ]
        holding.sort(key=lambda one: one[0].searched)
        for source, kind in holding:
            if source.files is not None:
                return kind
        kinds = {kind for _, kind in holding}
        return kinds.pop() if frame.kind is None and len(kinds) == 1 else None

    def is_spare(self, frame: Frame) -> bool:
        """Whether a master only happens to lie here, where others of its kind are named."""
        return frame.kind in self.kinds and {
            source.key for source in self.all if source.holds(frame.path)
        } == {"library_here"}

    def as_named(self, frame: Frame, kind: str) -> Frame:
        """Return a frame as one of the kind that it is named; as raw it has no steps behind it."""
        is_master = self.in_library(frame.path)
        notes = frame.notes
        if frame.kind not in (None, kind):
            notes = (*notes, f"it is named as a {kind}, the header says {frame.kind}")
        if frame.done and not is_master:
            notes = (*notes, f"it is named as a raw {kind}: nothing counts as taken out of it")
        frame = replace(frame, kind=kind, doubt=None, is_master=is_master, notes=notes)
        if not is_master:
            return replace(frame, done=None, done_by=None)
        if kind == "dark" and self.bias_off and frame.bias_inside is None:
            return replace(frame, bias_inside=False)
        return frame

    def as_placed(self, frame: Frame) -> Frame:
        """Return a frame that is not named as its place tells: in a library it is a master."""
        if not self.in_library(frame.path):
            return frame
        # Lights may lie among the masters, where all stands in one folder.
        as_light = frame.kind == "light" and _holds(self.raw, frame.path)
        return frame if as_light else as_master(frame)


def given(settings: Settings) -> Given:
    """Find what a configuration means.

    Raises
    ------
    ConfigError
        As :func:`plateworks.inventory.sources.sources`.
    """
    named = settings.by_hand
    kinds: dict[str, tuple[Source, ...]] = {}
    raw = raw_sources(settings.raw, settings.capture.raw_dir)
    library = sources(_texts(settings.library), "library")
    for kind in ("light", "bias", "dark", "flat"):
        texts = _texts(getattr(named.files, kind))
        found = tuple(sources(texts, f"by_hand.{kind}"))
        if found:
            kinds[kind] = found
        frames = kind == "light" or (kind == "bias" and any(map(_of_frames, found)))
        (raw if frames else library).extend(found)
    library += _here(settings.library_here, library)
    return Given(tuple(raw), tuple(library), kinds, bias_off=named.bias is not None)


def _here(patterns: Iterable[str], library: Sequence[Source]) -> list[Source]:
    """Return the masters in the working folder that fit a pattern, and are not named otherwise."""
    there = (path for pattern in patterns for path in sorted(glob.glob(pattern)))
    more = (p for p in there if not any(_holds(library, one) for one in (p, os.path.abspath(p))))
    files = tuple(dict.fromkeys(more))
    return [Source(".", files, by_pattern=True, key="library_here")] if files else []


def _texts(value: str | Iterable[str] | None) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _of_frames(source: Source) -> bool:
    """Whether a bias is named by frames that become one master, and not by that master."""
    return source.files is None or source.by_pattern or len(source.files) > 1


def _holds(found: Iterable[Source], path: str) -> bool:
    return any(source.holds(path) for source in found)
