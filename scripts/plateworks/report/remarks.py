"""What a user should know of a plan before its run, as sentences: for the terminal and the page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from plateworks.matching.match import Match
from plateworks.metadata.otherfiles import kinds_of_files
from plateworks.planning.plan import Plan
from plateworks.printable import printable
from plateworks.report.amplifiergains import of_other_nights
from plateworks.report.withheld import withheld
from plateworks.settings.capture import Capture
from plateworks.settings.matching import Matching
from plateworks.settings.names import Names

#: Frames, or kinds of remarks on them, that are named.
_MOST = 15
#: Frames that lack one card, that are named.
_NAMED = 3


def remarks(plan: Plan) -> list[str]:
    """Return the remarks on a plan."""
    said = [*_waiting(plan), *plan.log.mistakes, *map(printable, plan.unmet)]
    said += [*withheld(plan), *_untaken(plan.settings.capture), *_renamed(plan), *_unfitted(plan)]
    said += [*plan.gains.said, *of_other_nights(one.path for one in plan.gains.measured)]
    said += [*_silent(plan), *_on_frames(plan)]
    if plan.unselected:
        said += _alone(plan.settings.names, plan.settings.matching)
    bare = sum(f.kind == "flat" and f.filter is None and f.bayer is None for f in plan.frames)
    if bare and any(light.frame.filter for light in plan.lights):
        flats = "1 flat" if bare == 1 else f"{bare} flats"
        said.append(
            f"Without a FILTER card, {flats} can serve only lights without one; "
            "name the filter by path_rules."
        )
    site = plan.settings.site
    blind = site.timezone is None and site.longitude is None and not site.session_from_folder
    if blind and any(frame.mjd and frame.site_lon is None for frame in plan.frames):
        said.append(
            "Nights are divided at noon UTC for frames that do not name their site; "
            "set site.timezone or site.longitude."
        )
    said += _followed(plan)
    if plan.others:
        said.append(f"Files not looked at, by their endings: {kinds_of_files(plan.others)}.")
    return said


def _waiting(plan: Plan) -> Iterator[str]:
    if plan.waiting:
        files = "1 file" if len(plan.waiting) == 1 else f"{len(plan.waiting)} files"
        named = ", ".join(map(printable, plan.waiting[:_MOST]))
        more = ", ..." if len(plan.waiting) > _MOST else ""
        yield f"Waiting, perhaps still being written: {files} ({named}{more})."


def _followed(plan: Plan) -> Iterator[str]:
    if plan.followed:
        named = ", ".join(map(printable, plan.followed[:_MOST]))
        more = ", ..." if len(plan.followed) > _MOST else ""
        yield f"Links lead out of the folders that are searched, and were followed: {named}{more}."


def _renamed(plan: Plan) -> Iterator[str]:
    for master in plan.masters:
        if master.renamed:
            kind, template = master.source.key.kind, plan.settings.names.of(master.source.key.kind)
            yield (
                f"names.{kind}: {template} gives {master.name} the name of another master, so it "
                f"becomes {os.path.basename(master.path)}; add fields that tell them apart."
            )


def _untaken(capture: Capture) -> Iterator[str]:
    """Name the exposures of darks that a capture leaves out, since they lie beyond its limits."""
    darks = capture.darks
    times = darks.science_exposure_time
    science = times.values() if isinstance(times, dict) else [times]
    wanted = {
        round(seconds * factor, 6) for seconds in science for factor in darks.exposure_factors
    }
    beyond = [one for one in sorted(wanted) if not darks.min_exposure <= one <= darks.max_exposure]
    if beyond and capture.raw_dir is not None:
        listed = ", ".join(f"{one:g} s" for one in beyond)
        yield (
            f"capture.darks.exposure_factors: darks of {listed} are not taken, since they lie "
            f"outside min_exposure {darks.min_exposure:g} to max_exposure {darks.max_exposure:g}."
        )


def _unfitted(plan: Plan) -> Iterator[str]:
    """Name the settings by which K is to be fitted, where it is 1 for want of a bias."""
    flats = (match for m in plan.to_make if m.source.key.kind == "flat" for match in m.matches)
    matching = plan.settings.matching
    for key, what, asked, matches in (
        ("dark_scale", "light", matching.dark_scale, (x.dark for x in plan.to_calibrate)),
        ("flat_dark_scale", "flat", matching.flat_dark_scale, flats),
    ):
        count = sum(_has_unfitted_dark(match) for match in matches if asked == "optimise")
        if count:
            of = f"{count} {what}{'s' if count > 1 else ''}"
            yield (
                f"matching.{key}: optimise is not met for {of}: "
                "no master bias matches, so the dark is subtracted as it is (K = 1); add bias "
                "frames, or set masters.bias_level: 0 where the frames hold none."
            )


def _silent(plan: Plan) -> Iterator[str]:
    """Name the frames whose headers leave out what others of the camera tell, and the remedy."""
    for reading, frames in plan.neighbours.silent():
        named = ", ".join(printable(frame.path) for frame in frames[:_NAMED])
        more = f" and {len(frames) - _NAMED} more" if len(frames) > _NAMED else ""
        yield (
            f"{named}{more}: no {reading.keyword} in the header, though other frames of this "
            "camera have it, so matches with those are doubtful; say it by path_rules: set "
            f"{reading.setting}."
        )


def _has_unfitted_dark(match: Match | None) -> bool:
    return (
        match is not None and match.master.kind != "bias" and not (match.optimise or match.pinned)
    )


def _on_frames(plan: Plan) -> list[str]:
    """Return the notes on frames, those that are alike in one line."""
    noted: dict[str, list[str]] = {}
    for frame in plan.frames:
        for note in frame.notes:
            noted.setdefault(note, []).append(frame.path)
    said = []
    for note, paths in noted.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        said.append(f"{printable(paths[0])}{more}: {note}")
    hidden = len(said) - _MOST
    return said[:_MOST] + ([f"... and {hidden} more, see plan/frames.csv"] if hidden > 0 else [])


def _alone(names: Names, matching: Matching) -> list[str]:
    """Say what comes out otherwise when a part of the lights is planned."""
    said = [
        f"names.{stage}: {{n}} counts the selected lights alone; with others selected, products "
        "get other numbers."
        for stage in ("calibrated", "solved")
        if re.search(r"\{n[:}]", names.of(stage))
    ]
    if matching.best_flat:
        said.append(
            "matching.best_flat: flats are tried on the selected lights alone; with others "
            "selected, another may be the best."
        )
    return said
