"""Where the frames of a night lie: the templates of ``capture.names``, filled in."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plateworks.camera.programme import PlannedSeries
from plateworks.camera.rawframe import file_word, frame_stem
from plateworks.settings.capture import CaptureNames
from plateworks.template import RAW_FIELDS, Template

#: Where frames go that do not count; the scan enters no hidden folder.
ASIDE = ".set-aside"

_UNKNOWN = "na"


class RawPaths:
    """The paths of the frames of one night.

    A template may say less than tells series apart, and frames of several of them lie in one folder
    under names of one form.  So no two frames of one form have the same number, and a frame's
    header says which series it belongs to.

    Parameters
    ----------
    folder : path
        ``capture.raw_dir``.
    night : str
        The session that the frames belong to.
    names : CaptureNames
    """

    def __init__(self, folder: str | os.PathLike, night: str, names: CaptureNames):
        self._folder, self.night = folder, night
        self._templates = {
            kind: Template(f"capture.names.{kind}", text, RAW_FIELDS, "capture.raw_dir")
            for kind, text in names.as_dict().items()
        }

    def path(self, series: PlannedSeries, header: Mapping[str, Any]) -> Path:
        """Return the path of a frame of a series with this header."""
        name, seconds = header.get("FILTER"), header["EXPTIME"]
        found = {
            "filter": _UNKNOWN if name is None else file_word(name),
            "exposure_s": seconds,
            "name": frame_stem(series.kind, name, seconds),
            "start": header["DATE-OBS"][:19].translate(str.maketrans("T", "_", "-:")),
            "n": header["SERIESNO"],
        }
        return Path(self._folder, self._templates[series.kind].fill(found | self._known(series)))

    def existing(self, series: PlannedSeries) -> list[Path]:
        """Return the files whose names frames of a series could have."""
        return [Path(path) for path in sorted(glob.glob(self._pattern(series)))]

    def is_free(self, series: PlannedSeries, number: int) -> bool:
        """Whether no file of such a name has this number, those set aside included."""
        folder, name = os.path.split(self._pattern(series, n=number))
        places = (os.path.join(folder, name), os.path.join(folder, ASIDE, name))
        return not any(glob.glob(place) for place in places)

    def _pattern(self, series: PlannedSeries, **more: int) -> str:
        below = self._templates[series.kind].glob({**self._known(series), **more})
        return os.path.join(glob.escape(os.fspath(self._folder)), below)

    def _known(self, series: PlannedSeries) -> dict[str, Any]:
        """Return what is the same in all frames of a series, before any is taken."""
        known: dict[str, Any] = {
            "session": self.night, "series": series.id, "object": file_word(series.target),
        }  # fmt: skip
        if not series.is_lit:
            known["filter"] = _UNKNOWN
        elif series.filter is not None:
            known["filter"] = file_word(series.filter)
        if series.kind not in ("bias", "flat"):  # of these the camera, or the search, decides
            known["exposure_s"] = series.seconds
        return known
