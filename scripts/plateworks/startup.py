"""What a process loads when it begins, made less.

Astropy's FITS loads a module that can download files, which names two classes of units, and for
their sake all units: a third of the time that FITS takes.  Its codecs are derived from a class of
numcodecs where that is installed, and do without it elsewhere: a sixth.  Nobody here needs either.

OpenBLAS, which numpy loads, begins a thread for each further core, and these look for work without
a pause before they sleep: a tenth of a second of a job's processor time.  What is solved here are
small systems, which one thread does; and a sum then never depends on how many there are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_FITS, _UNITS, _CODECS = "astropy.io.fits", "astropy.units", "numcodecs"
#: By which OpenBLAS is told how many threads it may have; it asks when it is loaded.
_THREADS = "OPENBLAS_NUM_THREADS"
#: What is named of units.
_NAMED = ("Quantity", "UnitBase")


def lighten() -> None:
    """Have astropy's FITS loaded without units and codecs, whoever imports it first.

    Whoever imports these gets them whole, as where they are loaded already.  Where astropy should
    need more of them than it does now, it is loaded as usual.  OpenBLAS begins no threads, unless
    the environment says how many.
    """
    os.environ.setdefault(_THREADS, "1")
    if _FITS not in sys.modules:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds astropy's FITS alone, where it lies."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _FITS:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Loads a module as another loader does, while empty modules stand for what it can spare."""

    def __init__(self, loader: Loader):
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        try:
            with _spared():
                self._loader.exec_module(module)
        except (ImportError, AttributeError, TypeError):
            self._loader.exec_module(module)


@contextmanager
def _spared() -> Iterator[None]:
    absent = [name for name in (_UNITS, _CODECS) if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    if _UNITS in absent:
        for name in _NAMED:
            setattr(sys.modules[_UNITS], name, type(name, (), {}))
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)
