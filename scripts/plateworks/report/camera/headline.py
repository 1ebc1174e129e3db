"""What a reader of a camera asks first: how it is, what changed last, what expires, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plateworks.quality import quantities as q
from plateworks.report.camera.facts import BY_COLUMN, CameraFacts, MasterState
from plateworks.report.night.headline import Task
from plateworks.report.planviews import date
from plateworks.wording import counted

#: Days for which a change is something to look at.
RECENT = 30
#: Names in one sentence.
_NAMES = 3
_SHOOT = {
    q.FLAT: "look at the lamp and its distance, and shoot flats again",
    q.SHAPE: "look for dust and what was turned, and shoot flats again",
    q.FWHM: "look at focus and collimation",
    q.ZERO_POINT: "look at the optics: dew, dirt, or a filter",
}
_SENSOR = "find out what was done to the camera then, and shoot bias, darks and flats again"


def headline(camera: CameraFacts) -> str:
    """Return in a sentence how a camera is, what changed last, and what expires next."""
    parts = [_state(camera), _last_change(camera), _next_end(camera)]
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}."


def _state(camera: CameraFacts) -> str:
    count = len(camera.current)
    if not count:
        return "no master tells of this camera"
    against = []
    if doubtful := len(camera.in_doubt):
        against.append(f"{doubtful} {'is' if doubtful == 1 else 'are'} in doubt")
    if expired := len(camera.expired):
        against.append(f"{expired} {'has' if expired == 1 else 'have'} expired")
    if against:
        return f"of {counted(count, 'current master')} {' and '.join(against)}"
    return f"{'the current master' if count == 1 else f'all {count} current masters'} may be used"


def _last_change(camera: CameraFacts) -> str:
    if not camera.changes:
        return "no level is known to have changed"
    last = camera.changes[-1]
    return f"what changed last, on {date(last.night)}, is the {last.words}"


def _next_end(camera: CameraFacts) -> str:
    if not camera.expiring:
        return "nothing tells of a master that expires next"
    first = camera.expiring[0]
    return f"next to expire is the {first.title}, on {date(first.until)}"


def tasks(camera: CameraFacts) -> list[Task]:
    """Return what is to be done, the most urgent first."""
    return [*_doubts(camera), *_ends(camera), *_changes(camera)]


def _doubts(camera: CameraFacts) -> Iterator[Task]:
    for one in camera.in_doubt[:_NAMES]:
        what = f"{one.title} is {one.verdict}: {one.said}"
        yield Task(what, "look at it, and shoot another or vouch for it (certify)", "masters")
    if (more := len(camera.in_doubt) - _NAMES) > 0:
        yield Task(f"{counted(more, 'more master')} in doubt", "look at the table", "masters")


def _ends(camera: CameraFacts) -> Iterator[Task]:
    if gone := camera.expired:
        said = f"{counted(len(gone), 'current master')} expired: {_named(gone)}"
        yield Task(said, "shoot new ones", "masters")
    soon = [one for one in camera.expiring if camera.days_until(one.until) <= camera.days_ahead]
    if soon:
        said = f"{counted(len(soon), 'current master')} about to expire: {_named(soon)}"
        yield Task(said, f"shoot new ones before {date(soon[0].until)}", "masters")


def _named(masters: Sequence[MasterState]) -> str:
    names = [f"{one.title} on {date(one.until)}" for one in masters[:_NAMES]]
    more = [f"{len(masters) - _NAMES} more"] if len(masters) > _NAMES else []
    return ", ".join(names + more)


def _changes(camera: CameraFacts) -> Iterator[Task]:
    for one in reversed(camera.changes):
        if camera.days_until(one.night) >= -RECENT:
            remedy = _SHOOT.get(BY_COLUMN[one.quantity], _SENSOR)
            yield Task(f"since {date(one.night)} {one.words}", remedy, "changes")
