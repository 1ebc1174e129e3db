"""Steps of a small night that a disk fails at one of their calls, each call in its turn.

A program that stands behind the library of faults (:mod:`faults`) loads the package and plans the
night once; each strike is a process forked from it, in which one call fails, and all that follow.
It prints a line of JSON for each strike.  :func:`strikes` runs it.
"""

from __future__ import annotations

import errno
import json
import logging
import mmap
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
#: Call, pattern of paths within the folder of the night, and error; 0 where it falls short.
_TROUBLES = [
    *((call, path, error)
      for call, error in (("read", errno.EIO), ("open", errno.EACCES), ("map", errno.EIO))
      for path in ("results/masters/*", "results/cosmetic/*", "raw/*", "index/*",
                   "results/calibrated/*", "results/solved/*", "results/report/*",
                   "results/previews/*")),
    *((call, path, errno.ENOSPC)
      for call in ("write", "rename", "mkdir", "open")
      for path in ("results/*", "scratch/*")),
    ("open", "raw/*", errno.EMFILE), ("read", "*", 0), ("write", "*", 0),
]  # fmt: skip
#: The same, and how many calls fail: one alone, or all from there on.
TROUBLES = [(*trouble, count) for trouble in _TROUBLES for count in (1, 1 << 62)]
#: Which call is the first to fail, until a strike says otherwise.
_FAR = 1 << 40
_NUMBERS = struct.Struct("=QQ")


class Strike(NamedTuple):
    """One strike.

    Attributes
    ----------
    step : str
    what : str
        Which call failed, and how.
    end : str
        How the step ended: ``"well"``, ``"trouble"`` (a sentence, or what becomes one), or the
        traceback of anything else.
    made : dict of str to str
        What has another content then than it should, by its name: ``"other"``, ``"again"`` (a
        light that says that the next run makes it) or ``"part"``.
    healed : bool
        Whether the same step makes the same files afterwards.
    """

    step: str
    what: str
    end: str
    made: dict[str, str]
    healed: bool


def strikes(
    folder: Path,
    settings: dict[str, Any],
    each: int,
    seed: int,
    *,
    most: int = 0,
    steps: Collection[str] = (),
) -> list[Strike]:
    """Strike every step at `each` calls of each kind, in a night that is reduced already.

    Parameters
    ----------
    folder : path
        Holds ``raw`` and ``results``, and ``index`` with index files where its frames are solved.
    settings : dict
        By which it was reduced.
    each, seed : int
        Besides the first call of each kind.
    most : int
        Of more strikes so many are drawn; 0: all are made.
    steps : collection of str
        None: all.
    """
    from faults import Fault, injected

    (folder / "scratch").mkdir(exist_ok=True)
    rules = (
        Fault(call, f"{folder}/{path}", error, _FAR, count) for call, path, error, count in TROUBLES
    )
    faults = injected(folder / "faults", *rules)
    words = [sys.executable, __file__, str(folder), json.dumps(settings)]
    words += [*map(str, (each, seed, most)), *steps]
    done = subprocess.run(
        words, capture_output=True, text=True, check=True,
        env={**os.environ, **faults.environment, "TMPDIR": str(folder / "scratch"),
             "PYTHONPATH": f"{ROOT}/scripts{os.pathsep}{ROOT}/tests"},
    )  # fmt: skip
    return [Strike(*json.loads(line)) for line in done.stdout.splitlines()]


# --- the program --------------------------------------------------------------------------------


class _Counts:
    """How often each fault was asked for, in all processes."""

    def __init__(self) -> None:
        with open(os.environ["FAULTS_COUNTS"], "r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def clear(self) -> None:
        self._map[:] = bytes(len(self._map))

    def strike(self, trouble: int, first: int) -> None:
        """Let a call be the one that fails."""
        _NUMBERS.pack_into(self._map, trouble * _NUMBERS.size, _FAR - first, 0)

    def calls(self) -> list[int]:
        return [count for count, _ in _NUMBERS.iter_unpack(self._map)][: len(TROUBLES)]


def _apart(act: Callable[[], Any]) -> str:
    """Do something in a process of its own; return how it ended."""
    from plateworks.errors import PlateworksError
    from plateworks.troubles import may_pass

    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            act()
            end = "well"
        except PlateworksError:
            end = "trouble"
        except BaseException as error:
            import traceback

            end = "trouble" if may_pass(error) else traceback.format_exc()
        os.write(theirs, end.encode()[-4000:])
        os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as answer:
        end = answer.read().decode()
    os.waitpid(child, 0)
    return end or "died"


def _steps(folder: Path, given: dict[str, Any]) -> dict[str, tuple[list[str], Callable[[], Any]]]:
    """Return each step, and the files that it makes."""
    from frames import settings
    from plateworks.jobs.jobs import Jobs
    from plateworks.planning.run import plan_run
    from plateworks.products.calibrated import calibrate_frames
    from plateworks.products.cosmetics import make_bad_pixel_mask, make_cosmetic_list
    from plateworks.products.flattrial import preview_flat, preview_lights, rank_flats
    from plateworks.products.masters import make_master
    from plateworks.report.preview import summarise

    chosen = settings(folder / "raw", folder / "results", **given)
    plan = plan_run(chosen, rescan=True)
    jobs = Jobs(plan)
    steps: dict[str, tuple[list[str], Callable[[], Any]]] = {
        f"master {one.source.key.kind}": (
            [one.path], lambda path=one.path: make_master(jobs.master(path), path)
        )
        for one in plan.to_make
    }  # fmt: skip
    ((list_, dark), *_), ((flat, mask), *_) = jobs._darks.items(), jobs._flats.items()
    previews = f"{folder}/results/previews"
    seen, session, scores = (f"{previews}/{name}" for name in ("flat.fits", "light.fits", "s.csv"))
    # The lights are too small for a preview with a sky: the flat stands for it.
    candidates = {flat: seen, f"{flat}.other": seen}
    steps |= {
        "list": ([list_], lambda: make_cosmetic_list(jobs.orders.cosmetic_list(), dark, list_)),
        "mask": ([mask], lambda: make_bad_pixel_mask(jobs.mask(flat), flat, mask)),
        "preview": ([seen], lambda: preview_flat(flat, seen)),
        "session": (
            [session],
            lambda: preview_lights(jobs.orders.trial(plan.to_calibrate), session),
        ),
        "rank": ([scores], lambda: rank_flats(seen, candidates, scores, f"{previews}/trials")),
        "calibrated": (
            [light.calibrated for light in plan.to_calibrate],
            lambda: calibrate_frames(jobs.calibration(plan.to_calibrate)),
        ),
        "plan": ([], lambda: summarise(plan_run(chosen, rescan=True))),
    }
    return steps | (_solving(folder, jobs) if chosen.solve.index_dirs else {})


def _solving(folder: Path, jobs: Any) -> dict[str, tuple[list[str], Callable[[], Any]]]:
    """Return the steps on calibrated frames: solving them, and the tables of their night."""
    # What the steps load is loaded once, before the processes part.
    import bottleneck  # noqa: F401
    import pandas  # noqa: F401
    import scipy.ndimage
    import scipy.optimize
    import scipy.spatial  # noqa: F401

    from plateworks.report import nighttables
    from plateworks.sky.reopening import note_search, refuse_other_flaws
    from plateworks.sky.solved import solve_files

    lights, report = jobs.plan.to_calibrate, f"{folder}/results/report"
    solved, measures = [light.solved for light in lights], f"{report}/measures/20250815.csv"
    order = jobs.orders.solving(lights).located(f"{folder}/index", "")

    def solve() -> None:
        refuse_other_flaws(order.options, "")
        solve_files(order, [(light.calibrated, light.solved) for light in lights])
        note_search(f"{folder}/results/.plateworks/searched/note", "a")

    return {
        "solve": (solved, solve),
        "measures": (
            [measures], lambda: nighttables.write_measures(solved, "20250815", measures)
        ),
        "verdicts": (
            [f"{report}/night.csv"],
            lambda: nighttables.write_verdicts(measures, (), f"{report}/night.csv"),
        ),
        "lights": (
            [f"{report}/lights.csv"],
            lambda: nighttables.gather([f"{report}/night.csv"], f"{report}/lights.csv"),
        ),
    }  # fmt: skip


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in (folder / "results").rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if ".plateworks" not in path.parts}


def _restored(good: dict[str, bytes], without: list[str]) -> None:
    for name, data in good.items():
        path = Path(name)
        if name in without:
            path.unlink(missing_ok=True)
        elif not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


def _differences(folder: Path, good: dict[str, bytes]) -> dict[str, str]:
    from plateworks.metadata.caveats import PASSING

    found = {}
    for name, data in _contents(folder).items():
        if Path(name).name.startswith("."):
            found[name] = "part"
            Path(name).unlink()
        elif data != good.get(name, data):
            found[name] = "again" if PASSING.encode() in data else "other"
    return found


def main(
    folder: Path, given: dict[str, Any], each: int, seed: int, most: int, *only: str
) -> Iterator[Strike]:
    """Strike, and yield what came of it."""
    import numpy as np

    logging.disable(logging.CRITICAL)
    rng, counts = np.random.default_rng(seed), _Counts()
    steps = _steps(folder, given)
    for _, act in steps.values():
        assert _apart(act) == "well"
    good = _contents(folder)
    drawn: list[tuple[str, int, int, int]] = []
    for step, (outputs, act) in steps.items():
        if only and step not in only:
            continue
        _restored(good, outputs)
        counts.clear()
        assert _apart(act) == "well", step
        for trouble, calls in enumerate(counts.calls()):
            firsts = sorted({1, *rng.integers(1, calls + 1, each).tolist()} if calls else ())
            drawn += [(step, trouble, first, calls) for first in firsts]
    some = range(len(drawn)) if not most else rng.permutation(len(drawn))[:most]
    for step, trouble, first, calls in (drawn[number] for number in sorted(some)):
        outputs, act = steps[step]
        _restored(good, outputs)
        counts.clear()
        counts.strike(trouble, first)
        end = _apart(act)
        counts.clear()
        made = _differences(folder, good)
        again = _apart(act)
        healed = again == "well" and _contents(folder) == good
        call, path, error, count = TROUBLES[trouble]
        which = f"{call} {first} of {calls}" + (" alone" if count == 1 else "")
        what = f"{which} of {path}: {error and os.strerror(error)}"
        yield Strike(step, what, end, made, healed)


if __name__ == "__main__":
    _, where, told, *numbers = sys.argv[:6]
    for strike in main(Path(where), json.loads(told), *map(int, numbers), *sys.argv[6:]):
        print(json.dumps(strike))
