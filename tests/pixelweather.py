"""What happens to the frames of a night drawn in pixels: the course of sky, seeing and optics."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pixeloptics import waves

#: Causes of which each has a strength that is to be seen.
FAULTS = ("cloud", "obstruction", "focus", "trailing", "wrong pointing")


@dataclass
class Course:
    """Of each frame of a night: all (N,) arrays, of what is usual as drawn and of what is not."""

    hours: np.ndarray
    seeing: np.ndarray  # FWHM in pixels at the zenith
    depth: np.ndarray  # ln of what clouds take
    dew: np.ndarray  # 0 to about 1.5
    sky: np.ndarray  # beside the dark one
    moon_way: np.ndarray  # angle towards which the sky is brighter
    moon_slope: np.ndarray
    truth: list[str]
    cloud: list = field(default_factory=list)


def clear_course(rng, count: int, minutes: float) -> Course:
    """A clear night with a seeing that wanders."""
    hours = np.arange(count) * minutes / 60 + rng.uniform(0, 0.004, count)
    slow = sum(
        rng.normal(0, 0.06) * np.sin(2 * np.pi * (hours / period + rng.random()))
        for period in (0.4, 1.1, 3.0)
    )
    jitter = np.exp(slow + rng.normal(0, 0.025, count))
    return Course(
        hours=hours, seeing=rng.uniform(2.2, 4.2) * jitter,
        depth=np.abs(rng.normal(0, 0.01, count)), dew=np.zeros(count), sky=np.ones(count),
        moon_way=np.full(count, rng.uniform(0, 6)),
        moon_slope=np.full(count, rng.uniform(0, 0.04)), truth=[""] * count, cloud=waves(rng),
    )  # fmt: skip


def add_moon(rng, course: Course) -> None:
    """Let the Moon rise or set: its light comes from a side that moves."""
    part = course.hours / course.hours[-1]
    up = part if rng.random() < 0.5 else 1 - part
    course.sky *= 1 + rng.uniform(2, 9) * np.clip(up - rng.uniform(-0.3, 0.4), 0, 1)
    course.moon_way = rng.uniform(0, 6) + 1.2 * part
    course.moon_slope = 0.02 + rng.uniform(0.05, 0.2) * up


def add_focus_drift(rng, course: Course, far: float) -> None:
    """Let the focus drift with the temperature until stars are so many times as wide."""
    more = (far**2 - 1) * (course.hours / course.hours[-1]) ** 2
    course.seeing *= np.sqrt(1 + more)
    early = np.median(course.seeing[: max(3, len(more) // 4)])
    _tell(course, "focus", course.seeing / early, little=1.3, much=1.9)


def add_cloud(rng, course: Course, start: float, end: float, deepest: float) -> None:
    """Let thin clouds drift by, between parts of the night."""
    part = course.hours / course.hours[-1]
    inside = (part >= start) & (part <= end)
    grain = 0.6 + 0.4 * np.sin(2 * np.pi * (course.hours / rng.uniform(0.15, 0.8) + rng.random()))
    course.depth = course.depth + np.where(inside, deepest * grain, 0)
    course.sky = course.sky * (1 + 0.3 * course.depth)
    _tell(course, "cloud", course.depth, little=0.05, much=-np.log(0.8))


def add_haze(course: Course, depth: float) -> None:
    """Let haze lie over the whole night."""
    course.depth = course.depth + depth
    course.truth = ["cloud"] * len(course.hours)


def add_dew(rng, course: Course) -> None:
    """Let dew settle from some hour on: halos, less light, wider stars."""
    part = course.hours / course.hours[-1]
    begin = rng.uniform(0.2, 0.5)
    course.dew = rng.uniform(0.8, 1.5) * np.clip((part - begin) / (1 - begin), 0, 1)
    _tell(course, "dew", course.dew, little=0.02, much=0.35)


def add_dawn(rng, course: Course) -> None:
    """Let the last frames run into the morning."""
    late = np.clip(course.hours - course.hours[-1] + rng.uniform(0.5, 0.9), 0, None)
    course.sky = course.sky * np.exp(6 * late)
    _tell(course, "moon or dawn", late, little=0.02, much=0.3)


def add_faults(rng, course: Course, share: float, kinds: tuple[str, ...] = FAULTS) -> None:
    """Let something go wrong with so great a share of the frames, one by one or in runs."""
    free = [place for place, truth in enumerate(course.truth) if not truth]
    left = max(1, round(share * len(free)))
    while left > 0:
        kind = str(rng.choice(kinds))
        run = 1 if kind in ("wrong pointing", "trailing") else int(rng.choice([1, 2, 3]))
        at = int(rng.integers(len(course.truth)))
        for place in range(at, min(at + min(run, left), len(course.truth))):
            if not course.truth[place]:
                course.truth[place] = kind
                left -= 1
                if kind == "cloud":
                    course.depth[place] += rng.uniform(0.25, 1.2)


def _tell(course: Course, cause: str, strength, little: float, much: float) -> None:
    """Say what is wrong: a cause where it is strong; "little" where it may go unseen."""
    for place, value in enumerate(np.broadcast_to(strength, len(course.truth))):
        if value >= much:
            course.truth[place] = cause
        elif value >= little and not course.truth[place]:
            course.truth[place] = "little"
